"""What a child process is given: the photo, and what is to be done with it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import UnionType
from typing import Any

import numpy as np
from PIL import Image

from videoai.catalogue import DEFAULT_MODEL, MODELS
from videoai.errors import BadSettings, VideoAiError
from videoai.events import Pixels
from videoai.jobs.folder import PHOTO, TASK
from videoai.language import say
from videoai.settings import GenerationSettings, resolve
from videoai.system.files import whole_file
from videoai.system.stored import read_json


@dataclass(frozen=True, slots=True)
class Task:
    """All that a child process needs to know.

    `photo` is the path it came from, for the video's name; `plan` is that of the last attempt, as its engine writes it.
    """

    settings: GenerationSettings
    photo: str
    output: str | None = None
    number: int = 1
    encoder: str = "software"
    offline: bool = False
    gentle: bool = False
    memory_limit: int | None = None
    force: bool = False
    plan: Mapping[str, Any] | None = None
    origin: Mapping[str, Any] = field(default_factory=dict)
    """What the history shall know of where the job came from."""
    died: bool = False
    """Whether the last attempt ended for want of memory."""

    def write(self, folder: Path) -> None:
        """Raises WriteFailed."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        values |= {"settings": self.settings.to_dict()}
        with whole_file(folder / TASK, replace=True) as part:
            part.write_text(json.dumps(values), "utf-8")

    @staticmethod
    def read(folder: Path) -> Task:
        """What `write` wrote. Raises VideoAiError if it is not there or damaged."""
        try:
            values: dict[str, Any] = read_json((folder / TASK).read_text("utf-8"), names_files=True)
            settings = _settings(values.pop("settings"))
            task = Task(settings=settings, **values)
            if not all(isinstance(getattr(task, name), kind) for name, kind in _TYPES.items()):
                raise TypeError("a field is of another type")
            return task
        except (OSError, ValueError, TypeError, KeyError, AttributeError, BadSettings) as error:
            raise VideoAiError(
                say("The job {id} is damaged.", id=folder.name), say("Start it again from the photo.")
            ) from error


def _settings(given: dict[str, Any]) -> GenerationSettings:
    """Checked, but for whether a model's path is there: that shows when it is needed, and is no damage of the job."""
    model = given.get("model")
    if not isinstance(model, str) or model in MODELS:
        return resolve(given, (1, 1))
    return replace(resolve({**given, "model": DEFAULT_MODEL}, (1, 1)), model=model)


_TYPES: Mapping[str, type | UnionType] = {
    "photo": str,
    "output": str | None,
    "number": int,
    "encoder": str,
    "offline": bool,
    "gentle": bool,
    "memory_limit": int | None,
    "force": bool,
    "plan": dict | None,
    "origin": dict,
    "died": bool,
}
"""Of the fields that nothing else checks."""


def write_photo(folder: Path, pixels: Pixels) -> None:
    """Keep the picture that the video begins with, fitted already. Raises WriteFailed."""
    with whole_file(folder / PHOTO, replace=True) as part:
        Image.fromarray(pixels).save(part, "PNG", compress_level=1)


def read_photo(folder: Path) -> Pixels:
    """What `write_photo` wrote. Raises VideoAiError if it is not there or damaged."""
    try:
        with Image.open(folder / PHOTO, formats=("PNG",)) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        raise VideoAiError(
            say("The photo of the job {id} is damaged.", id=folder.name), say("Start it again from the photo.")
        ) from error
