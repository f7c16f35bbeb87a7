"""The process in which the network finds the depth of a photo, so that the draft's own stays small and without torch:

python -m videoai.engines.draft.learned_process FOLDER WEIGHTS SIDE NUMBERS

The photo is in the folder, and so is the depth in the end (remembered.py). It ends with its parent.
"""

from __future__ import annotations

import sys
from pathlib import Path

from videoai.events import OnEvent
from videoai.system import child

PHOTO, DEPTH = "photo.npy", "depth.npz"
"""The files in the folder."""


def main(folder: str, weights: str, side: str, numbers: str) -> int:
    """Find it, and return the exit code."""

    def do(on_event: OnEvent) -> None:
        import numpy as np
        import torch

        from videoai.engines.depth import network
        from videoai.engines.depth.disparity import disparity
        from videoai.engines.devices import DTYPES
        from videoai.engines.draft.remembered import write

        photo = np.load(Path(folder, PHOTO), allow_pickle=False)
        with torch.inference_mode():
            found = disparity(photo, network.load(Path(weights), dtype=DTYPES[numbers]), int(side))
        write(Path(folder, DEPTH), found)

    return child.work(do)


if __name__ == "__main__":
    child.leave(main(*sys.argv[1:]))
