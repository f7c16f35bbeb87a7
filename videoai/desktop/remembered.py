"""What the window was like when it was closed last: its place, its language, its port."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from videoai.errors import VideoAiError
from videoai.language import LANGUAGES, current
from videoai.system import paths, private_files
from videoai.system.files import whole_file
from videoai.system.strict_json import read_json

SMALLEST = (360, 480)
_LARGEST = 20_000


@dataclass(slots=True)
class Remembered:
    """Sizes in the toolkit's points; `place` is where it stood, in the toolkit's own words, if it has any."""

    width: int = 1280
    height: int = 860
    x: int | None = None
    y: int | None = None
    zoom: float = 1.0
    language: str = ""
    port: int = 0
    place: str = ""

    def save(self) -> None:
        """For the next time; a disk that refuses costs the place of the window, and nothing else."""
        try:
            with whole_file(_file(), replace=True) as part, private_files.create(part) as file:
                file.write(json.dumps(asdict(self)).encode())
        except VideoAiError:
            return


def remembered() -> Remembered:
    """As it was; what is damaged counts as never written."""
    found = Remembered(language=current())
    try:
        values: Any = read_json(_file().read_bytes())
    except (OSError, ValueError):
        return found
    for field in fields(Remembered):
        value = values.get(field.name) if isinstance(values, dict) else None
        if _fits(field.name, value):
            setattr(found, field.name, value)
    return found


def _fits(name: str, value: object) -> bool:
    if name == "language":
        return value in LANGUAGES
    if name == "place":
        return isinstance(value, str)
    if name == "zoom":
        return isinstance(value, (int, float)) and 0.25 <= value <= 5
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    if name == "port":
        return 0 < value < 65536
    least = {"width": SMALLEST[0], "height": SMALLEST[1]}.get(name, -_LARGEST)
    return least <= value <= _LARGEST


def _file() -> Path:
    return paths.window() / "window.json"
