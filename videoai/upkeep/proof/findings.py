"""What a proof has found, as JSON values: nothing of the user's is in it, and anybody may read it."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psutil

from videoai.system.machine import read_sysctl
from videoai.upkeep.processor_info import cpu_name
from videoai.upkeep.proof.run import WatchedRun
from videoai.version import __version__

FORMAT = "videoai-proof-1"

STAGES = ("condition", "load", "denoise", "decode")


@dataclass(slots=True)
class Findings:
    """`networks` are NetworkCheck.to_dict() each, or its name and the error that ended it."""

    date: str
    bits: int = 8
    machine: dict[str, Any] = field(default_factory=dict)
    networks: list[dict[str, Any]] = field(default_factory=list)
    run: WatchedRun = field(default_factory=WatchedRun)
    presets: Sequence[Mapping[str, Any]] = ()
    seconds: float = 0.0
    disk_bytes: int = 0

    @property
    def ok(self) -> bool:
        """Whether all was computed, rightly, and nothing by the CPU in an accelerator's place."""
        right = all(row.get("ok") and not row["missing"] for row in self.networks)
        return bool(self.networks) and right and self.run.error is None

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the report."""
        seen = self.run.to_dict()
        planned = seen.pop("planned") or {}
        return {
            "format": FORMAT,
            "ok": self.ok,
            "date": self.date,
            "videoai": __version__,
            "seconds": round(self.seconds, 1),
            "disk_bytes": self.disk_bytes,
            "bits": self.bits,
            "machine": self.machine,
            "networks": self.networks,
            "run": {
                "ended": "done" if self.run.error is None else "failed",
                "stages": self._stages(planned.get("stages", ())),
                "budget_bytes": planned.get("budget_bytes"),
                "plan": planned.get("plan"),
                **{name: value for name, value in seen.items() if name not in ("held_bytes", "seconds")},
            },
            "presets": list(self.presets),
        }

    def _stages(self, planned: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Loading the UNet counts to the denoising too, as it does in the plan."""
        predicted = {stage["name"]: stage["peak_bytes"] for stage in planned}
        held, seconds = dict(self.run.held_bytes), self.run.seconds
        held["denoise"] = max(held.get("denoise", 0), held.get("load", 0))
        return [
            {
                "name": name,
                "predicted_bytes": predicted.get(name),
                "measured_bytes": held.get(name) or None,
                "seconds": seconds.get(name),
            }
            for name in STAGES
        ]


def machine_facts(about: Mapping[str, Any]) -> dict[str, Any]:
    """What the machine is, with what a child has said of its processor; no name that anybody gave it."""
    return {
        **about,
        "cpu": cpu_name(),
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "model": read_sysctl("hw.model").get("hw.model", ""),
        "system": _system(),
        "python": platform.python_version(),
        "architecture": platform.machine(),
    }


def _system() -> str:
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    return platform.platform(terse=True)
