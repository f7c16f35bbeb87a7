"""python -m bench.scenes: what the draft makes of ten rendered scenes, beside what a camera would really have seen.

Each scene is rendered once as the photo, and again from where each of the seed's four moves ends. The draft gets the
photo alone, or with its true depth; the peer is the draft of an earlier version, which is in the folder --before.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import numpy as np

from bench import report
from bench.scenes.places import PLACES
from bench.scenes.raycast import Array, Camera, Scene, inverse_depth, picture
from videoai.engines.draft.camera import SUBJECT, Pose, choose_move, reach_of
from videoai.engines.draft.depth import disparity
from videoai.engines.draft.flight import Flight
from videoai.engines.draft.layers import layers_of
from videoai.engines.draft.route import Route
from videoai.engines.draft.warp import Warp
from videoai.events import Pixels

SEEDS = {"drift": 0, "dolly": 1, "pan": 4, "orbit": 11}
_MOTION = 100
_SAMPLES = 2

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
        input=pickle.dumps((photos, list(SEEDS.values()), _MOTION)),
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


def ours(photo: Pixels, near: Array) -> Iterator[tuple[Pixels, Pose]]:
    """The last frame of each move, and where the camera is then."""
    height, width = photo.shape[:2]
    for seed in SEEDS.values():
        move = choose_move("auto", seed, reach_of(_MOTION), width, height)
        layers = layers_of(photo, near, move.furthest(width, height))
        flight = Flight.of(move, Route(1.0), 2, [layer.near for layer in layers], (height, width))
        yield Warp(photo, layers, flight)(1), flight.pose(1)


def true_disparity(scene: Scene, width: int, height: int) -> tuple[Array, float, float]:
    """0 for the furthest, SUBJECT for the subject: a / z + b; with a and b."""
    inverse = inverse_depth(scene, Camera(), width, height)
    least = float(inverse.min())
    a = SUBJECT / (1 / scene.subject - least)
    return a * (inverse - least), a, -a * least


def really_seen(scene: Scene, pose: Pose, a: float, b: float, width: int, height: int) -> Pixels:
    """What is seen in that pose by a camera, for which a disparity is a / z + b."""
    kept = 1 - pose.closer * b
    ahead = pose.closer * a / kept
    focal = Camera().focal
    aside = [way * a * (1 + b * pose.closer / kept) / (focal * width) for way in (pose.sideways, pose.up)]
    shift = [pose.zoom * (way * b / kept - way * pose.pivot) for way in (pose.sideways, pose.up)]
    camera = Camera((-aside[0], -aside[1], ahead), focal * pose.zoom / kept, (shift[0], shift[1]))
    return picture(scene, camera, width, height, _SAMPLES)


def psnr(one: Pixels, other: Pixels) -> float:
    """In decibels, over all pixels and colours."""
    return float(10 * np.log10(255**2 / np.mean((one.astype(np.float64) - other) ** 2)))


def main() -> None:
    parser = report.arguments(__doc__)
    parser.add_argument("--before", type=Path, help="a copy of the program as it was: adds it as the peer")
    parser.add_argument("--size", type=int, nargs=2, default=(640, 384), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--look", type=Path, help="a folder for pictures of all frames")
    options = parser.parse_args()
    width, height = options.size
    photos = [picture(scene, Camera(), width, height, _SAMPLES) for scene in PLACES]
    before = earlier(options.before, photos) if options.before else [None] * len(PLACES)
    scores: dict[str, list[float]] = {"before": [], "guessed": [], "true": []}
    for scene, photo, old in zip(PLACES, photos, before, strict=True):
        near, a, b = true_disparity(scene, width, height)
        made = {"guessed": list(ours(photo, disparity(photo))), "true": list(ours(photo, near))}
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
    with tempfile.TemporaryDirectory():
        main()
