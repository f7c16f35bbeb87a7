"""How fast this machine computes and reads: what a run will take, from what runs have taken.

Each device has, in each type of number, a rate for each stage, FLOP a second, and one for loading weights, bytes a
second. Before the first run they are guessed: from a matrix product timed for two seconds, and in other numbers from
how much faster the probe of numbers found those (videoai/memory/numbers.py). Each finished run then replaces a part of
the guess by what it took. They are kept in rates.json in the program's own folder; a damaged or missing file is
measured anew.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from videoai.engines.base import Workload
from videoai.engines.numbers import usual
from videoai.engines.processor import Processor
from videoai.errors import VideoAiError
from videoai.system import paths
from videoai.system.files import whole_file
from videoai.system.locking import locked
from videoai.system.strict_json import read_json

LOAD = "load"
LOADING = 0.8e9
"""Bytes of weights a second, until a run has shown what it is: what the machine of docs/benchmarks.md reached with
files that were not in the system's cache. An SSD's own rate is higher; checking and moving takes its part."""

PROBE_SECONDS = 2.0
_SIDE = 2048
_BEYOND = 4.0
"""How many times as fast as a matrix product a stage can seem: what the engine folds away counts as speed."""
_NEWEST = 0.7
"""The share of the latest run in the mean: the next one is most likely of its kind."""


@dataclass(frozen=True, slots=True)
class MachineSpeed:
    """Of one device in one type of number. `learned` are the rates that runs have shown, by stage; `product` is that of
    the probe."""

    device: str
    product: float
    learned: Mapping[str, float] = field(default_factory=dict)

    @staticmethod
    def load(device: str, numbers: str | None = None, product: float | None = None) -> MachineSpeed:
        """What is known of the device in a type of number, its usual one if None.

        If its `product` is neither known nor given, it is that in the usual type, which takes two seconds to find out.
        """
        name = rates_name(device, numbers)
        known = _read().get(name, {})
        product = known.get("product", product)
        if product is None and name != device:
            product = MachineSpeed.load(device).product
        if product is None:
            product = probe(device)
            measured = product
            _change(name, "product", lambda before: measured)
        return MachineSpeed(device, product, {name: rate for name, rate in known.items() if name != "product"})

    @staticmethod
    def of(processor: Processor, numbers: str) -> MachineSpeed:
        """What is known of it in a type of number: until runs have shown it, as much faster than in fp32 as the probe's
        layers are."""
        usually = MachineSpeed.load(processor.device, product=processor.product)
        return MachineSpeed.load(processor.device, numbers, usually.product * processor.numbers.pace(numbers))

    def loading(self) -> float:
        """Bytes of weights a second."""
        return self.learned.get(LOAD, LOADING)

    def rate(self, work: Workload) -> float:
        """FLOP a second of a stage."""
        learned = self.learned.get(work.name)
        return self.product * work.efficiency if learned is None or not self._is_possible(learned) else learned

    def believes(self, workloads: Mapping[str, Workload], seconds: Mapping[str, float]) -> bool:
        """Whether a run can have done this work in that time. One with a smaller network, of a model of one's own, does
        less than is counted, and says nothing of how fast this device is."""
        rates = rates_of(workloads, seconds)
        return all(self._is_possible(rate) for stage, rate in rates.items() if stage != LOAD)

    def _is_possible(self, rate: float) -> bool:
        return rate <= _BEYOND * self.product

    def seconds(self, work: Workload) -> float:
        """What a stage will take, reading its weights first. Streamed ones are read while it computes."""
        if not work.flop:
            return work.seconds
        loading = self.loading()
        computing = max(work.flop / self.rate(work), work.streamed_bytes / loading)
        return work.seconds + work.read_bytes / loading + computing


def rates_name(device: str, numbers: str | None = None) -> str:
    """Under which a device's rates in a type of number are kept."""
    return device if numbers in (None, usual(device)) else f"{device} {numbers}"


_LEAST = 0.25
"""Of a stage's time is arithmetic, however slowly weights were read before."""


def learn(device: str, stage: str, flop: float, seconds: float) -> None:
    """Take in that a stage of `flop` took `seconds`; for the stage "load", that so many bytes did.

    A folder that cannot be written to is no reason for a finished run to fail: nothing is learnt then.
    """
    if not (flop > 0 and seconds > 0 and math.isfinite(flop) and math.isfinite(seconds)):
        return

    def mean(before: float | None) -> float:
        # Means are of the seconds that a FLOP takes: those are what estimates are made of.
        return 1 / (seconds / flop if before is None else _NEWEST * seconds / flop + (1 - _NEWEST) / before)

    _change(device, stage, mean)


def learn_run(device: str, workloads: Mapping[str, Workload], seconds: Mapping[str, float]) -> None:
    """Take in a finished run: what its stages were, and what each took as its events told ("load" among them)."""
    apart = sum(work.read_bytes for work in workloads.values() if work.loads_apart)
    if LOAD in seconds:
        learn(device, LOAD, apart, seconds[LOAD])
    loading = MachineSpeed(device, 1.0, _read().get(device, {})).loading()
    for name, work in workloads.items():
        if name in seconds:
            learn(device, name, work.flop, _computing(work, seconds[name], loading))


def rates_of(workloads: Mapping[str, Workload], seconds: Mapping[str, float]) -> dict[str, float]:
    """What one run shows by itself, without those before it: the rates of a MachineSpeed."""
    apart = sum(work.read_bytes for work in workloads.values() if work.loads_apart)
    found = {LOAD: apart / seconds[LOAD]} if apart and seconds.get(LOAD) else {}
    loading = found.get(LOAD, LOADING)
    for name, work in workloads.items():
        if work.flop and seconds.get(name):
            found[name] = work.flop / _computing(work, seconds[name], loading)
    return found


def _computing(work: Workload, seconds: float, loading: float) -> float:
    """What is left of a stage's time without its reading is its arithmetic."""
    reading = 0.0 if work.loads_apart else work.read_bytes / loading
    return max(seconds - reading, _LEAST * seconds)


def probe(device: str, seconds: float = PROBE_SECONDS) -> float:
    """FLOP a second of a matrix product such as the layers are made of, the best within so many seconds."""
    import torch

    from videoai.engines.svd.kernels import Product

    dtype = torch.float32 if device == "cpu" else torch.float16
    a, b = (torch.randn(_SIDE, _SIDE).to(device, dtype) for _ in range(2))
    best, end = math.inf, time.perf_counter() + seconds
    while best == math.inf or time.perf_counter() < end:
        start = time.perf_counter()
        # Taking a number out of the result waits for the device to have it.
        float(Product(b)(a)[0, 0])
        best = min(best, time.perf_counter() - start)
    return 2 * _SIDE**3 / best


def _file() -> Path:
    return paths.home() / "rates.json"


def _read() -> dict[str, dict[str, float]]:
    """Device → stage → rate. What is not a positive number is left out."""
    try:
        found: Any = read_json(_file().read_text("utf-8"))
        return {
            str(device): {str(name): float(rate) for name, rate in rates.items() if _is_rate(rate)}
            for device, rates in found.items()
        }
    except (OSError, ValueError, AttributeError):
        return {}


def _is_rate(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf


def _change(device: str, name: str, rate: Callable[[float | None], float]) -> None:
    """Put in place of a rate what `rate` makes of it; no other process changes one meanwhile."""
    try:
        with locked(paths.home() / "rates.lock", on_wait=lambda: None), whole_file(_file(), replace=True) as part:
            rates = _read()
            known = rates.setdefault(device, {})
            known[name] = rate(known.get(name))
            part.write_text(json.dumps(rates, indent=2, sort_keys=True), "utf-8")
    except VideoAiError:
        # A speed that is not remembered is measured anew; the video that it was learnt from is not to fail for it.
        return
