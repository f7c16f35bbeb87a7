"""The kinds of file a clip can be written as, by the ending of its name."""

from __future__ import annotations

import re
from pathlib import Path

from videoai.errors import BadOutput
from videoai.language import say

MOVIES = {".mp4": "mp4", ".mov": "mov", ".webm": "webm"}
"""Written by FFmpeg's libraries: ending → container."""

PICTURES = (".gif", ".webp")
"""Moving pictures, written by Pillow."""

FRAMES = ".png"
"""`name.png` stands for the folder `name`, with one PNG a frame."""

SUFFIXES = (*MOVIES, *PICTURES, FRAMES)

ENCODERS = ("software", "hardware")
"""How H.264 is encoded: by x264, or by macOS's VideoToolbox."""


def check_suffix(path: Path) -> None:
    """Raises BadOutput if no video can be written under this name."""
    if path.suffix.lower() not in SUFFIXES:
        raise BadOutput(
            say("The video's name, {name}, must end in one of {endings}.", name=path.name, endings=", ".join(SUFFIXES)),
            say("Use .mp4 for a video that plays everywhere, or .png for a folder of frames."),
        )


def published_path(path: Path) -> Path:
    """Where the clip really goes: the path itself, or the folder that a `.png` name stands for."""
    return path.with_suffix("") if path.suffix.lower() == FRAMES else path


_KEPT = re.compile(r"frames-[1-9][0-9]{0,2}\.mkv")


def frames_name(part: int) -> str:
    """What the file is called in which the model's own frames are kept, those of a part of the clip; 1 is the first."""
    return f"frames-{part}.mkv"


def is_frames_name(name: str) -> bool:
    """Whether frames are kept in a file that is called so."""
    return _KEPT.fullmatch(name) is not None


def source_name(suffix: str) -> str:
    """What the video is called, in the folder of its job, that is finished there."""
    return f"source{suffix}"


def is_source_name(name: str) -> bool:
    """Whether a video that is finished is called so."""
    return re.fullmatch(r"source\.[a-z0-9]{1,5}", name) is not None
