"""What a processor computes best in, remembered: measured once for each processor, torch, version and thread count.

It is kept in numbers.json in the program's own folder, and measured again when any of these changes; so is a damaged
or missing file. What a busy machine left no time to measure is not remembered.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videoai.engines.numbers import Numbers
from videoai.errors import VideoAiError
from videoai.system import paths
from videoai.system.files import whole_file
from videoai.system.locking import locked
from videoai.system.machine_id import processor
from videoai.system.strict_json import read_json
from videoai.version import __version__

if TYPE_CHECKING:
    from videoai.engines.devices import Device

_FORMAT = 1
_KEPT = 16
"""So many findings; the oldest is dropped for the next."""
_SWITCHES = ("ONEDNN_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY", "DNNL_MAX_CPU_ISA")
"""With which a user keeps torch from instructions that the processor has."""


def numbers_of(device: Device) -> Numbers:
    """What `device` computes best in. If that is not known yet, up to three seconds go by to find out."""
    import torch

    key = key_of(device.name, torch.get_num_threads())
    known = _read().get(key)
    if known is not None:
        return known
    from videoai.engines.svd.number_probe import probe

    found, in_time = probe(device)
    if in_time:
        _remember(key, found)
    return found


def remembered(device: str) -> Numbers | None:
    """What is known of `device`, with however many threads: the latest finding. Needs no torch."""
    wanted = _any_threads(key_of(device, 0))
    return next((found for key, found in reversed(_read().items()) if _any_threads(key) == wanted), None)


def _any_threads(key: str) -> str:
    return re.sub(r"; \d+ threads", "", key)


def key_of(device: str, threads: int) -> str:
    """What a finding holds for."""
    switches = [f"{name}={os.environ[name]}" for name in _SWITCHES if name in os.environ]
    parts = (device, processor(), f"torch {importlib.metadata.version('torch')}", f"videoai {__version__}")
    return "; ".join((*parts, f"{threads} threads", *switches))


def as_text(found: dict[str, Numbers]) -> str:
    """The file's text for findings by key."""
    return json.dumps({"format": _FORMAT, "found": {key: one.to_dict() for key, one in found.items()}}, indent=2)


def _file() -> Path:
    return paths.home() / "numbers.json"


def _read() -> dict[str, Numbers]:
    """Findings by key, the oldest first. What is damaged or of another version is left out."""
    try:
        values: Any = read_json(_file().read_text("utf-8"))
        if values["format"] != _FORMAT:
            return {}
        rows = values["found"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    found = {}
    for key, row in rows:
        try:
            found[key] = Numbers.from_dict(row)
        except (ValueError, TypeError):
            continue
    return found


def _remember(key: str, numbers: Numbers) -> None:
    try:
        with locked(paths.home() / "numbers.lock", on_wait=lambda: None), whole_file(_file(), replace=True) as part:
            others = {name: one for name, one in _read().items() if name != key}
            part.write_text(as_text(dict([*others.items(), (key, numbers)][-_KEPT:])), "utf-8")
    except VideoAiError:
        return  # it is measured anew next time
