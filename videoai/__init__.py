"""VideoAi: turn a photo into a short video on your own computer. Nothing leaves it.

import videoai
model = videoai.load("draft")
video = model("photo.jpg", motion=80)
video.save("clip.mp4")
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from videoai.version import __version__

__all__ = ["LoadedModel", "PhotoLike", "Result", "Video", "VideoAiError", "__version__", "generate", "load"]

if TYPE_CHECKING:
    from videoai.errors import VideoAiError
    from videoai.media.given_photo import PhotoLike
    from videoai.pipeline import Video
    from videoai.python.generate import generate
    from videoai.python.model import LoadedModel, load
    from videoai.python.result import Result

_MODULES = {
    "LoadedModel": "videoai.python.model",
    "PhotoLike": "videoai.media.given_photo",
    "Result": "videoai.python.result",
    "Video": "videoai.pipeline",
    "VideoAiError": "videoai.errors",
    "generate": "videoai.python.generate",
    "load": "videoai.python.model",
}


def __getattr__(name: str) -> Any:
    """Import on first use, so that `import videoai`, and every --help, stays instant."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
