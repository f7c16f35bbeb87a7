"""A clip inside a notebook: a small film of it, which is kept in the notebook's own file."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from videoai.events import Pixels
from videoai.language import say, shown
from videoai.system import temporary
from videoai.system.units import length

if TYPE_CHECKING:
    from videoai.python.result import Result

MOST_BYTES = 3_000_000
"""Of the film; written as text it takes a third more. Notebooks are shared, and kept under version control."""
_SIDES = (640, 448, 320, 160)
"""The longer side: the first that is small enough is taken."""
_MOST_FRAMES = 240
_POSTER = 320


def as_html(result: Result) -> str:
    """The clip as an element that plays, with a line below. One that is no small film at all is its first frame."""
    clip = result.clip
    line = shown(
        say(
            "{frames} frames, {width}×{height}, {length}, seed {seed}",
            frames=clip.frames,
            width=clip.width,
            height=clip.height,
            length=length(clip.seconds),
            seed=str(result.seed),
        )
    )
    width = min(clip.width, _SIDES[0])
    film = _film(result)
    if film is None:
        element = f'<img src="data:image/png;base64,{first_frame(result)}" width="{width}">'
    else:
        source = f"data:video/mp4;base64,{base64.b64encode(film).decode()}"
        element = f'<video src="{source}" width="{width}" controls loop autoplay muted playsinline></video>'
    return f"<figure>{element}<figcaption>{escape(line)}</figcaption></figure>"


def first_frame(result: Result) -> str:
    """As a PNG, in base64."""
    file = io.BytesIO()
    Image.fromarray(_smaller(result.frames[0], _POSTER)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def _film(result: Result) -> bytes | None:
    """Of all frames, or of every second one and so on, as an MP4; None if there is none that is small enough."""
    from videoai.media.video import write_video  # with FFmpeg's libraries

    every = -(-len(result.frames) // _MOST_FRAMES)
    with temporary.folder() as folder:
        for side in _SIDES:
            frames: Iterator[Pixels] = (_smaller(frame, side) for frame in result.frames[::every])
            fps = Fraction(result.clip.fps) / every
            path = write_video(folder / "clip.mp4", frames, fps, last=max(Fraction(1), result.clip.last / every))
            if path.stat().st_size <= MOST_BYTES:
                return path.read_bytes()
    return None


def _smaller(frame: Pixels, longer: int) -> Pixels:
    """With that longer side, if it has more, and even sides, as films have."""
    height, width, _ = frame.shape
    scale = min(1.0, longer / max(height, width))
    size = [max(2, 2 * round(side * scale / 2)) for side in (width, height)]
    if size == [width, height]:
        return frame
    return np.asarray(Image.fromarray(frame).resize((size[0], size[1]), Image.Resampling.LANCZOS))
