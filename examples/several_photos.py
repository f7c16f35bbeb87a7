"""Make a video of each photo, with one model for all of them:

python examples/several_photos.py coffee.png rocket.jpg
"""

from __future__ import annotations

import sys
from pathlib import Path

import videoai
from videoai.events import Step


def main(photos: list[str]) -> int:
    """Returns the exit code: 1 if a photo had no video."""
    # The draft needs no download. Of “svd-xt”, the weights would be loaded once, however many photos there are.
    model = videoai.load("draft")
    failed = 0
    for photo in photos:
        try:
            for event in model.events(photo, width=384, height=256, frames=8, motion=80, loop="boomerang"):
                if isinstance(event, Step):
                    print(".", end="", flush=True)
                elif isinstance(event, videoai.Result):
                    path = event.save(f"{Path(photo).stem}.mp4", overwrite=True)
                    print(f" {path}: {len(event.frames)} frames, seed {event.seed}")
        except videoai.VideoAiError as error:
            print(f"{error.message} {error.hint}", file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":  # where processes are spawned, this file is imported once more
    sys.exit(main(sys.argv[1:]))
