"""The videos that a list asks for: each row checked cell by cell, so that all that is wrong is told at once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from videoai.batch.list_file import Problem, Row, VideoList
from videoai.batch.wanted import WantedVideo
from videoai.catalogue import DEFAULT_MODEL, MODELS
from videoai.errors import BadList, BadOutput, BadPhoto, BadVideo, VideoAiError
from videoai.kinds import Kind, closest_word
from videoai.language import say
from videoai.limits import parameter_of
from videoai.media.photo import check_photo
from videoai.options import OPTIONS
from videoai.outputs import Output
from videoai.parameters import Problems
from videoai.request import Request
from videoai.resolving import Preferences
from videoai.settings import PARAMETERS
from videoai.system import paths

PHOTO = "photo"
COLUMNS = (PHOTO, *PARAMETERS, *OPTIONS)
"""What a list may say of a video."""

_FILES = (PHOTO, "like", "model", "output")
"""Columns that may be paths, of which a relative one begins at the list."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the command line says, and what is preferred, for the rows that do not say it themselves."""

    given: Mapping[str, object] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)
    photo: str | None = None
    preferences: Preferences = field(default_factory=Preferences)

    def check(self, problems: Problems) -> None:
        """Raises BadSettings for values that no row could use, and for `problems` that were found already."""
        for name, value in {**self.given, **self.options}.items():
            problems.parse(name, _kind(name, {**self.preferences.settings, **self.given}), value)
        problems.raise_if_any()


def wanted_of(found: VideoList, defaults: Defaults, seeds: int | Sequence[int] | None = None) -> list[WantedVideo]:
    """The videos of a list, each to be made with these seeds (see `varied`). Raises BadList, which names all that is
    wrong."""
    count = seeds if isinstance(seeds, int) else len(seeds or (1,))
    problems = list(found.problems)
    problems += _unknown(found)
    videos = [video for row in found.rows if (video := _wanted(row, found.folder, defaults, problems)) is not None]
    if seeds is not None and not isinstance(seeds, int):
        twice = say("--seeds says which seeds to use already.")
        problems += [Problem(row.line, "seed", twice) for row in found.rows if "seed" in row.values]
    shared = [video for video in videos if video.request.output == defaults.options.get("output")]
    for video in videos:
        try:
            video.request.check(len(shared) if video in shared else 1, count)
        except VideoAiError as error:
            problems.append(Problem(video.line, "output", error.message))
    problems += _same_names([video for video in videos if video not in shared])
    refuse(found.name, problems)
    return videos


def refuse(name: str, problems: Sequence[Problem]) -> None:
    """Raises BadList if there are any."""
    if problems:
        ordered = sorted(problems, key=lambda problem: problem.line or 0)
        raise BadList.of(name, [problem._asdict() for problem in ordered])


def _unknown(found: VideoList) -> list[Problem]:
    """Each unknown column once: where the columns are named, or at the first row that has it."""
    first: dict[str, int] = {}
    for row in found.rows:
        for column in row.values:
            if column not in COLUMNS:
                first.setdefault(column, found.head or row.line)
    problems = []
    for column, line in first.items():
        meant = closest_word(column, COLUMNS)
        said = say("There is no column “{name}”.", name=column[:60])
        if meant:
            said = say("There is no column “{name}”. Did you mean {meant}?", name=column[:60], meant=meant)
        problems.append(Problem(line, column, said))
    return problems


def _wanted(row: Row, folder: Path, defaults: Defaults, problems: list[Problem]) -> WantedVideo | None:
    before = len(problems)
    values = {name: _beside(folder, name, value) for name, value in row.values.items()}
    photo = _photo(row, values.pop(PHOTO, defaults.photo), problems)
    known = {name: value for name, value in values.items() if name in COLUMNS}
    everything = {**defaults.given, **defaults.options, **known}
    for name, value in known.items():
        wrong = Problems()
        wrong.parse(name, _kind(name, {**defaults.preferences.settings, **everything}), value)
        if wrong:
            problems += [Problem(row.line, name, message) for message in wrong]
            del everything[name]  # what else is wrong is told as well
    request = _request(row, everything, defaults.preferences, problems)
    return None if photo is None or request is None or len(problems) > before else WantedVideo(photo, request, row.line)


def _request(
    row: Row, values: Mapping[str, object], preferences: Preferences, problems: list[Problem]
) -> Request | None:
    try:
        request = Request.of(
            {name: value for name, value in values.items() if name in PARAMETERS},
            {name: value for name, value in values.items() if name in OPTIONS},
            preferences=preferences,
        )
    except VideoAiError as error:  # of one value beside another, or of a video whose settings it is to have
        column = "like" if isinstance(error, BadVideo) else None
        problems.append(Problem(row.line, column, error.message))
        return None
    try:
        request.check(photos=1)
    except BadOutput as error:
        problems.append(Problem(row.line, "output", error.message))
        return None
    return request


def _photo(row: Row, name: Any, problems: list[Problem]) -> Path | None:
    """That of a row, as far as a look at its beginning tells."""
    if not isinstance(name, str) or not name:
        wrong = say("A photo is missing.") if name is None else say("This is not the path of a photo.")
        problems.append(Problem(row.line, PHOTO, wrong))
        return None
    photo = Path(name)
    try:
        check_photo(photo)
    except BadPhoto as error:
        problems.append(Problem(row.line, PHOTO, error.message))
        return None
    return photo


def _kind(name: str, values: Mapping[str, object]) -> Kind:
    if name in OPTIONS:
        return OPTIONS[name].kind
    return parameter_of(name, values.get("model", DEFAULT_MODEL)).kind


def _beside(folder: Path, name: str, value: Any) -> Any:
    """A path as it is meant in a list that lies in `folder`; any other value as it is."""
    if name not in _FILES or not isinstance(value, str) or "\0" in value:
        return value
    if name == "output":
        return Output(value).within(folder).pattern
    beside = os.path.join(folder, paths.expanded(value))
    if name == "model" and (value in MODELS or not ("/" in value or value.startswith("~") or os.path.exists(beside))):
        return value  # an id, or what was meant to be one
    return beside


def _same_names(videos: Sequence[WantedVideo]) -> list[Problem]:
    """Rows that ask for a name that an earlier row asks for: whoever wrote both did not mean that."""
    first: dict[str, int | None] = {}
    problems = []
    for video in videos:
        output = Output(video.request.output)
        if output.pattern is None or output.is_folder() or "{" in output.pattern:
            continue
        if output.pattern in first:
            message = say("Line {line} asks for a video of this name too.", line=first[output.pattern])
            problems.append(Problem(video.line, "output", message))
        first.setdefault(output.pattern, video.line)
    return problems
