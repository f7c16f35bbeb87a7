"""Which numbers does this processor compute the networks' work in fastest, and are they right?

Half types are fast where a processor has instructions for them, and emulated at a hundredth of the speed where it has
none; some versions of torch choose a slow kernel, or a wrong one, for some shapes. So each kind of work is run at the
networks' own shapes through the layers themselves, in fp32 and beside it in each half type, small first: a type is
given up as soon as one kind is wrong in it or far slower. All of it takes less than three seconds.
"""

from __future__ import annotations

import math
import time

import torch
from torch import Tensor

from videoai.engines.devices import DTYPES, Device
from videoai.engines.numbers import Numbers
from videoai.engines.svd.number_trials import CHECKED, TIMED, Run, Trial
from videoai.engines.svd.weights import Weights
from videoai.weights.tensor_source import MemorySource

PROBE_SECONDS = 2.5
"""Of the processor's time, after which nothing more is begun; what is not measured by then is not chosen."""
_PATIENCE = 6
"""So many times as long it may take on a machine that is busy with other things."""

_HALVES = ("bf16", "fp16")

_ROUNDINGS = 2
"""The largest error there may be, as a share of the largest value, in steps of the type (its eps). One rounding of the
result is a quarter of one for most values and never more than a half; 0.3 to 0.45 are measured. Sums that were kept in
the half type itself would be far above."""

_GIVEN_UP = 4
"""A type that takes so many times fp32's time is not tried at a larger size."""
_FIRST_CALL = 0.05
"""Seconds in which a kernel may be made at its first call."""
_LONG_ENOUGH = 0.012
"""Seconds that are measured well."""


def probe(device: Device, seconds: float = PROBE_SECONDS) -> tuple[Numbers, bool]:
    """What `device` computes best in, and whether there was time to find that out.

    On an accelerator that is fp16; what is found out is whether bf16 is right there, however long its kernels take to
    be made for the first time.
    """
    found = _Probe(device.name, seconds if device.name == "cpu" else math.inf)
    with torch.inference_mode():
        if device.name == "cpu":
            for case in (*TIMED, *CHECKED):
                found.try_case(case)
            if not found.in_time:  # what is not seen to be right is not chosen
                return Numbers("fp32", found.rates(), found.wrong), False
            return Numbers.of(found.rates(), found.wrong), True
        found.trying = ["bf16"]
        for case in CHECKED:
            found.try_case(case)
    return Numbers("fp16", {}, found.wrong), found.in_time


class _Probe:
    """The types that are still tried, and what was found."""

    def __init__(self, device: str, seconds: float) -> None:
        self._device = device
        self._end, self._latest = self._now() + seconds, time.perf_counter() + _PATIENCE * seconds
        self.trying = list(_HALVES)
        self.in_time = True
        self.wrong: dict[str, str] = {}
        self._took: dict[str, dict[str, tuple[float, float]]] = {}  # type → kind → FLOP, seconds
        self._draw = torch.Generator().manual_seed(0)

    def rates(self) -> dict[str, dict[str, float]]:
        """FLOP a second, by type and kind."""
        return {
            name: {kind: flop / seconds for kind, (flop, seconds) in kinds.items()}
            for name, kinds in self._took.items()
        }

    def try_case(self, case: Trial) -> None:
        """Run a layer in fp32 and in every type that is still tried, at growing sizes, until the times are measured."""
        if self._is_over():
            self.in_time = False
            return
        tensors = {name: self._drawn(shape) * _scale(shape) for name, shape in case.weights.items()}
        for share, shape in case.sizes():
            # Built anew, as weights are laid out for the shape that comes first.
            runs, x = {"fp32": self._built(case, tensors, "fp32")}, self._drawn(shape)
            exact, seconds = self._timed("fp32", runs["fp32"], x)
            best = {"fp32": seconds}
            for name in list(self.trying):
                try:
                    runs[name] = self._built(case, tensors, name)
                    took, right = self._tried(name, runs[name], x, exact, seconds)
                except (RuntimeError, NotImplementedError, TypeError):  # torch's, for what it has no kernel for
                    took, right = 0.0, False
                best[name] = took
                self._judge(name, case, share, right=right, slow=took > _GIVEN_UP * seconds, took=took)
            if seconds > _LONG_ENOUGH or self._is_over():
                break
        if case.flop:
            self._measure(case, share, runs, x, best)

    def _tried(self, name: str, run: Run, x: Tensor, exact: Tensor, seconds: float) -> tuple[float, bool]:
        """What it took, and whether it is right. A kernel may be made at the first call: then there is a second."""
        found, took = self._timed(name, run, x)
        right = _error(found, exact) <= _ROUNDINGS * torch.finfo(DTYPES[name]).eps
        if right and seconds < took < max(_FIRST_CALL, _GIVEN_UP * seconds):
            took = min(took, self._timed(name, run, x)[1])
        return took, right

    def _judge(self, name: str, case: Trial, share: float, *, right: bool, slow: bool, took: float) -> None:
        """Try a type no more that is wrong, or far slower. Without a rate in each kind of work it is not chosen."""
        if not right:
            self.wrong[name] = case.kind
            self.trying.remove(name)
        elif slow and (case.flop or took > _FIRST_CALL):
            self.trying.remove(name)
            self._took.get(name, {}).pop(case.kind, None)
            if case.flop:
                self._note(name, case.kind, share * case.flop, took)

    def _measure(self, case: Trial, share: float, runs: dict[str, Run], x: Tensor, best: dict[str, float]) -> None:
        """The best of three, in turn, so that a busy machine is busy for all."""
        for again in range(2):
            for name in best:
                if (name == "fp32" or name in self.trying) and not (again and self._is_over()):
                    best[name] = min(best[name], self._timed(name, runs[name], x)[1])
        for name, seconds in best.items():
            if name == "fp32" or name in self.trying:
                self._note(name, case.kind, share * case.flop, seconds)

    def _note(self, name: str, kind: str, flop: float, seconds: float) -> None:
        before, so_far = self._took.setdefault(name, {}).get(kind, (0.0, 0.0))
        self._took[name][kind] = before + flop, so_far + seconds

    def _is_over(self) -> bool:
        return self._now() > self._end or time.perf_counter() > self._latest

    def _built(self, case: Trial, tensors: dict[str, Tensor], name: str) -> Run:
        dtype = DTYPES[name]
        return case.build(Weights(MemorySource(tensors), device=self._device, dtype=dtype, storage_dtype=dtype))

    def _timed(self, name: str, run: Run, x: Tensor) -> tuple[Tensor, float]:
        """The result in fp32 on the CPU, and the seconds until the device has it."""
        given = x.to(self._device, DTYPES[name])
        start = self._now()
        found = run(given)
        found.flatten()[0].item()
        took = self._now() - start
        return found.float().cpu(), max(took, 1e-7)

    def _now(self) -> float:
        """Seconds. On a CPU those that its threads compute: other programs may have it meanwhile."""
        return time.process_time() / torch.get_num_threads() if self._device == "cpu" else time.perf_counter()

    def _drawn(self, shape: tuple[int, ...]) -> Tensor:
        """Standard normal numbers that all types have: what is compared is the work, not the rounding before it."""
        return torch.randn(shape, generator=self._draw).bfloat16().float()


def _scale(shape: tuple[int, ...]) -> float:
    """A power of two that keeps results near one, and all types exact."""
    return 2.0 ** -round(math.log2(math.prod(shape[1:])) / 2) if len(shape) > 1 else 0.25


def _error(found: Tensor, exact: Tensor) -> float:
    """The largest error as a share of the largest value; a NaN is larger than any limit."""
    error = float((found - exact).abs().max() / exact.abs().max())
    return math.inf if math.isnan(error) else error
