"""What the machine has to give, looked at no more often than it is worth."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from videoai.errors import VideoAiError
from videoai.memory.processor import this_processor
from videoai.system.machine import Machine
from videoai.system.programs import Program, largest
from videoai.web.audience import is_owner

_LOOK_SECONDS = 1.0
_PROGRAMS_SECONDS, _PROGRAMS_LEAST_SECONDS = 60.0, 5.0
_NOTABLE = 1 / 32
"""Adding up all programs takes a hundred times as long as asking for the memory. It is done anew each minute, and
sooner if this share of all memory was given back or taken: somebody has closed or opened one."""

_log = logging.getLogger("videoai.web")


class MachineMonitor:
    """The machine, for any number of threads. `running_bytes` are those of the video that is being made."""

    def __init__(self, running_bytes: Callable[[], int]) -> None:
        self._running_bytes = running_bytes
        self._lock = threading.Lock()
        self._looked, self._machine = time.monotonic(), Machine.now()
        self._device: str | None = None
        self._programs: list[Program] | None = None
        self._listed, self._available_then = 0.0, 0

    def list_programs(self) -> None:
        """Add them up before anybody asks."""
        self._largest(self.machine())

    def find_device(self) -> None:
        """Find out what computes, which takes seconds; until then it is not known."""
        try:
            self._device = this_processor().device
        except VideoAiError as error:
            _log.warning("%s %s", error.message, error.hint)
        except Exception:  # nobody has foreseen it; it stays unknown
            _log.exception("What computes here could not be found out.")

    def machine(self) -> Machine:
        """As it was a second ago at most."""
        with self._lock:
            now = time.monotonic()
            if now - self._looked >= _LOOK_SECONDS:
                self._looked, self._machine = now, Machine.now()
            return self._machine

    def budget(self) -> int:
        """The bytes that the next video may use: it gets what the one before it has, and nothing of this process."""
        return replace(self.machine(), own=self._running_bytes()).budget

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape of the web API. What else is open on the computer is told to nobody but its owner."""
        machine = self.machine()
        return {
            "total_bytes": machine.total,
            "available_bytes": machine.available,
            "budget_bytes": self.budget(),
            "pressure": machine.pressure,
            "device": self._device,
            "programs": [asdict(program) for program in self._largest(machine)] if is_owner() else [],
        }

    def _largest(self, machine: Machine) -> list[Program]:
        """As they were last added up. Nobody but the first waits for that: it is done anew for the next who asks."""
        with self._lock:
            age = time.monotonic() - self._listed
            moved = abs(machine.available - self._available_then) > _NOTABLE * machine.total
            if self._programs is None:
                self._note(machine, largest())
            elif age >= _PROGRAMS_SECONDS or (moved and age >= _PROGRAMS_LEAST_SECONDS):
                self._note(machine, self._programs)
                threading.Thread(target=self._add_up, name="programs", daemon=True).start()
            return self._programs or []

    def _note(self, machine: Machine, programs: list[Program]) -> None:
        self._listed, self._available_then, self._programs = time.monotonic(), machine.available, programs

    def _add_up(self) -> None:
        self._programs = largest()
