"""VideoAi: turn a photo into a short video on your own computer. Nothing leaves it.

from videoai import generate
video = generate("photo.jpg", model="draft", motion=80)
print(video.path, video.settings.seed)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from videoai.version import __version__

__all__ = ["Video", "VideoAiError", "__version__", "generate"]

if TYPE_CHECKING:
    from videoai.errors import VideoAiError
    from videoai.pipeline import Video, generate


def __getattr__(name: str) -> Any:
    """Import on first use, so that `import videoai`, and every --help, stays instant."""
    if name in ("generate", "Video"):
        from videoai import pipeline

        return getattr(pipeline, name)
    if name == "VideoAiError":
        from videoai.errors import VideoAiError

        return VideoAiError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
