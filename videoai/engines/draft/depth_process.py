"""The process that finds how near each part of a photo is, for the page to move a camera through it: it prints a map,
a grey PNG in base64.

python -m videoai.engines.draft.depth_process PHOTO '[WIDTH, HEIGHT, FIT, FOCUS, DEPTH]'
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
    """Of a kept photo, as a video with these settings begins with it: by its own depth, or else a guess. What a network
    would find takes too long to be waited for."""
    child.prepare()
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # more only wait for each other
    out = child.take_stdout()
    from PIL import Image

    from videoai.engines.draft.depth import calibrated, disparity, followed
    from videoai.media.photo import read_photo

    width, height, fit, focus, depth = json.loads(framing)
    scale = min(1.0, _SIDE / max(width, height))
    size = round(width * scale), round(height * scale)
    kept = read_photo(Path(photo))
    picture = kept.fitted(*size, focus=focus, fit=fit)
    own = None if depth == "guessed" else kept.fitted_near(*size, focus=focus, fit=fit)
    near = disparity(picture) if own is None else calibrated(followed(picture, own))
    file = io.BytesIO()
    Image.fromarray((255 * near.clip(0, 1)).round().astype("uint8")).save(file, "PNG", optimize=True)
    with out:
        out.write(base64.b64encode(file.getvalue()))


if __name__ == "__main__":
    main(*sys.argv[1:])
