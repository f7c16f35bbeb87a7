"""The process that looks for the subject of a photo, so that the web app stays small: it prints its point, or null.

python -m videoai.engines.draft.focal_point_process PHOTO
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from videoai.system import child

_SIDE = 200
"""Pixels of the longer side that the subject is looked for in."""


def main(photo: str) -> None:
    """Of a JPEG that is kept upright."""
    child.prepare()
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # more only wait for each other
    out = child.take_stdout()
    import numpy as np
    from PIL import Image

    from videoai.engines.draft.focal_point import focal_point

    with Image.open(Path(photo), formats=("JPEG",)) as image:
        image.draft("RGB", (2 * _SIDE, 2 * _SIDE))
        image.thumbnail((_SIDE, _SIDE))
        found = focal_point(np.asarray(image.convert("RGB")))
    point = None if found is None else [round(each, 3) for each in found]
    with out:
        out.write(json.dumps(point).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
