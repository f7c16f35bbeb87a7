"""Each door: good examples to spoil, and what is done with the bytes. Whatever is no refusal of ours is a finding."""

from __future__ import annotations

import base64
import io
import json
import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from videoai.errors import BadPhoto, BadVideo, ModelDamaged, VideoAiError


@dataclass(frozen=True)
class Door:
    """`go` takes the bytes in; it returns if they are fine or refused in words, and raises if neither."""

    examples: Callable[[], list[bytes]]
    go: Callable[[bytes], None]


def refused(error: VideoAiError) -> None:
    """A refusal is a sentence and a hint that can be written anywhere."""
    for text in (error.message, error.hint):
        assert text
        assert len(text) < 2000
        text.encode()
    assert error.http_status < 500


# Photos.


@cache
def photos() -> list[bytes]:
    """Small ones of every kind that is read."""
    from PIL import Image, ImageCms

    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, "Ann"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("JPEG", {"exif": exif, "icc_profile": profile}),
        ("JPEG", {"progressive": True}),
        ("PNG", {"exif": exif, "icc_profile": profile}),
        ("PNG", {"save_all": True, "append_images": [Image.new("RGB", (9, 7))]}),
        ("WEBP", {"exif": exif}),
        ("WEBP", {"lossless": True}),
        ("GIF", {"save_all": True, "append_images": [Image.new("RGB", (32, 24))]}),
        ("BMP", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_deflate"}),
        ("HEIF", {}),
        ("AVIF", {}),
        ("MPO", {"save_all": True, "append_images": [Image.new("RGB", (32, 24))]}),
    ]
    plain = Image.fromarray(some_pixels())
    found = [saved(plain, kind, **options) for kind, options in kinds]
    found += [saved(Image.new(mode, (9, 7)), "TIFF") for mode in ("1", "LA", "P", "I;16", "CMYK", "F")]
    found += [saved(Image.new(mode, (9, 7)), "PNG") for mode in ("1", "LA", "P", "I;16")]
    return [*found, *vips_photos(), *raw_photos(), *odd_photos()]


def some_pixels() -> Any:
    return (np.indices((24, 32)).sum(axis=0)[..., None] * np.array([3, 5, 7]) % 256).astype(np.uint8)


def saved(image: Any, kind: str, **options: Any) -> bytes:
    import pillow_heif

    pillow_heif.register_heif_opener()
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def vips_photos() -> list[bytes]:
    """What Pillow does not write: more bits, other numbers, tiles."""
    import pyvips

    eight = pyvips.Image.new_from_array(some_pixels()).copy(interpretation="srgb")
    sixteen = (eight * 257).cast("ushort").copy(interpretation="rgb16")
    clear = eight.bandjoin(eight[0])
    lab = eight.colourspace("lab")
    tiffs: list[tuple[Any, dict[str, Any]]] = [
        (eight, {"compression": "jpeg", "tile": True, "tile_width": 16, "tile_height": 16}),
        (eight, {"compression": "deflate", "predictor": "horizontal", "bigtiff": True}),
        (eight, {"compression": "lzw", "pyramid": True, "tile": True, "tile_width": 16, "tile_height": 16}),
        (eight, {"compression": "webp", "subifd": True, "pyramid": True, "tile": True}),
        (eight[0], {"bitdepth": 1, "compression": "ccittfax4", "miniswhite": True}),
        (eight[0], {"bitdepth": 4}),
        (sixteen, {"compression": "lzw"}),
        (clear, {}),
        ((eight / 255).cast("float").copy(interpretation="scrgb"), {}),
        (lab, {}),
        (eight[0].cast("int"), {}),
    ]
    avifs = [heif_saved(sixteen, bitdepth=10), heif_saved(clear)]
    return [
        *(image.tiffsave_buffer(**options) for image, options in tiffs),
        sixteen.pngsave_buffer(bitdepth=16, interlace=True),
        clear.webpsave_buffer(),
        eight.colourspace("cmyk").jpegsave_buffer(keep="none"),
        *avifs,
    ]


def heif_saved(image: Any, **options: Any) -> bytes:
    content: bytes = image.heifsave_buffer(compression="av1", effort=0, **options)
    return content


def raw_photos() -> list[bytes]:
    """With a picture in them, and without."""
    from tests.media.test_raw import RAWS, TIFFS, jpeg, with_jpeg

    return [*(with_jpeg(kind, jpeg()) for kind in TIFFS), RAWS["3FR"], RAWS["RAF"], with_jpeg("CR3", jpeg())]


def odd_photos() -> list[bytes]:
    """Those that once came out wrong, or were refused."""
    from tests.media.pictures import PHOTOS

    return [path.read_bytes() for path in sorted(PHOTOS.iterdir()) if path.stat().st_size < 1 << 17]


def photo(data: bytes) -> None:
    """As the process that reads them does it, in this process: what would end that one would end this one."""
    from videoai.media.decoding.decode import decode
    from videoai.media.photo_decoder import WORKING

    try:
        found = decode(data, "photo.jpg", WORKING)
    except BadPhoto as error:
        refused(error)
        return
    image, scale = found.image, WORKING.scale(found.width, found.height)
    assert (image.width, image.height) == tuple(max(1, round(side * scale)) for side in (found.width, found.height))
    assert (image.bands, image.format) == (3, "uchar")
    assert len(image.write_to_memory()) == image.width * image.height * 3
    assert all(notice.encode() for notice in found.notices)


# The depth maps that come with photos.


@cache
def portraits() -> list[bytes]:
    """Of every kind that has one, each with a map that is large enough to be taken."""
    from tests.media import depths

    near, photo = depths.scene(64, 48), depths.jpeg(depths.picture(64, 48))
    png = depths.png_of(near, 16)
    return [
        depths.heic(near, depths.picture(64, 48), 6),
        depths.heic(near, depths.picture(64, 48), uniform_z=(1, 9)),
        depths.gdepth(png, photo),
        depths.gdepth(depths.png_of(near), photo, "RangeLinear", at_once=True),
        depths.dynamic(photo, photo, after=photo),
        depths.dynamic(png, photo, dd=True),
        depths.apple(near, photo, "depth"),
    ]


def portrait(data: bytes) -> None:
    """As the process that reads them does it, in this process."""
    from videoai.media.decoding.depth.found import BadDepth
    from videoai.media.decoding.depth.read import is_marked, read
    from videoai.media.depth_png import from_png

    try:
        found = read(data, (64, 48)) if is_marked(data) else None
    except BadDepth as error:
        assert error.reason.startswith("it ")
        return
    if found is not None:
        near = from_png(found)
        assert (near.min(), near.max()) == (0, 1)


# Videos that come back for their settings.


@cache
def videos() -> list[bytes]:
    from videoai.media.metadata import describe
    from videoai.media.video import write_video
    from videoai.resolving import resolve

    comment = describe(resolve({"model": "draft", "seed": "1"}, (3, 2)))
    frames = [np.full((64, 64, 3), 40 * index, np.uint8) for index in range(4)]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".mp4", ".mov", ".webm", ".gif", ".webp"):
            path = Path(folder) / f"video{suffix}"
            write_video(path, frames, 6, comment=comment)
            found.append(path.read_bytes())
    return found


def video(data: bytes) -> None:
    """As the process that reads them does it, in this process: what would end that one would end this one."""
    from videoai.media.decoding import kinds
    from videoai.media.media_process import inspect

    kind = kinds.recognise(data)
    suffix = kinds.MADE_HERE.get("" if kind is None else kind.name, ".mp4")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"video{suffix}"
        path.write_bytes(data)
        try:
            found = inspect(path, Path(folder) / "first.png")
        except BadVideo as error:
            refused(error)
            return
    json.dumps(found)
    settings_of(found["settings"])


def settings_of(found: dict[str, Any]) -> None:
    """What the route does with them."""
    from videoai.catalogue import MODELS
    from videoai.resolving import resolve
    from videoai.settings import PARAMETERS

    known = {name: value for name, value in found.items() if name in PARAMETERS}
    try:
        if known.get("model") not in MODELS:
            known.pop("model", None)
        json.dumps(resolve({}, (1, 1), like=known or {"seed": 0}).to_dict(), allow_nan=False).encode()
    except VideoAiError as error:
        refused(error)


# Requests.


@cache
def site() -> Any:
    """The app in a home of its own, which makes no videos."""
    import atexit
    import os
    import shutil

    from videoai.engines.numbers import Numbers
    from videoai.engines.processor import Processor
    from videoai.jobs.queue import Queue
    from videoai.memory import processor
    from videoai.web.app import create_app

    home = tempfile.mkdtemp(prefix="videoai-fuzz-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ |= {"VIDEOAI_HOME": f"{home}/data", "VIDEOAI_OUTPUTS": f"{home}/videos"}
    Queue.start = Queue.stop = lambda self: None  # type: ignore[method-assign]
    processor._asked = lambda: Processor("cpu", Numbers("fp32"), 5e11)  # type: ignore[assignment]
    return create_app()


ROUTES = ("/api/photos", "/api/jobs", "/api/estimate", "/api/jobs/0123456789abcd/move", "/api/models/svd/pull")
ROUTES += ("/v1/videos",)
TYPES = ("multipart/form-data; boundary=b", "application/json", "multipart/form-data", "application/json; charset=x")


@cache
def requests() -> list[bytes]:
    """Bodies; the first two bytes choose the route and the type."""
    file = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    field = b'--b\r\nContent-Disposition: form-data; name="steps"\r\n\r\n25\r\n'
    url = "data:image/jpeg;base64," + base64.b64encode(photos()[0]).decode()
    settings = json.dumps({"photo_id": "x", "settings": {"steps": 25, "focus": [0.5, 0.5], "seed": 1}}).encode()
    return [
        bytes([0, 0]) + file + photos()[0] + b"\r\n--b--\r\n",
        bytes([1, 0]) + field + file + photos()[7] + b"\r\n--b--\r\n",
        bytes([1, 1]) + settings,
        bytes([2, 1]) + json.dumps({"width": 3, "height": 2, "preset": "safety", "settings": {}}).encode(),
        bytes([3, 1]) + b'{"before": null}',
        bytes([4, 1]) + b'{"precision": "8"}',
        bytes([5, 0]) + (field + file).replace(b'"photo"', b'"input_reference"') + photos()[0] + b"\r\n--b--\r\n",
        bytes([5, 1]) + json.dumps({"input_reference": {"image_url": url}, "size": "9x9", "seconds": "2"}).encode(),
    ]


def request(data: bytes) -> None:
    head, body = (data + b"\0\0")[:2], data[2:]
    app = site()
    path = ROUTES[head[0] % len(ROUTES)]
    if path.endswith("pull"):
        path = "/api/models/draft/pull"  # which fetches nothing
    answer = app.test_client().post(
        path, data=body, headers={"Content-Type": TYPES[head[1] % len(TYPES)], "Host": "localhost"}
    )
    assert answer.status_code < 500 or answer.status_code == 507, (answer.status_code, answer.text)
    found = answer.get_json()
    if answer.status_code >= 400:
        shape = {"type", "param"} if path.startswith("/v1/") else {"hint"}
        assert set(found["error"]) == {"code", "message"} | shape
        assert found["error"]["code"]
        assert found["error"]["message"]
        assert "Traceback" not in answer.text
    elif path in ("/api/jobs", "/v1/videos"):
        app.extensions["videoai"].store.cancel(found["id"])


# Weights.


@cache
def weights() -> list[bytes]:
    import torch
    from safetensors.torch import save

    header = json.dumps({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "__metadata__": {"x": "y"}})
    return [
        save({"down.weight": torch.ones(3, 4), "up.bias": torch.ones(5, dtype=torch.float16)}, {"format": "pt"}),
        struct.pack("<Q", len(header)) + header.encode() + bytes(8),
    ]


def safetensors(data: bytes) -> None:
    from videoai.weights.opening import parts_in
    from videoai.weights.safetensors_file import SafetensorsFile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.safetensors"
        path.write_bytes(data)
        try:
            file = SafetensorsFile(path)
            for name in file.names():
                assert file.read(name).numel() <= len(data)
            parts_in(path)
        except ModelDamaged as error:
            refused(error)


DOORS = {
    "photo": Door(photos, photo),
    "depth": Door(portraits, portrait),
    "video": Door(videos, video),
    "request": Door(requests, request),
    "safetensors": Door(weights, safetensors),
}
