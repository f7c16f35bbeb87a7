"""What holds where a command says nothing, and where each value comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from videoai.catalogue import MODELS
from videoai.config.values import KEYS, Config
from videoai.language import say
from videoai.parameters import Parameter
from videoai.presets import DEFAULT_PRESET
from videoai.resolving import preferred
from videoai.settings import PARAMETERS

DEFAULT, PRESET, MODEL, FILE = "default", "preset", "model", "config"


@dataclass(frozen=True, slots=True)
class Effective:
    """A value, None for one that is not settled yet: `text` is how it is shown, `source` one of the four above, `name`
    that of the preset or the model."""

    key: str
    value: Any
    text: str
    source: str
    name: str = ""
    line: int | None = None

    def where(self, file: str) -> str:
        """Where it comes from, in words; `file` is the name of the config file."""
        if self.source == FILE:
            return file if self.line is None else f"{file}:{self.line}"
        if self.source == PRESET:
            return say("preset {name}", name=self.name)
        return say("model {name}", name=self.name) if self.source == MODEL else say("default")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"value": self.value, "from": self.source, "line": self.line}


def effective(config: Config) -> list[Effective]:
    """All values that the file can have."""
    preferences = config.preferences()
    below = preferred(preferences)
    model = MODELS.get(str(preferences.settings.get("model")))
    found = []
    for key, row in KEYS.items():
        if key in config.values:
            value = config.values[key]
            found.append(Effective(key, value, _text(value), FILE, line=config.lines[key]))
        elif key not in PARAMETERS or key not in below:
            found.append(_default(key, row))
        elif model is not None and model.recommended.get(key) == below[key]:
            found.append(Effective(key, below[key], _text(below[key]), MODEL, model.id))
        else:
            found.append(Effective(key, below[key], _text(below[key]), PRESET, preferences.preset))
    return found


def _default(key: str, row: Parameter) -> Effective:
    if key in ("width", "height"):
        return Effective(key, None, say("as the photo"), DEFAULT)
    if key == "seed":  # another one for each video
        return Effective(key, None, row.default_text, DEFAULT)
    value = DEFAULT_PRESET if key == "preset" else row.default()
    return Effective(key, value, _text(value) if isinstance(value, bool) else row.default_text, DEFAULT)


def _text(value: Any) -> str:
    """As it is typed."""
    if isinstance(value, (list, tuple)):
        return ",".join(map(_text, value))
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
