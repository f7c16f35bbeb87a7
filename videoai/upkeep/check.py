"""One thing that was looked at, with its colour and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from videoai.system.machine import Pressure


@dataclass(frozen=True, slots=True)
class Check:
    """`status` is green, yellow or red, as in Activity Monitor. `id` is for scripts, the same in each language and
    version (docs/doctor.md); `name` is for people."""

    id: str
    name: str
    status: Pressure
    message: str
    hint: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": str(self.name),  # it is for looking it up
            "status": self.status,
            "message": self.message,
            "hint": self.hint,
        }
