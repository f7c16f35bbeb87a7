"""A video that is wanted, one of several: its photo, and what was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from videoai.batch.photos import name_of
from videoai.errors import BadInput
from videoai.kinds import SeedList
from videoai.language import say
from videoai.naming import ToName, told_apart
from videoai.outputs import Output
from videoai.request import Request
from videoai.settings import SEEDS

SEED_LIST = SeedList(SEEDS, most=100)
"""What “--seeds” may be."""


@dataclass(frozen=True, slots=True)
class WantedVideo:
    """`line` is that of the list which asked for it; `numbered`: its name got a number, as others have the same.

    What is `there` already under its name stays, and it is not made.
    """

    photo: Path
    request: Request
    line: int | None = None
    numbered: bool = False
    there: Path | None = None

    @property
    def name(self) -> str:
        """What its photo was called by whoever asked for it."""
        return name_of(self.photo)

    @property
    def seed(self) -> int | None:
        """Its seed, if it is not to be drawn yet."""
        return self.request.seed()


def varied(videos: Iterable[WantedVideo], seeds: int | Sequence[int] | None) -> Iterator[WantedVideo]:
    """Each video once for each seed: those of a list; or so many, its own and the next ones.

    One that has none of its own begins at a seed drawn once for all, so that the photos of a call can be compared.
    Raises BadInput for a list where a video has its own.
    """
    drawn = SEEDS.draw()
    for video in videos:
        if seeds is None:
            yield video
            continue
        if not isinstance(seeds, int) and "seed" in video.request.given:
            raise BadInput(
                say("Both --seed and --seeds say which seeds to use."),
                say("Leave out one of them; “--seed 7 --seeds 4” means 7, 8, 9 and 10."),
            )
        first = drawn if video.seed is None else video.seed
        for seed in range(first, first + seeds) if isinstance(seeds, int) else seeds:
            given = {**video.request.given, "seed": seed % (SEEDS.maximum + 1)}
            yield replace(video, request=replace(video.request, given=given))


def named(videos: Sequence[WantedVideo]) -> list[WantedVideo]:
    """The same, each with a name of its own. Raises BadOutput for a photo's name."""
    outputs = told_apart([ToName(Output(video.request.output), video.photo, video.seed) for video in videos])
    return [
        replace(
            video,
            request=replace(video.request, output=output.pattern),
            numbered=output.pattern != video.request.output,
        )
        for video, output in zip(videos, outputs, strict=True)
    ]
