"""PNG files and ICC profiles, written byte by byte as their standards say."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt

Chunk = tuple[bytes, bytes]
Numbers = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

DISPLAY_P3 = (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
"""The chromaticities of white, red, green and blue."""


def png(pixels: Numbers, *chunks: Chunk) -> bytes:
    """`pixels`: (height, width) or (height, width, 1–4), of 8 or 16 bits."""
    height, width, bands = pixels.shape if pixels.ndim == 3 else (*pixels.shape, 1)
    header = struct.pack(">IIBBBBB", width, height, 8 * pixels.itemsize, {1: 0, 2: 4, 3: 2, 4: 6}[bands], 0, 0, 0)
    rows = pixels.astype(pixels.dtype.newbyteorder(">")).reshape(height, -1)
    packed = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, content) for kind, content in [(b"IHDR", header), *chunks, (b"IDAT", packed), (b"IEND", b"")]
    )


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def cicp(primaries: int, transfer: int, matrix: int = 0, full: int = 1) -> Chunk:
    return b"cICP", bytes([primaries, transfer, matrix, full])


def gama(power: float) -> Chunk:
    return b"gAMA", struct.pack(">I", round(power * 100_000))


def chrm(*chromaticities: float) -> Chunk:
    return b"cHRM", struct.pack(">8I", *(round(number * 100_000) for number in chromaticities))


def clli(nits: float) -> Chunk:
    return b"cLLI", struct.pack(">II", round(nits * 10_000), 0)


def iccp(profile: bytes) -> Chunk:
    return b"iCCP", b"a name\0\0" + zlib.compress(profile)


SRGB_CURVE = (
    b"para"
    + bytes(4)
    + struct.pack(">HH5i", 3, 0, *(round(n * 65536) for n in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)))
)
_COLUMNS = {
    "sRGB": ((0.4360, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7139)),
    "P3": ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)),
}
"""XYZ of red, green and blue under D50."""


def gamma_curve(power: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IHxx", 1, round(power * 256))


def rgb_profile(primaries: str, curve: bytes, *tags: Chunk, kind: bytes = b"mntr") -> bytes:
    columns = [(name + b"XYZ", _xyz(*xyz)) for name, xyz in zip((b"r", b"g", b"b"), _COLUMNS[primaries], strict=True)]
    return _profile(b"RGB ", b"XYZ ", kind, [*columns, *((name + b"TRC", curve) for name in (b"r", b"g", b"b")), *tags])


def grey_profile(curve: bytes) -> bytes:
    return _profile(b"GRAY", b"XYZ ", b"mntr", [(b"kTRC", curve)])


def table_profile(power: float, version: int) -> bytes:
    """Of RGB with sRGB's primaries and a power, as a table from RGB to Lab (A2B0, lut16Type)."""
    side = 17
    steps = np.linspace(0, 1, side) ** power
    light = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1) @ np.array(_COLUMNS["sRGB"])
    shares = light / np.array([0.9642, 1, 0.8249])
    f = np.where(shares > 216 / 24389, np.cbrt(shares), (24389 / 27 * shares + 16) / 116)
    lab = np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)
    codes = np.clip(np.rint((lab * [2.55, 1, 1] + [0, 128, 128]) * 256), 0, 65535).astype(">u2")
    ends = struct.pack(">6H", 0, 65535, 0, 65535, 0, 65535)
    head = b"mft2" + bytes(4) + bytes([3, 3, side, 0]) + struct.pack(">9i", *(65536 * np.eye(3, dtype=int)).flat)
    table = head + struct.pack(">HH", 2, 2) + ends + codes.tobytes() + ends
    return _profile(b"RGB ", b"Lab ", b"mntr", [(b"A2B0", table)], version)


def _xyz(*numbers: float) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(number * 65536) for number in numbers))


def _profile(space: bytes, between: bytes, kind: bytes, tags: list[Chunk], version: int = 4) -> bytes:
    described = [
        (b"desc", b"desc" + bytes(4) + struct.pack(">I", 2) + b"x\0" + bytes(78)),
        (b"cprt", b"text" + bytes(4) + b"none\0"),
        (b"wtpt", _xyz(0.9642, 1, 0.8249)),
        *tags,
    ]
    at, table, body = 132 + 12 * len(described), struct.pack(">I", len(described)), b""
    for name, content in described:
        content += bytes(-len(content) % 4)
        table += name + struct.pack(">II", at + len(body), len(content))
        body += content
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"none", version << 24, kind, space, between)
    head += struct.pack(">6H4s28x", 2026, 1, 1, 0, 0, 0, b"acsp") + _xyz(0.9642, 1, 0.8249)[8:]
    return head.ljust(128, b"\0") + table + body
