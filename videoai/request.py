"""What was asked for: the settings and options of a run, before and after its photo is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from videoai.catalogue import MODELS
from videoai.errors import BadVideo
from videoai.events import Notice, OnEvent, Stage
from videoai.formats import check_encoder
from videoai.language import say
from videoai.media.fitted_photo import FittedPhoto
from videoai.media.given_photo import GivenPhoto
from videoai.media.photo import read_photo
from videoai.options import RunOptions, check_options
from videoai.outputs import Output
from videoai.system.machine import Machine

if TYPE_CHECKING:
    from videoai.memory.estimate import Estimate
from videoai.parameters import Problems
from videoai.resolving import Preferences, check, known, resolve, side_alone
from videoai.settings import SEEDS, GenerationSettings


@dataclass(frozen=True, slots=True)
class Request(RunOptions):
    """What was asked for, before any photo is looked at: the options of a run, the settings that were given, and those
    that are preferred.

    `of` checks all; what is made without it is checked when the settings are resolved.
    """

    given: Mapping[str, object] = field(default_factory=dict)
    preferences: Preferences = field(default_factory=Preferences)

    @staticmethod
    def of(
        given: Mapping[str, object],
        options: Mapping[str, object],
        problems: Problems | None = None,
        preferences: Preferences | None = None,
    ) -> Request:
        """From raw values of both. Raises BadSettings, which names every wrong one at once, and `problems` that were
        found already; BadVideo."""
        problems = Problems() if problems is None else problems
        request = Request(given, preferences or Preferences(), **check_options(options, problems))
        check(given, problems, preset=request.preset, like=request._liked(), preferences=request.preferences)
        problems.raise_if_any()
        return request

    def check(self, photos: int, seeds: int = 1) -> None:
        """Raises BadOutput if the videos of so many photos, each with so many seeds, cannot be put where they are to
        go, or not encoded so."""
        output = Output(self.output)
        output.check(photos, seeds)
        check_encoder(self.encoder, output.suffix())

    def seed(self) -> int | None:
        """The seed that was asked for, if one was: by itself, as another video's, or always. Raises BadVideo."""
        named = self.given if "seed" in self.given else {**self.preferences.settings, **(self._liked() or {})}
        raw = named.get("seed")
        return None if raw is None or SEEDS.is_random(raw) else SEEDS.parse(raw)

    def settings(self, photo_size: tuple[int, int]) -> GenerationSettings:
        """What a photo of this size (width, height) gets. Raises BadSettings, BadVideo."""
        return resolve(self.given, photo_size, preset=self.preset, like=self._liked(), preferences=self.preferences)

    def remarks(self, settings: GenerationSettings) -> Iterator[str]:
        """What was not asked for and shall be said of the settings that `settings` gave."""
        if (alone := side_alone(self.given)) is None:
            return
        size = {"width": settings.width, "height": settings.height}
        if alone == ("width", "height"):
            yield say("The height is {height}, as suits the width {width}. To choose it: --height", **size)
        else:
            yield say("The width is {width}, as suits the height {height}. To choose it: --width", **size)

    def _liked(self) -> dict[str, object] | None:
        return None if self.like is None else self._settings_of(self.like)

    def _settings_of(self, video: Path) -> dict[str, object]:
        from videoai.media.metadata import read_metadata  # with FFmpeg's libraries

        found = known(read_metadata(video)["settings"])
        model = own_model(found)
        if "model" not in self.given and model is not None:
            # What may be a path is not looked for: somebody else may have made the video, and would choose the file.
            raise BadVideo(
                say("{name} was made with “{model}”, a model VideoAi doesn't know.", name=video.name, model=model[:60]),
                say(
                    "Choose the model to use with --model: {models}, or the path of “{model}” if you have it.",
                    models=", ".join(MODELS),
                    model=model[:60],
                ),
            )
        return found


def own_model(settings: Mapping[str, object]) -> str | None:
    """The name of the file or folder of the model that a video was made with, if that is none of the catalogue's."""
    model = settings.get("model")
    return model if isinstance(model, str) and model not in MODELS else None


def estimate_for(path: Path, request: Request, budget: int | None = None) -> Estimate:
    """What the video of the photo at `path` would need, within `budget` bytes (None: what there is for it now).

    Raises BadPhoto, BadSettings, ModelDamaged and ModelMissing. The first estimate on a machine takes two seconds more.
    """
    from videoai.memory.estimate import estimate

    photo = read_photo(path)
    settings = request.settings((photo.width, photo.height))
    budget = Machine.now().budget if budget is None else budget
    return estimate(settings, budget, suffix=Output(request.output).suffix())


def open_photo(photo: Path | GivenPhoto, request: Request, on_event: OnEvent) -> tuple[FittedPhoto, GenerationSettings]:
    """The photo, cropped or padded to the video's size, with its depth, and the settings that suit it.

    Raises BadPhoto and BadSettings.
    """
    on_event(Stage("photo", 0))
    found = read_photo(photo) if isinstance(photo, Path) else photo.read()
    settings = request.settings((found.width, found.height))
    for notice in (*found.notices, *request.remarks(settings)):
        on_event(Notice(notice))
    pixels = found.fitted(settings.width, settings.height, focus=settings.focus, fit=settings.fit)
    near = found.fitted_near(settings.width, settings.height, focus=settings.focus, fit=settings.fit)
    return FittedPhoto(pixels, near), settings
