"""The photo's door: any picture file in, an upright sRGB picture of the video's shape out.

The content decides the format, not the name, and only the decoders listed here are ever opened. Nothing
but pixels passes: no EXIF, no GPS, no colour profile.
"""

from __future__ import annotations

import io
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageFilter, ImageOps, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile

from videoai.errors import BadPhoto
from videoai.language import say
from videoai.media.decoding.raw import is_raw
from videoai.reasons import reason

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "HEIF", "AVIF")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".heic", ".heif", ".avif")
"""The names such files usually have: what is picked from a folder. A file named by itself may have any name."""

MAX_PIXELS = 100_000_000
"""What is decoded at most."""
MAX_JPEG_PIXELS = 250_000_000
"""Of a JPEG, which is decoded smaller than it is. Phones make photos of 200 million pixels."""
MAX_BYTES = 64 * 1024 * 1024

_JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_MORE = b"\x5a\xc3\x96\x2d" * 16
"""What no pixels are that somebody meant."""

_WORKING_SIDE = 2048
"""Photos are kept at no less than this on the shorter side: twice the longest side a video can have."""

_EXPORT_HINT = say("Open it in another program and export it again as JPEG or PNG.")


@dataclass(frozen=True, slots=True)
class Photo:
    """An upright sRGB picture: `image` has mode RGB. `width` and `height` are those of the file, upright."""

    image: Image.Image
    width: int
    height: int
    notices: tuple[str, ...] = ()

    def fitted(
        self, width: int, height: int, *, focus: tuple[float, float] = (0.5, 0.5), fit: str = "crop"
    ) -> npt.NDArray[np.uint8]:
        """The photo in exactly this size: (height, width, 3).

        `fit` "crop" fills it, keeping the point `focus` (fractions from the top left) as near the middle as the
        photo's edges allow; "pad" shows all of the photo over a blurred, darker copy of itself.
        """
        filled = self.image.resize(
            (width, height), Image.Resampling.LANCZOS, box=_crop_box(self.image.size, (width, height), focus)
        )
        if fit == "pad":
            backdrop = filled.filter(ImageFilter.GaussianBlur(max(width, height) / 24)).point(lambda v: v * 0.6)
            contained = ImageOps.contain(self.image, (width, height), Image.Resampling.LANCZOS)
            backdrop.paste(contained, ((width - contained.width) // 2, (height - contained.height) // 2))
            filled = backdrop
        return np.asarray(filled)


def _crop_box(
    photo: tuple[int, int], video: tuple[int, int], focus: tuple[float, float]
) -> tuple[float, float, float, float]:
    """The largest box of the video's shape inside the photo with `focus` as near its middle as possible."""
    scale = min(photo[0] / video[0], photo[1] / video[1])
    sides = [min(video[axis] * scale, photo[axis]) for axis in (0, 1)]
    starts = [min(max(focus[axis] * photo[axis] - sides[axis] / 2, 0), photo[axis] - sides[axis]) for axis in (0, 1)]
    return starts[0], starts[1], starts[0] + sides[0], starts[1] + sides[1]


def read_photo(path: Path) -> Photo:
    """The photo in a file. Raises BadPhoto with a sentence and a hint."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise BadPhoto(say("{name} is not a file.", name=path.name), say("Give the path of a photo."))
        _check_bytes(status.st_size, path.name)
        with path.open("rb") as file:
            return decode_photo(file, path.name)
    except FileNotFoundError as error:
        raise BadPhoto(
            say("There is no file {path}.", path=path),
            say("Check the name; dragging a photo onto the terminal window writes its path."),
        ) from error
    except (OSError, ValueError) as error:
        raise BadPhoto(
            say("{name} cannot be opened: {reason}.", name=path.name, reason=reason(error)),
            say("Check the path and its rights."),
        ) from error


def decode_photo(file: BinaryIO, name: str) -> Photo:
    """The photo in an open binary file. `name` is only for messages. Raises BadPhoto."""
    _check_bytes(file.seek(0, io.SEEK_END), name)
    file.seek(0)
    _register_heif()
    with warnings.catch_warnings():
        # Pillow warns of odd tags and of sizes below our own limit; what matters is refused below.
        warnings.simplefilter("ignore")
        try:
            return _decode(file, name)
        except BadPhoto:
            raise
        except Image.DecompressionBombError as error:
            raise _too_large(name) from error
        except UnidentifiedImageError as error:
            raise BadPhoto(
                say("{name} is not a photo that can be read.", name=name),
                say("Use a JPEG, PNG, WebP, TIFF, BMP, GIF, HEIC or AVIF file."),
            ) from error
        except Exception as error:  # a decoder may fail in any way on a damaged or hostile file
            raise BadPhoto(say("{name} is damaged or incomplete.", name=name), _EXPORT_HINT) from error


def _decode(file: BinaryIO, name: str) -> Photo:
    if is_raw(file):
        raise BadPhoto(
            say("{name} is a camera's raw file, which has to be developed first.", name=name),
            say("Open it in a photo program and export it as JPEG or TIFF."),
        )
    image = _opened(file)
    size, most = image.size, MAX_PIXELS
    # A JPEG can be decoded at a half, a quarter or an eighth of its size in a fraction of time and memory; but all of a
    # progressive one is in memory before its first row can be.
    if image.draft(None, _shrunk_size(size)) and image.size != size and "progressive" not in image.info:
        most = MAX_JPEG_PIXELS
    if size[0] * size[1] > most:
        raise _too_large(name, size, most)
    image = _loaded(image, file)
    # After load, because some decoders have turned the picture by then and say so.
    orientation = image.getexif().get(0x0112, 1)
    profile = image.info.get("icc_profile")
    notices: tuple[str, ...] = ()
    small = _shrink_to_plain_mode(image)
    image.close()
    if profile:
        small, notices = _to_srgb(small, profile)
    upright = _turn(small.convert("RGB"), orientation)
    turned = (upright.width > upright.height) != (size[0] > size[1])
    width, height = size[::-1] if turned else size
    return Photo(upright, width, height, notices)


def _opened(file: BinaryIO) -> Image.Image:
    """The picture, not decoded yet."""
    head = file.read(len(_JPEG))
    file.seek(0)
    # Image.open refuses by what a picture would take in full.
    return JpegImageFile(file) if head == _JPEG else Image.open(file, formats=FORMATS)


def _loaded(image: Image.Image, file: BinaryIO) -> Image.Image:
    """The picture, decoded. A JPEG may lack the mark of its end, if it has all pixels. Raises what a decoder does."""
    shrunk = image.size
    try:
        image.load()
    except OSError:
        if not isinstance(image, JpegImageFile):
            raise
        file.seek(0)
        there = file.read().rstrip(_JPEG_END[:1])
        # Where pixels are missing the decoder makes some of whatever follows; where none is, it passes that over.
        image, other = (_decoded(there + more + _JPEG_END, shrunk) for more in (b"", _MORE))
        if image.tobytes() != other.tobytes():
            raise
    return image


def _decoded(jpeg: bytes, size: tuple[int, int]) -> JpegImageFile:
    image = JpegImageFile(io.BytesIO(jpeg))
    image.draft(None, size)
    image.load()
    return image


def _shrunk_size(size: tuple[int, int]) -> tuple[int, int]:
    factor = max(1, min(size) // _WORKING_SIDE)
    return size[0] // factor, size[1] // factor


def _shrink_to_plain_mode(image: Image.Image) -> Image.Image:
    """`image` in mode L, RGB or CMYK, without transparency, reduced by a whole factor if it is very large.

    Works in bands, so that 100 million pixels in a wide mode are never held twice.
    """
    factor = max(1, min(image.size) // _WORKING_SIDE)
    bands = []
    rows = max(factor, 4_000_000 // image.width // factor * factor)
    scale = _sample_scale(image)
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        band.info = image.info
        bands.append(_to_plain_mode(band, scale).reduce(factor))
    whole = Image.new(bands[0].mode, (bands[0].width, sum(band.height for band in bands)))
    top = 0
    for band in bands:
        whole.paste(band, (0, top))
        top += band.height
    return whole


def _sample_scale(image: Image.Image) -> float:
    """What samples of more than 8 bits are multiplied by to span 0–255."""
    if image.mode.startswith("I;16"):
        return 255 / 65535
    if image.mode in ("I", "F"):
        low, high = image.getextrema()
        if not (isinstance(high, (int, float)) and np.isfinite(high) and np.isfinite(low)):
            raise ValueError("samples are not finite")
        # Such files do not say their range; the usual ones are 0–1, 0–255 and 0–65535.
        for limit in (1.0 if image.mode == "F" else 255.0, 255.0, 65535.0):
            if high <= limit:
                return 255 / limit
        return 255 / float(high)
    return 1.0


def _to_plain_mode(image: Image.Image, scale: float) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        samples = np.asarray(image, dtype=np.float32) * scale
        return Image.fromarray(np.clip(np.rint(samples), 0, 255).astype(np.uint8))
    if image.has_transparency_data:
        # On white, as a viewer shows it; composited while premultiplied edges are still sharp.
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    if image.mode == "LAB":
        return ImageCms.profileToProfile(image, _LAB, _SRGB, outputMode="RGB") or image
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


_SRGB = ImageCms.createProfile("sRGB")
_LAB = ImageCms.createProfile("LAB")


def _to_srgb(image: Image.Image, profile: bytes) -> tuple[Image.Image, tuple[str, ...]]:
    """`image` with its embedded colour profile applied, and what to tell if that cannot be done."""
    try:
        converted = ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), _SRGB, outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image, (say("The photo's colour profile cannot be used; its colours are taken as sRGB."),)
    return converted or image, ()


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _turn(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(_TURNS[orientation]) if orientation in _TURNS else image


def _check_bytes(size: int, name: str) -> None:
    if size > MAX_BYTES:
        raise BadPhoto(
            say(
                "{name} is {size} MB; the most is {most} MB.",
                name=name,
                size=size // 1024**2,
                most=MAX_BYTES // 1024**2,
            ),
            say("Export it smaller, as a JPEG."),
        )
    if size == 0:
        raise BadPhoto(say("{name} is empty.", name=name), say("Copy it again from where it comes from."))


def _too_large(name: str, size: tuple[int, int] | None = None, most: int = MAX_PIXELS) -> BadPhoto:
    most, hint = most // 1_000_000, say("Make it smaller first.")
    if size is None:
        return BadPhoto(say("{name} has too many pixels; the most is {most} million.", name=name, most=most), hint)
    has = {"width": size[0], "height": size[1]}
    return BadPhoto(
        say("{name} is {width} × {height} pixels; the most is {most} million.", name=name, **has, most=most), hint
    )


def _register_heif() -> None:
    """Teach Pillow HEIC, the iPhone's format. Registering twice does no harm."""
    import pi_heif

    pi_heif.register_heif_opener()
