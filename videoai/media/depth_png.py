"""How near each pixel of a photo is, as a file: a grey PNG of 16 bits, as Google's RangeInverse has it.

0 is the nearest and 65535 the furthest, and disparity is even between them: what the decoder gives, what the web app
keeps and what lies in a job's folder are of this one kind, which other programs can read, too. Only what reads or
writes one here needs NumPy and Pillow: the process that decodes photos has neither.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from videoai.events import Map

FURTHEST = 65535


def to_png(near: Map) -> bytes:
    """`near` is 1 for the nearest and 0 for the furthest."""
    import numpy as np
    from PIL import Image

    numbers = np.rint((1 - np.clip(near, 0, 1)) * FURTHEST).astype(np.uint16)
    file = io.BytesIO()
    Image.fromarray(numbers).save(file, "PNG", compress_level=1)
    return file.getvalue()


def from_png(content: bytes) -> Map:
    """The inverse. Raises OSError, ValueError or SyntaxError for what is no such file."""
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
        if image.mode != "I;16":
            raise ValueError(f"a depth map of mode {image.mode}")
        numbers = np.asarray(image)
    return 1 - numbers.astype(np.float32) / np.float32(FURTHEST)
