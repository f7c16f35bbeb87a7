"""The kinds of file a clip can be written as, by the ending of its name."""

from __future__ import annotations

import re
from pathlib import Path

from videoai.errors import BadOutput
from videoai.language import say

MOVIES = {".mp4": "mp4", ".mov": "mov", ".webm": "webm"}
"""Written by FFmpeg's libraries: ending → container."""

PICTURES = (".gif", ".webp")
"""Moving pictures."""

GIF_FPS = 50
"""The most frames a second of a GIF: browsers slow down what is faster to a tenth of that."""

FRAMES = ".png"
"""`name.png` stands for the folder `name`, with one PNG a frame."""

IN_MEMORY = ""
"""Stands for an ending where there is no file: the frames stay in memory."""

SUFFIXES = (*MOVIES, *PICTURES, FRAMES)

ENCODERS = {"software": tuple(MOVIES), "hardware": (".mp4", ".mov"), "prores": (".mov",)}
"""How movies are encoded, and which: by x264 and libvpx, by macOS's VideoToolbox, or as ProRes 422 HQ, to be edited."""


def check_suffix(path: Path) -> None:
    """Raises BadOutput if no video can be written under this name."""
    if path.suffix.lower() not in SUFFIXES:
        raise BadOutput(
            say("The video's name, {name}, must end in one of {endings}.", name=path.name, endings=", ".join(SUFFIXES)),
            say("Use .mp4 for a video that plays everywhere, or .png for a folder of frames."),
        )


def check_encoder(encoder: str, suffix: str) -> None:
    """Raises BadOutput if what ends so is not written by this encoder."""
    if encoder != "software" and suffix.lower() not in ENCODERS[encoder]:
        endings = ", ".join(ENCODERS[encoder])
        raise BadOutput(
            say(
                "The encoder {encoder} writes {endings}, not {suffix}.", encoder=encoder, endings=endings, suffix=suffix
            ),
            say("Name the video so with --output, or leave out --encoder."),
        )


def too_fast(fps: float, suffix: str) -> str | None:
    """What to say where what ends so cannot show so many frames a second."""
    if suffix.lower() != ".gif" or fps <= GIF_FPS:
        return None
    return say(
        "A GIF shows {most} frames a second at most, so some of the video's {fps:g} are left out.",
        most=GIF_FPS,
        fps=fps,
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
