"""A photo in memory, and as the first frame of a video: cropped or padded to its shape."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from videoai.errors import BadPhoto
from videoai.events import Map
from videoai.language import say
from videoai.media.decoding import kinds
from videoai.media.depth_png import from_png
from videoai.media.photo_decoder import decode
from videoai.media.resampling import resampled
from videoai.system.reasons import reason

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".heic", ".heif", ".avif")
"""The names such files usually have: what is picked from a folder. A file named by itself may have any name."""


@dataclass(frozen=True, slots=True)
class Photo:
    """An upright sRGB picture: `image` has mode RGB. `width` and `height` are those of the file, upright.

    `near` is what the file says of how near each part of it is: 0 for the furthest, 1 for the nearest, evenly in
    disparity; (height, width), at most 1024 on the longer side.
    """

    image: Image.Image
    width: int
    height: int
    notices: tuple[str, ...] = ()
    near: Map | None = None

    def fitted(
        self, width: int, height: int, *, focus: tuple[float, float] = (0.5, 0.5), fit: str = "crop"
    ) -> npt.NDArray[np.uint8]:
        """The photo in exactly this size: (height, width, 3).

        `fit` "crop" fills it, keeping the point `focus` (fractions from the top left) as near the middle as the
        photo's edges allow; "pad" shows all of the photo over a blurred, darker copy of itself.
        """
        filled = resampled(self.image, (width, height), box=_crop_box(self.image.size, (width, height), focus))
        if fit == "pad":
            backdrop = filled.filter(ImageFilter.GaussianBlur(max(width, height) / 24)).point(lambda v: v * 0.6)
            contained = resampled(self.image, _contained(self.image.size, (width, height)))
            backdrop.paste(contained, ((width - contained.width) // 2, (height - contained.height) // 2))
            filled = backdrop
        return np.asarray(filled)

    def fitted_near(
        self, width: int, height: int, *, focus: tuple[float, float] = (0.5, 0.5), fit: str = "crop"
    ) -> Map | None:
        """`near`, cropped or padded as `fitted` does: a map of this shape, and of this size unless it has fewer pixels
        for it. What lies beside a padded photo is far away. None if the file says nothing."""
        if self.near is None:
            return None
        near, video = Image.fromarray(self.near), (width, height)
        if fit == "pad":
            contained = _contained(self.image.size, video)
            scale = min(1.0, near.width / contained[0])
            inside = resampled(near, _scaled(contained, scale), Image.Resampling.BILINEAR)
            fitted = Image.new("F", _scaled(video, scale))
            fitted.paste(inside, ((fitted.width - inside.width) // 2, (fitted.height - inside.height) // 2))
        else:
            box = _crop_box(near.size, video, focus)
            size = _scaled(video, min(1.0, (box[2] - box[0]) / width))
            fitted = resampled(near, size, Image.Resampling.BILINEAR, box)
        return np.asarray(fitted)


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _contained(photo: tuple[int, int], video: tuple[int, int]) -> tuple[int, int]:
    """The largest size of the photo's shape that fits into the video's."""
    if photo[0] * video[1] > photo[1] * video[0]:
        return video[0], max(1, round(photo[1] / photo[0] * video[0]))
    return max(1, round(photo[0] / photo[1] * video[1])), video[1]


def _crop_box(
    photo: tuple[int, int], video: tuple[int, int], focus: tuple[float, float]
) -> tuple[float, float, float, float]:
    """The largest box of the video's shape inside the photo with `focus` as near its middle as possible."""
    scale = min(photo[0] / video[0], photo[1] / video[1])
    sides = [min(video[axis] * scale, photo[axis]) for axis in (0, 1)]
    starts = [min(max(focus[axis] * photo[axis] - sides[axis] / 2, 0), photo[axis] - sides[axis]) for axis in (0, 1)]
    return starts[0], starts[1], starts[0] + sides[0], starts[1] + sides[1]


def read_photo(path: Path) -> Photo:
    """The photo in a file. Raises BadPhoto with a sentence and a hint, VideoAiError if it cannot be decoded here."""
    with _opened(path) as file:
        return photo_in(file, path.name)


def photo_in(file: BinaryIO, name: str) -> Photo:
    """The same of an open file; `name` is only for messages."""
    found = decode(file, name, depth=True)
    image = Image.frombytes("RGB", found.size, found.content)
    near = None if found.depth is None else from_png(found.depth)
    return Photo(image, found.width, found.height, found.notices, near)


def check_photo(path: Path) -> None:
    """Raises BadPhoto for what a look at the beginning of a file shows to be no photo; the rest may be damaged."""
    with _opened(path) as file:
        kinds.kind_of(file.read(kinds.HEAD), path.name)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise BadPhoto(say("{name} is not a file.", name=path.name or path), say("Use the path of a photo."))
        with path.open("rb") as file:
            yield file
    except FileNotFoundError as error:
        raise BadPhoto(
            say("There is no file {path}.", path=path),
            say("Check the name. If you drag a photo onto the terminal window, its path is written for you."),
        ) from error
    except (OSError, ValueError) as error:
        raise BadPhoto(
            say("{name} cannot be opened: {reason}.", name=path.name, reason=reason(error)),
            say("Check the path and its permissions."),
        ) from error
