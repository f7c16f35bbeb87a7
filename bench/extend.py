"""A clip that goes on: how far colours and sharpness drift from part to part, held and not, and how large seams are.

What a model's encoder and decoder do to a picture is made up here, strongly: softer, paler, tinted, with a grain. The
camera moves over the example photos, part by part with the next seed; each part begins with the last frame of the one
before. Beside it the same movement through a model that changes nothing.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from bench import report
from videoai.engines.draft.engine import ENGINE
from videoai.events import Frame, OnEvent, Pixels
from videoai.extend.joining import going_on, joined_frames
from videoai.settings import GenerationSettings

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
PHOTOS = ("coffee.png", "rocket.jpg", "astronaut.png", "chelsea.png")
PARTS = 5
SETTINGS = GenerationSettings(model="draft", width=448, height=256, frames=10, seed=0)

_CONTRAST, _SATURATION, _TINT = 0.985, 0.97, np.array([1.6, -0.7, -1.2])
_SOFTNESS, _GRAIN = 0.55, 0.8
_LUMA = np.array([0.299, 0.587, 0.114])


def passed(frame: Pixels, chance: np.random.Generator) -> Pixels:
    """A frame as a model gives it back."""
    numbers = frame.astype(np.float32)
    grey = (numbers @ _LUMA)[..., None]
    numbers = (grey + _SATURATION * (numbers - grey) - 128) * _CONTRAST + 128 + _TINT
    numbers = gaussian_filter(numbers, (_SOFTNESS, _SOFTNESS, 0)) + chance.normal(0, _GRAIN, numbers.shape)
    found: Pixels = np.clip(np.rint(numbers), 0, 255).astype(np.uint8)
    return found


def _part(photo: Pixels, settings: GenerationSettings, *, faithful: bool) -> Generator[Pixels]:
    chance = np.random.default_rng(settings.seed)
    for event in ENGINE.run(photo, settings):
        if isinstance(event, Frame):
            yield event.pixels if faithful else passed(event.pixels, chance)


def _parts() -> list[GenerationSettings]:
    values = SETTINGS.to_dict() | {"focus": (0.5, 0.5)}
    return [GenerationSettings(**values | {"seed": SETTINGS.next_seed(number)}) for number in range(PARTS)]


def _held(photo: Pixels) -> Iterator[Pixels]:
    def frames_of(number: int, photo: Pixels, part: GenerationSettings, on_event: OnEvent) -> Generator[Pixels]:
        def run(on_event: OnEvent) -> Generator[Pixels]:
            return _part(photo, part, faithful=False)

        return going_on(run, photo, on_event) if number else run(on_event)

    return joined_frames(photo, _parts(), frames_of, lambda event: None)


def _plain(photo: Pixels, *, faithful: bool) -> Iterator[Pixels]:
    """Parts that are joined without holding anything."""
    for number, part in enumerate(_parts()):
        for index, pixels in enumerate(_part(photo, part, faithful=faithful)):
            if index or not number:
                yield pixels
            photo = pixels


def _of_parts(clip: Sequence[Pixels]) -> list[Sequence[Pixels]]:
    step = SETTINGS.frames - 1
    return [clip[number * step + bool(number) : (number + 1) * step + 1] for number in range(PARTS)]


def _means(clip: Sequence[Pixels]) -> np.ndarray:
    """The mean colour of each part."""
    return np.array([np.mean([frame.mean((0, 1)) for frame in part], 0) for part in _of_parts(clip)])


def _detail(clip: Sequence[Pixels]) -> np.ndarray:
    """The energy of the fine detail of each part."""
    lumas = [[frame @ _LUMA for frame in part[::4]] for part in _of_parts(clip)]
    return np.array([np.mean([np.square(luma - gaussian_filter(luma, 1.4)).mean() for luma in part]) for part in lumas])


def _seams(clip: Sequence[Pixels]) -> float:
    """The largest of the seams, as a share of the larger step beside it."""
    steps = [float(np.abs(a.astype(int) - b).mean()) for a, b in pairwise(clip)]
    at = [number * (SETTINGS.frames - 1) for number in range(1, PARTS)]
    return max(steps[seam] / max(steps[seam - 1], steps[seam + 1]) for seam in at)


def _figures(name: str) -> Iterator[report.Figure]:
    image = Image.open(EXAMPLES / name).convert("RGB").resize((SETTINGS.width, SETTINGS.height))
    photo = np.asarray(image)
    true, held, plain = (
        list(each) for each in (_plain(photo, faithful=True), _held(photo), _plain(photo, faithful=False))
    )

    def drift(clip: Sequence[Pixels]) -> float:
        away = _means(clip) - _means(true)
        return float(np.abs(np.diff(away, axis=0)).max())

    def change(clip: Sequence[Pixels]) -> float:
        """By how much the detail of the last part is less or more than that of the first, as a share of it."""
        left = _detail(clip) / _detail(true)
        return float(abs(1 - left[-1] / left[0]))

    yield report.at_most(f"{name}: mean colour, drift a part", drift(held), "levels", 1, drift(plain))
    yield report.at_most(
        f"{name}: fine detail, change from the first part to the last", change(held), "", 0.15, change(plain)
    )
    yield report.at_most(f"{name}: seam, of the step beside it", _seams(held), "", 1, _seams(plain))


def main() -> None:
    parser = report.arguments(__doc__)
    asked = parser.parse_args()
    report.show([figure for name in PHOTOS for figure in _figures(name)], as_json=asked.json)


if __name__ == "__main__":
    main()
