"""What is kept of a job to make its video: the photo, and what is to be done with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar

import numpy as np
from PIL import Image

from videoai.catalogue import DEFAULT_MODEL, MODELS
from videoai.errors import BadSettings, VideoAiError
from videoai.formats import SUFFIXES
from videoai.history.folder import NEAR, PHOTO, TASK
from videoai.history.source import Source
from videoai.language import say
from videoai.media.depth_png import from_png, to_png
from videoai.media.fitted_photo import FittedPhoto
from videoai.outputs import DEFAULT_SUFFIX, Output
from videoai.resolving import read
from videoai.settings import GenerationSettings
from videoai.system.files import whole_file
from videoai.system.strict_json import read_json


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is to do, on whatever machine: nothing in it says where the photo is or where the video goes.

    `plan` is that of the last attempt, in its engine's own words. `died`: that ended for want of memory. Where there is
    a `source`, that is finished, and no model makes anything.
    """

    settings: GenerationSettings
    suffix: str = DEFAULT_SUFFIX
    encoder: str = "software"
    offline: bool = False
    gentle: bool = False
    memory_limit: int | None = None
    force: bool = False
    plan: Mapping[str, Any] | None = None
    died: bool = False
    source: Source | None = None

    @property
    def told(self) -> dict[str, Any]:
        """What the history and the video say of its settings."""
        return self.settings.to_dict() if self.source is None else self.source.told(self.settings)

    @property
    def names(self) -> GenerationSettings | None:
        """Whose model and seed are in the video's name, if any are."""
        return self.settings if self.source is None else None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        source = None if self.source is None else self.source.to_dict()
        return values | {"settings": self.settings.to_dict(), "source": source}

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Task:
        """The inverse of `to_dict`. Raises ValueError, TypeError, KeyError, AttributeError,
        ZeroDivisionError, BadSettings."""
        source = values.get("source")
        read = {"settings": _settings(values["settings"]), "source": source and Source.from_dict(source)}
        task = _checked(Task(**{**values, **read}), _TASK)
        if task.suffix not in SUFFIXES:
            raise ValueError(f"no video ends so: {task.suffix!r}")
        return task


@dataclass(frozen=True, slots=True)
class Submission:
    """What was asked for, as the job's folder keeps it: the task, and what is nobody's business but this machine's.

    `photo` is the path it came from, for the video's name; `output` the pattern of that, `number` its place in a call;
    `overwrite`: what has that name may be replaced.
    `origin` is what the history shall know of where the job came from.
    """

    task: Task
    photo: str
    output: str | None = None
    number: int = 1
    overwrite: bool = False
    origin: Mapping[str, Any] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Raises WriteFailed."""
        ours = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "task"}
        with whole_file(folder / TASK, replace=True) as part:
            part.write_text(json.dumps(self.task.to_dict() | ours), "utf-8")

    @staticmethod
    def read(folder: Path) -> Submission:
        """What `write` wrote. Raises VideoAiError if it is not there or damaged."""
        try:
            values: dict[str, Any] = read_json((folder / TASK).read_text("utf-8"), names_files=True)
            ours = {name: values.pop(name) for name in _SUBMISSION if name in values}
            if "suffix" not in values:  # earlier versions did not say it
                values["suffix"] = Output(ours.get("output")).suffix()
            return _checked(Submission(Task.from_dict(values), **ours), _SUBMISSION)
        except (OSError, ValueError, TypeError, KeyError, AttributeError, ZeroDivisionError, BadSettings) as error:
            raise VideoAiError(
                say("Job {id} is damaged.", id=folder.name), say("Start again from the photo.")
            ) from error


_T = TypeVar("_T", Task, Submission)


def _checked(found: _T, kinds: Mapping[str, type | UnionType]) -> _T:
    if not all(isinstance(getattr(found, name), kind) for name, kind in kinds.items()):
        raise TypeError("a field is of another type")
    return found


# The types of the fields that nothing else checks.

_TASK: Mapping[str, type | UnionType] = {
    "suffix": str,
    "encoder": str,
    "offline": bool,
    "gentle": bool,
    "memory_limit": int | None,
    "force": bool,
    "plan": dict | None,
    "died": bool,
    "source": Source | None,
}

_SUBMISSION: Mapping[str, type | UnionType] = {
    "photo": str,
    "output": str | None,
    "number": int,
    "overwrite": bool,
    "origin": dict,
}


def _settings(given: dict[str, Any]) -> GenerationSettings:
    """Checked, but for whether a model's path is there: that shows when it is needed, and is no damage of the job."""
    model = given.get("model")
    if not isinstance(model, str) or model in MODELS:
        return read(given)
    return replace(read({**given, "model": DEFAULT_MODEL}), model=model)


def write_photo(folder: Path, photo: FittedPhoto) -> None:
    """Keep the picture that the video begins with, and its depth. Raises WriteFailed."""
    if photo.near is not None:
        with whole_file(folder / NEAR, replace=True) as part:
            part.write_bytes(to_png(photo.near))
    with whole_file(folder / PHOTO, replace=True) as part:
        Image.fromarray(photo.pixels).save(part, "PNG", compress_level=1)


def read_photo(folder: Path) -> FittedPhoto:
    """What `write_photo` wrote. Raises VideoAiError if it is not there or damaged."""
    try:
        with Image.open(folder / PHOTO, formats=("PNG",)) as image:
            pixels = np.asarray(image.convert("RGB"))
        near = from_png((folder / NEAR).read_bytes()) if (folder / NEAR).is_file() else None
        return FittedPhoto(pixels, near)
    except (OSError, ValueError, SyntaxError) as error:
        raise VideoAiError(
            say("The photo of job {id} is damaged.", id=folder.name), say("Start again from the photo.")
        ) from error
