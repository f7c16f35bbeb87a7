"""Photos that carry depth, as phones write them: HEIC, and JPEG in four ways."""

from __future__ import annotations

import base64
import io
import struct

import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image

from tests.media.made import png
from tests.media.test_photo import LAID_DOWN
from videoai.events import Map

WIDTH, HEIGHT = 320, 240
MAP = (160, 120)
"""Width and height of a map: half of the photo's, as an iPhone's."""

_RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
_GUID = b"0123456789ABCDEF0123456789ABCDEF"


def scene(width: int = MAP[0], height: int = MAP[1]) -> Map:
    """How near things are: a slope to the right and down, and a near block at the upper left; no two ways up look
    alike. From 0 to 1."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    near = (x / width + 2 * y / height) / 4
    near[height // 8 : height // 3, width // 8 : width // 3] = 0.9
    return (near - near.min()) / (near.max() - near.min())


def picture(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    y, x = np.mgrid[0:height, 0:width]
    return Image.fromarray(np.stack([x * 255 // width, y * 255 // height, (x + y) % 64], -1).astype(np.uint8))


def grey(share: Map, bits: int = 8) -> npt.NDArray[np.uint8] | npt.NDArray[np.uint16]:
    return np.rint(share * (2**bits - 1)).astype(np.uint8 if bits == 8 else np.uint16)


def laid_down(image: Image.Image, orientation: int) -> Image.Image:
    turn = LAID_DOWN[orientation]
    return image if turn is None else image.transpose(turn)


def jpeg(image: Image.Image, orientation: int = 1, **options: object) -> bytes:
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    image.save(file, "JPEG", quality=95, exif=exif, **options)
    return file.getvalue()


def with_segments(jpeg: bytes, *segments: tuple[int, bytes]) -> bytes:
    """After the first one."""
    at = 4 + int.from_bytes(jpeg[4:6], "big")
    more = b"".join(
        bytes((0xFF, marker)) + (2 + len(content)).to_bytes(2, "big") + content for marker, content in segments
    )
    return jpeg[:at] + more + jpeg[at:]


def xmp(inner: str, attributes: str = "", spaces: str = "") -> bytes:
    said = f'<rdf:Description rdf:about="" {spaces} {attributes}>{inner}</rdf:Description>'
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {_RDF}>{said}</rdf:RDF></x:xmpmeta>'.encode()


def standard(packet: bytes) -> tuple[int, bytes]:
    return 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet


def extended(packet: bytes, size: int = 60_000) -> list[tuple[int, bytes]]:
    """In pieces, the last one first: their order in the file means nothing."""
    head = b"http://ns.adobe.com/xmp/extension/\0" + _GUID
    pieces = [
        (0xE1, head + struct.pack(">II", len(packet), at) + packet[at : at + size])
        for at in range(0, len(packet), size)
    ]
    return pieces[::-1]


_GDEPTH = 'xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/"'


def gdepth(
    content: bytes, photo: bytes, form: str = "RangeInverse", *, at_once: bool = False, piece: int = 60_000
) -> bytes:
    """As Google's cameras wrote it from 2014 on: the map as text, in extended XMP if it is not `at_once`."""
    data = f'GDepth:Data="{base64.b64encode(content).decode()}"'
    said = f'GDepth:Format="{form}" GDepth:Near="1.5" GDepth:Far="12" GDepth:Mime="image/png"'
    if at_once:
        return with_segments(photo, standard(xmp("", f"{said} {data}", _GDEPTH)))
    note = f'xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="{_GUID.decode()}"'
    return with_segments(photo, standard(xmp("", said, f"{_GDEPTH} {note}")), *extended(xmp("", data, _GDEPTH), piece))


def dynamic(content: bytes, photo: bytes, *, dd: bool = False, before: bytes = b"", after: bytes = b"") -> bytes:
    """As Pixels append it, a gain map before it and its confidence after it; `dd`: as Android's own camera says it,
    by elements and an address."""
    items = [
        ("Primary", "image/jpeg", 0),
        ("GainMap", "image/jpeg", len(before)),
        ("Depth", "image/jpeg", len(content)),
    ]
    items.append(("Confidence", "image/jpeg", len(after)))
    if dd:
        base = "http://ns.google.com/photos/dd/1.0"
        spaces = f'xmlns:C="{base}/container/" xmlns:I="{base}/item/" xmlns:D="{base}/depthmap/"'
        listed = "".join(
            f'<rdf:li rdf:parseType="Resource"><C:Item rdf:parseType="Resource"><I:Mime>{mime}</I:Mime>'
            f"<I:Length>{length}</I:Length><I:DataURI>android/{semantic.lower()}</I:DataURI></C:Item></rdf:li>"
            for semantic, mime, length in items
        )
        said = "<D:Format>RangeInverse</D:Format><D:DepthURI>android/depth</D:DepthURI>"
        inner = f"{said}<C:Directory><rdf:Seq>{listed}</rdf:Seq></C:Directory>"
    else:
        base = "http://ns.google.com/photos/1.0/container/"
        spaces = f'xmlns:Container="{base}" xmlns:Item="{base}item/"'
        listed = "".join(
            f'<rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="{mime}" Item:Length="{length}" '
            f'Item:Semantic="{semantic}"/></rdf:li>'
            for semantic, mime, length in items
        )
        inner = f"<Container:Directory><rdf:Seq>{listed}</rdf:Seq></Container:Directory>"
    return with_segments(photo, standard(xmp(inner, "", spaces))) + before + content + after


def apple(share: Map, photo: bytes, kind: str = "disparity") -> bytes:
    """As an iPhone writes a portrait as JPEG: one of several pictures (CIPA DC-007), which says itself what it is."""
    values = {"AuxiliaryImageType": kind, "FloatMinValue": 0.5, "FloatMaxValue": 4.5, "IntMaxValue": 255}
    inner = "".join(f"<apdi:{name}>{value}</apdi:{name}>" for name, value in values.items())
    said = xmp(inner, "", 'xmlns:apdi="http://ns.apple.com/pixeldatainfo/1.0/"')
    second = with_segments(jpeg(Image.fromarray(grey(share)), subsampling=0), standard(said))
    segment = len(with_segments(photo, (0xE2, _mpf(0, 0, 0)))) - len(photo)
    length, start = len(photo) + segment, 4 + int.from_bytes(photo[4:6], "big") + 4 + 4
    return with_segments(photo, (0xE2, _mpf(length, len(second), length - start))) + second


def _mpf(first: int, second: int, at: int) -> bytes:
    entries = struct.pack(">IIIHHIIIHH", 0x030000, first, 0, 0, 0, 0, second, at, 0, 0)
    tags = [(0xB000, 7, 4, b"0100"), (0xB001, 4, 1, struct.pack(">I", 2)), (0xB002, 7, 32, struct.pack(">I", 50))]
    directory = struct.pack(">H", 3) + b"".join(struct.pack(">HHI4s", *tag) for tag in tags) + bytes(4)
    return b"MPF\0" + b"MM\0*" + struct.pack(">I", 8) + directory + entries


def heic(
    share: Map,
    photo: Image.Image | None = None,
    orientation: int = 1,
    *,
    uniform_z: tuple[float, float] | None = None,
    turned: bool = True,
    **options: object,
) -> bytes:
    """A portrait as an iPhone takes it: `share` is what the map says, and lies in the file as the photo does; unless it
    is `turned` by properties of its own, it says nothing of that. `uniform_z`: its numbers are distances."""
    lying = laid_down(photo or picture(), orientation)
    beneath = laid_down(Image.fromarray(grey(share)), orientation)
    file, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    container = pillow_heif.from_pillow(lying)
    container.add_from_pillow(beneath)
    container.save(file, quality=-1, chroma="444", exif=exif.tobytes(), save_nclx_profile=False, **options)
    return _auxiliary(file.getvalue(), sei(*uniform_z) if uniform_z else b"", turned=turned)


def _auxiliary(data: bytes, said: bytes, *, turned: bool) -> bytes:
    """The file with its second picture as a depth map of the first."""
    boxes = dict(_boxes(data))
    inner = dict(_boxes(boxes[b"meta"][4:]))
    properties = dict(_boxes(inner[b"iprp"]))
    stored = [*_boxes(properties[b"ipco"]), (b"auxC", b"\0\0\0\0urn:mpeg:hevc:2015:auxid:2\0" + said)]
    turns = {place for place, (kind, _) in enumerate(stored, 1) if kind in (b"irot", b"imir")}
    owned = _owned(properties[b"ipma"])
    tiles = {
        tile for kind, content in _boxes(inner.get(b"iref", bytes(4))[4:]) if kind == b"dimg" for tile in _to(content)
    }
    photo, depth = (item for item in sorted(owned) if item not in tiles)
    owned[depth] = [place for place in owned[depth] if place & 0x7F not in turns]
    if turned:
        owned[depth] += [place for place in owned[photo] if place & 0x7F in turns]
    owned[depth].append(0x80 | len(stored))
    ipma = bytes(4) + struct.pack(">I", len(owned))
    ipma += b"".join(struct.pack(">HB", item, len(places)) + bytes(places) for item, places in owned.items())
    inner[b"iprp"] = _box(b"ipco", b"".join(_box(*each) for each in stored)) + _box(b"ipma", ipma)
    inner[b"iref"] = inner.get(b"iref", bytes(4)) + _box(b"auxl", struct.pack(">HHH", depth, 1, photo))
    meta = bytes(4) + b"".join(_box(*each) for each in inner.items())
    inner[b"iloc"] = _moved(inner[b"iloc"], len(meta) - len(boxes[b"meta"]))
    boxes[b"meta"] = bytes(4) + b"".join(_box(*each) for each in inner.items())
    return b"".join(_box(*each) for each in boxes.items())


def _owned(ipma: bytes) -> dict[int, list[int]]:
    """Item → its properties, with the bit that says that they matter."""
    at, found = 8, {}
    while at < len(ipma):
        item, number = struct.unpack_from(">HB", ipma, at)
        found[item] = [*ipma[at + 3 : at + 3 + number]]
        at += 3 + number
    return found


def _to(reference: bytes) -> tuple[int, ...]:
    """The items that one refers to."""
    return struct.unpack(f">{len(reference) // 2 - 2}H", reference[4:])


def _moved(iloc: bytes, by: int) -> bytes:
    """Each item `by` bytes further on. libheif writes each with a base of four bytes, where its one part begins."""
    assert iloc[4:6] == b"\x44\x40"
    form = ">HHIHII" if iloc[0] == 0 else ">IHIHII"  # the latter with a word that says where an item is: 0 is the file
    items = struct.iter_unpack(form, iloc[8:])
    return iloc[:8] + b"".join(
        struct.pack(form, item, file, at if iloc[0] and item & 0xFFFF else at + by, *more)
        for item, file, at, *more in items
    )


def _boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    at, found = 0, []
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        size = size or len(data) - at
        found.append((kind, data[at + 8 : at + size]))
        at += size
    return found


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def sei(near: float, far: float) -> bytes:
    """HEVC's depth representation information (ITU-T H.265, G.14.2.3): uniform Z between two distances."""
    bits = "1" + "1" + "0" + "0" + _exp_golomb(2)  # z_near and z_far, no disparities; the kind
    bits += _number(near) + _number(far) + "1"
    bits += "0" * (-len(bits) % 8)
    content = int(bits, 2).to_bytes(len(bits) // 8, "big")
    unit = bytes([0x4E, 0x01, 177, len(content)]) + content
    return struct.pack(">II", 4 + len(unit), len(unit)) + unit


def _number(value: float) -> str:
    """Sign, exponent, how many bits the mantissa has, and those."""
    mantissa, exponent = np.frexp(value)
    return f"0{int(exponent) - 1 + 31:07b}{23:05b}{round((float(mantissa) * 2 - 1) * 2**24):024b}"


def _exp_golomb(value: int) -> str:
    digits = f"{value + 1:b}"
    return "0" * (len(digits) - 1) + digits


def png_of(share: Map, bits: int = 8) -> bytes:
    return png(grey(share, bits))
