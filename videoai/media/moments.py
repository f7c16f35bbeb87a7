"""Some frames of a finished video, by their numbers: for pictures of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import av
from PIL import Image

from videoai.errors import BadVideo
from videoai.formats import MOVIES
from videoai.language import say
from videoai.media.metadata import open_movie


def moments(video: Path, numbers: Sequence[int]) -> list[Image.Image]:
    """The frames with these numbers, from 0 on and rising, of a video made here; the last there is for any after it.

    Raises BadVideo if it cannot be read.
    """
    found: list[Image.Image] = []
    wanted = list(numbers)
    try:
        with _frames(video) as frames:
            last: av.VideoFrame | Image.Image | None = None
            for number, last in enumerate(frames):
                while wanted and number == wanted[0]:
                    found.append(_picture(last))
                    wanted.pop(0)
                if not wanted:
                    return found
            if last is None:
                raise ValueError("no frames")
            return found + [_picture(last)] * len(wanted)
    except (av.FFmpegError, OSError, ValueError, SyntaxError) as error:
        raise BadVideo(
            say("{name} is not a video VideoAi can read.", name=video.name), say("It may be damaged or incomplete.")
        ) from error


def _picture(frame: av.VideoFrame | Image.Image) -> Image.Image:
    return frame.convert("RGB") if isinstance(frame, Image.Image) else Image.fromarray(frame.to_ndarray(format="rgb24"))


@contextmanager
def _frames(video: Path) -> Iterator[Iterator[av.VideoFrame | Image.Image]]:
    if video.is_dir():
        yield map(_loaded, sorted(video.glob("*.png")))
    elif video.suffix.lower() in MOVIES:
        with open_movie(video) as container:
            yield container.decode(video=0)
    else:
        with Image.open(video, formats=("GIF", "WEBP")) as image:
            yield _of_picture(image)


def _loaded(path: Path) -> Image.Image:
    with Image.open(path, formats=("PNG",)) as image:
        image.load()
        return image


def _of_picture(image: Image.Image) -> Iterator[Image.Image]:
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        yield image
