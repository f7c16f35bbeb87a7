"""python -m bench.scenes: what the draft makes of ten rendered scenes, beside what a camera would really have seen.

Each scene is rendered once as the photo, and again from where each of the seed's four moves ends. The draft gets the
photo alone, or with its true depth; the peer is the draft of an earlier version, which is in the folder --before.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from statistics import mean

import numpy as np

from bench import report
from tests.support.scenes.places import PLACES
from tests.support.scenes.raycast import Camera, picture
from tests.support.scenes.truth import MOTION, SAMPLES, SEEDS, drafted, psnr, really_seen, true_disparity
from videoai.engines.draft.camera import SUBJECT, Pose
from videoai.engines.draft.depth import disparity
from videoai.events import Pixels

_BEFORE = """
import pickle, sys
import numpy as np
from videoai.engines.draft.camera import REACH, _zoom, choose_move, source_coordinates
from videoai.engines.draft.depth import disparity
from videoai.engines.draft.warp import Warp

photos, seeds, motion = pickle.load(sys.stdin.buffer)
found = []
for photo in photos:
    height, width = photo.shape[:2]
    near, warp, frames = disparity(photo, REACH * max(width, height) * motion / 200), Warp(photo), []
    for seed in seeds:
        move = choose_move(seed, motion, width, height)
        frame = warp(source_coordinates(move, 1.0, near))
        frames.append((frame, (move.sideways, move.up, move.pivot, move.closer, _zoom(move, 1.0, 0.0, near))))
    found.append(frames)
pickle.dump(found, sys.stdout.buffer)
"""
"""The draft as it was when it had one sheet: its frames, and its camera."""


def earlier(folder: Path, photos: list[Pixels]) -> list[list[tuple[Pixels, Pose]]]:
    """For each photo, the last frame of each move. Its dolly was no camera's: the one that enlarges the subject as much
    stands for it."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _BEFORE],
        input=pickle.dumps((photos, list(SEEDS.values()), MOTION)),
        stdout=subprocess.PIPE,
        cwd=folder,
        check=True,
    )
    found = pickle.loads(done.stdout)  # noqa: S301
    return [
        [
            (frame, Pose(s, u, pivot, closer / (1 + closer * SUBJECT), zoom))
            for frame, (s, u, pivot, closer, zoom) in frames
        ]
        for frames in found
    ]


def main() -> None:
    parser = report.arguments(__doc__)
    parser.add_argument("--before", type=Path, help="a copy of the program as it was: adds it as the peer")
    parser.add_argument("--size", type=int, nargs=2, default=(640, 384), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--look", type=Path, help="a folder for pictures of all frames")
    options = parser.parse_args()
    width, height = options.size
    photos = [picture(scene, Camera(), width, height, SAMPLES) for scene in PLACES]
    before = earlier(options.before, photos) if options.before else [None] * len(PLACES)
    scores: dict[str, list[float]] = {"before": [], "guessed": [], "true": []}
    for scene, photo, old in zip(PLACES, photos, before, strict=True):
        near, a, b = true_disparity(scene, width, height)
        made = {"guessed": list(drafted(photo, disparity(photo))), "true": list(drafted(photo, near))}
        if old is not None:
            made["before"] = old
        of_scene = {}
        for kind, frames in made.items():
            real = [really_seen(scene, pose, a, b, width, height) for _, pose in frames]
            of_scene[kind] = [psnr(frame, truth) for (frame, _), truth in zip(frames, real, strict=True)]
            scores[kind] += of_scene[kind]
            if options.look:
                _show(options.look / f"{scene.name} {kind}.png", [frame for frame, _ in frames], real)
        print(
            scene.name,
            {kind: " ".join(f"{v:.1f}" for v in values) for kind, values in of_scene.items()},
            file=sys.stderr,
        )
    figures = []
    for kind, bar in (("true", 3.0), ("guessed", 1.0)):
        ours_mean, peer = mean(scores[kind]), mean(scores["before"]) if scores["before"] else None
        gain = None if peer is None else ours_mean - peer
        figures.append(
            report.Figure(
                f"{kind} depth: PSNR, mean of {len(scores[kind])} frames",
                ours_mean,
                peer,
                "dB",
                None,
                f"≥ {bar:g} dB more",
                gain is None or gain >= bar,
            )
        )
    report.show(figures, as_json=options.json)


def _show(target: Path, frames: list[Pixels], real: list[Pixels]) -> None:
    from PIL import Image

    target.parent.mkdir(exist_ok=True, parents=True)
    apart = [np.abs(one.astype(np.int16) - other).astype(np.uint8) for one, other in zip(frames, real, strict=True)]
    Image.fromarray(np.vstack([np.hstack(row) for row in (frames, real, apart)])).save(target)


if __name__ == "__main__":
    main()
