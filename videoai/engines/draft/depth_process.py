"""The process that finds how near each part of a photo is, for the page to move a camera through it: it prints a map,
a grey PNG in base64.

python -m videoai.engines.draft.depth_process PHOTO '[WIDTH, HEIGHT, FIT, FOCUS]'
"""

from __future__ import annotations

import base64
import io
import json
import os
import sys
from pathlib import Path

from videoai.system import child

_SIDE = 320
"""Pixels of the map's longer side: what a browser draws sixty times a second."""


def main(photo: str, framing: str) -> None:
    """Of a JPEG that is kept upright, as a video of this size begins with it."""
    child.prepare()
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # more only wait for each other
    out = child.take_stdout()
    from PIL import Image

    from videoai.engines.draft.depth import disparity
    from videoai.media.photo import Photo

    width, height, fit, focus = json.loads(framing)
    scale = min(1.0, _SIDE / max(width, height))
    with Image.open(Path(photo), formats=("JPEG",)) as image:
        image.draft("RGB", (4 * _SIDE, 4 * _SIDE))  # of which a crop may show a part
        small = Photo(image.convert("RGB"), *image.size)
    near = disparity(small.fitted(round(width * scale), round(height * scale), focus=focus, fit=fit))
    file = io.BytesIO()
    Image.fromarray((255 * near).round().astype("uint8")).save(file, "PNG", optimize=True)
    with out:
        out.write(base64.b64encode(file.getvalue()))


if __name__ == "__main__":
    main(*sys.argv[1:])
