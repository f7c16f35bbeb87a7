"""A photo as a program has it: a path, the bytes of a file, an open file, or a picture that is in memory already.

Whatever it is, it passes the one decoder that reads photos (photo_decoder.py): a picture in memory goes there as an
exact file of itself, so that transparency, colours, orientation and size are treated alike.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from videoai.errors import BadPhoto
from videoai.language import say
from videoai.media.photo import Photo, photo_in, read_photo
from videoai.media.photo_decoder import MAX_BYTES, WORKING
from videoai.system.reasons import reason

PhotoLike: TypeAlias = (
    "str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Image.Image | npt.NDArray[np.uint8]"
)
"""What a photo can be. An array is (height, width, 3); with transparency (height, width, 4); grey (height, width)."""

_UNNAMED = "photo"


@dataclass(frozen=True, slots=True)
class GivenPhoto:
    """A photo that is read when it is needed. Videos are named after `path`, which need not be that of a file."""

    path: Path
    read: Callable[[], Photo]


def given_photo(photo: object) -> GivenPhoto:
    """The photo that a caller has given: see PhotoLike. Raises BadPhoto for anything else.

    Its `read` raises BadPhoto, WriteFailed, and VideoAiError if it cannot be decoded here and now.
    """
    if isinstance(photo, (str, os.PathLike)):
        path = Path(os.fsdecode(photo))
        return GivenPhoto(path, lambda: read_photo(path))
    if isinstance(photo, (bytes, bytearray, memoryview)):
        content = bytes(photo)
        return _unnamed(lambda: content)
    if isinstance(photo, np.ndarray):
        picture = _of_array(photo)
        return _unnamed(lambda: _as_file(picture))
    if isinstance(photo, Image.Image):
        image = photo
        return _unnamed(lambda: _as_file(image))
    if callable(getattr(photo, "read", None)):
        file: Any = photo
        name = Path(file.name).name if isinstance(getattr(file, "name", None), str) and file.name else _UNNAMED
        return GivenPhoto(Path(name), lambda: photo_in(io.BytesIO(_content(file, name)), name))
    raise BadPhoto(
        say("A photo cannot be a {kind}.", kind=type(photo).__name__),
        say("Give its path, the bytes of its file, an open file, a picture of Pillow's or an array of uint8."),
    )


def _unnamed(content: Callable[[], bytes]) -> GivenPhoto:
    return GivenPhoto(Path(_UNNAMED), lambda: photo_in(io.BytesIO(content()), _UNNAMED))


def _content(file: Any, name: str) -> bytes:
    """What is in an open file from where it is, no more than a byte above the limit."""
    try:
        content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # it is closed, or opened for writing
        raise BadPhoto(
            say("{name} cannot be read: {reason}.", name=name, reason=reason(error)),
            say("Open the file for reading, as in open(path, 'rb')."),
        ) from error
    if isinstance(content, bytes):
        return content
    raise BadPhoto(
        say("{name} is opened as text, and a photo is bytes.", name=name),
        say("Open the file for reading, as in open(path, 'rb')."),
    )


def _of_array(array: npt.NDArray[Any]) -> Image.Image:
    """Raises BadPhoto for what is no picture."""
    shape = array.shape[:2] if array.ndim == 3 and array.shape[2] == 1 else array.shape
    if array.dtype != np.uint8 or len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (3, 4)):
        raise BadPhoto(
            say("This array cannot be a photo: it is {shape} of {kind}.", shape=array.shape, kind=array.dtype),
            say(
                "It has to be of uint8, 0 to 255, and (height, width, 3), in that order red, green and blue; with "
                "transparency (height, width, 4), in grey (height, width)."
            ),
        )
    if not array.size:
        raise BadPhoto(
            say("This array cannot be a photo: it is {shape} of {kind}.", shape=array.shape, kind=array.dtype),
            say("It has no pixels. Look at how it was made."),
        )
    return Image.fromarray(np.ascontiguousarray(array).reshape(shape))


def _as_file(image: Image.Image) -> bytes:
    """The picture as an exact file, with its colour profile and its orientation. One far larger than any video is made
    smaller first: the file is to be no larger than files may be. Raises BadPhoto."""
    try:
        image.load()
        exif, profile = image.getexif(), image.info.get("icc_profile")
        if image.mode == "I":  # of 32 bits, which no photo has
            image = image.convert("I;16")
        elif image.mode not in _IN_PNG | _IN_TIFF:
            image, profile = image.convert("RGBA" if image.mode in ("RGBa", "La", "PA") else "RGB"), None
        if image.mode in _REDUCED and image.width * image.height * len(image.getbands()) > MAX_BYTES // 2:
            image = image.reduce(max(2, int(1 / WORKING.scale(*image.size))))
        file = io.BytesIO()
        more = {"icc_profile": profile} if profile else {}
        if image.mode in _IN_PNG:
            image.save(file, "PNG", compress_level=1, exif=exif, **more)
        else:
            image.save(file, "TIFF", exif=exif, **more)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadPhoto(
            say("This picture cannot be read: {reason}.", reason=reason(error)),
            say("Give the path of its file instead."),
        ) from error
    return file.getvalue()


_IN_PNG = {"1", "L", "LA", "I;16", "P", "RGB", "RGBA"}
_IN_TIFF = {"CMYK", "YCbCr", "LAB"}
"""The modes of Pillow's pictures that such files have; others are converted."""
_REDUCED = {"L", "LA", "RGB", "RGBA", "CMYK"}
