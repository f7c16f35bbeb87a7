"""How large the file of a video will be, before there is one: from what videos of its kind have come to."""

from __future__ import annotations

from videoai.formats import FRAMES

_RATES = {".mp4": 0.13, ".mov": 0.13, ".webm": 0.045, ".gif": 0.75, ".webp": 0.22, FRAMES: 1.8}
"""Bytes for each pixel of each frame: the largest that the draft's clips of the example photos have come to, at 640×384
and 6 frames a second. Smoothed to 24 they have half as many, but in a GIF or as frames."""


_PRORES_RATE = 0.76


def video_bytes(pixels: int, frames: int, suffix: str, encoder: str = "software") -> int:
    """Of a video of so many frames of so many pixels, in the format that its ending and the encoder say."""
    return round(pixels * frames * (_PRORES_RATE if encoder == "prores" else _RATES[suffix]))
