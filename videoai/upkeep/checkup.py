"""What there is on this machine, looked at with a run in mind: each thing with its colour and what to do about it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videoai.engines.base import BITS
from videoai.engines.numbers import TITLES, Numbers, wrong_sentence
from videoai.errors import VideoAiError
from videoai.language import joined, listed, say
from videoai.memory.estimate import least_bytes
from videoai.packages import how_to_reinstall
from videoai.system import offline, paths
from videoai.system.machine import GIB, Machine, Pressure, existing, free_disk
from videoai.system.programs import Program
from videoai.system.units import arithmetic, size

if TYPE_CHECKING:
    from videoai.upkeep.disk import Share

_ORDER: tuple[Pressure, ...] = ("green", "yellow", "red")

_LEAST_BUDGET = GIB
"""Python, torch and the activations of the smallest preset take about this much, however few bits the weights have."""

_LEAST_MACOS = 14
"""The oldest macOS that torch 2.13 runs on."""

_VIDEO_BYTES = 200_000_000
"""What a run may write besides the model: its saved states, the frames that wait, the video."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `status` is green, yellow or red, as in Activity Monitor."""

    name: str
    status: Pressure
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ProcessorInfo:
    """What computes. `recommended` is how much memory it may have, in bytes; None if that is all there is."""

    name: str
    dtype: str
    title: str
    recommended: int | None = None
    numbers: Numbers = field(default_factory=lambda: Numbers("fp32"))


@dataclass(frozen=True, slots=True)
class Checkup:
    """Everything that was looked at."""

    machine: Machine
    processor: ProcessorInfo
    programs: Sequence[Program]
    checks: Sequence[Check]
    shares: Sequence[Share] = ()

    @property
    def status(self) -> Pressure:
        """That of the worst check."""
        return max((check.status for check in self.checks), key=_ORDER.index, default="green")

    def to_dict(self) -> dict[str, Any]:
        """What `doctor --json` prints."""
        machine = self.machine
        memory = {
            "total_bytes": machine.total,
            "available_bytes": machine.available,
            "swap_total_bytes": machine.swap_total,
            "swap_used_bytes": machine.swap_used,
            "pressure": machine.pressure,
            "limit_bytes": machine.limit,
            "limit_used_bytes": machine.limit_used,
            "budget_bytes": machine.budget,
            "programs": [asdict(program) for program in self.programs],
        }
        processor = self.processor
        device: dict[str, Any] = {
            "name": processor.name,
            "dtype": processor.dtype,
            "recommended_bytes": processor.recommended,
        }
        device["numbers"] = processor.numbers.to_dict()
        checks = [asdict(check) | {"name": str(check.name)} for check in self.checks]  # a name is for looking it up
        disk = [share.to_dict() for share in self.shares]
        return {"status": self.status, "memory": memory, "device": device, "disk": disk, "checks": checks}


def memory_checks(machine: Machine, programs: Sequence[Program]) -> Iterator[Check]:
    """The memory, its pressure, the swap, a limit if there is one, and what one run may have of it."""
    close = _closing(programs)
    amount = say("{total}, {available} available", total=size(machine.total), available=size(machine.available))
    yield Check(say("Memory"), "green", amount)
    pressure = {
        "green": say("enough memory"),
        "yellow": say("memory is getting low"),
        "red": say("memory is low"),
    }
    yield Check(
        say("Pressure"), machine.pressure, pressure[machine.pressure], "" if machine.pressure == "green" else close
    )
    if machine.swap_total:
        swap = say(
            "{used} of {total} used",
            used=size(machine.swap_used),
            total=size(machine.swap_total),
        )
        much = machine.swap_used > machine.total // 2
        hint = say("More than half the size of the memory is in swap; a restart clears it.")
        yield Check(say("Swap"), "yellow" if much else "green", swap, hint if much else "")
    else:
        yield Check(say("Swap"), "green", say("none"))
    if machine.limit is not None:
        used = size(machine.limit_used or 0)
        yield Check(
            say("Limit"),
            "green",
            say("{limit} for this group of processes (cgroup), {used} used", limit=size(machine.limit), used=used),
        )
    yield _budget(machine, close)


def _budget(machine: Machine, close: str) -> Check:
    # A limit that leaves too little is not helped by closing programs outside of it.
    limited = machine.limit is not None and machine.limit < min(map(least_bytes, BITS))
    hint = say("Give the container or service a higher memory limit.") if limited else close
    bits = [bits for bits in BITS if least_bytes(bits) <= machine.budget]
    message = say("one video can use {budget}", budget=size(machine.budget))
    if bits:
        return Check(
            say("Budget"),
            "green",
            say("{message}: enough for {bits}-bit weights at the default size", message=message, bits=max(bits)),
        )
    if machine.budget >= _LEAST_BUDGET:
        return Check(say("Budget"), "yellow", say("{message}: too little for the default size", message=message), hint)
    return Check(say("Budget"), "red", say("{message}: too little for any model", message=message), hint)


def _closing(programs: Sequence[Program]) -> str:
    names = [program.name for program in programs[:3]]
    if not names:
        return say("Close programs you don't need.")
    return say("Close what you don't need of {programs}.", programs=", ".join(names))


def system_checks(
    processor: ProcessorInfo, *, system: str = sys.platform, rosetta: bool | None = None
) -> Iterator[Check]:
    """Python, the system, torch, and the processor that computes."""
    import torch

    python = say("{version} on {machine}", version=platform.python_version(), machine=platform.machine())
    if rosetta if rosetta is not None else _is_rosetta(system):
        hint = say("This Python cannot use the GPU: install Python for Apple silicon and create a new environment.")
        yield Check(say("Python"), "red", say("{python}, translated (Rosetta)", python=python), hint)
    else:
        yield Check(say("Python"), "green", python)
    if system == "darwin":
        yield macos_check(platform.mac_ver()[0])
    else:
        yield Check(say("System"), "green", platform.platform(terse=True))
    yield torch_check(torch.__version__, system)
    yield _processor_check(processor)
    yield numbers_check(processor.numbers)


def network_check() -> Check:
    """Whether anything may leave this machine. It is never wrong that nothing may."""
    return Check(say("Network"), "green", offline.sentence())


def macos_check(version: str) -> Check:
    """Whether torch runs on this macOS."""
    major = version.partition(".")[0]
    if major.isdigit() and int(major) < _LEAST_MACOS:
        return Check(
            say("System"),
            "red",
            say("macOS {version}", version=version),
            say("torch needs macOS {least} or newer: update macOS.", least=_LEAST_MACOS),
        )
    return Check(say("System"), "green", say("macOS {version}", version=version))


def torch_check(version: str, system: str) -> Check:
    """Whether this is a torch to be trusted; 2.5 leaks memory on a Mac (pytorch issue 139389)."""
    if system == "darwin" and version.startswith("2.5."):
        return Check(
            say("torch"), "yellow", version, say("This version leaks memory on a Mac. {how}", how=how_to_reinstall())
        )
    return Check(say("torch"), "green", version)


def _processor_check(processor: ProcessorInfo) -> Check:
    if processor.name == "cpu":
        hint = say("No accelerator was found: models are slow, but drafts are not.")
        return Check(say("Processor"), "yellow", processor.title, hint)
    title = processor.title
    if processor.recommended:
        title = say("{title}, at most {most} of memory", title=title, most=size(processor.recommended))
    return Check(say("Processor"), "green", title)


def numbers_check(found: Numbers) -> Check:
    """The type of number that it computes in, and why: what the probe found of each (videoai/engines/numbers.py)."""
    measured = {name: _measured(found, name) for name in found.rates}
    rates = joined(", ", [say("{numbers} {rate}", numbers=name, rate=rate) for name, rate in measured.items()])
    if found.wrong and found.best == "fp32":
        hint = say("Update torch: pip install -U 'torch<2.14'")
        return Check(say("Numbers"), "yellow", wrong_sentence(found.wrong), hint)
    if not rates:
        return Check(say("Numbers"), "green", say("computes in {best}", best=found.best))
    if found.best == "fp32":
        return Check(
            say("Numbers"), "green", say("computes in fp32, as nothing is clearly faster: {rates}", rates=rates)
        )
    return Check(
        say("Numbers"), "green", say("computes in {best}, which is faster: {rates}", best=found.best, rates=rates)
    )


def _measured(found: Numbers, name: str) -> str:
    if name in found.wrong:
        return say("wrong ({kind})", kind=TITLES[found.wrong[name]])
    return arithmetic(found.rate(name)) if found.rate(name) else say("far slower")


def _is_rosetta(system: str) -> bool:
    from videoai.system.machine import read_sysctl

    if system != "darwin" or platform.machine() == "arm64":
        return False
    return read_sysctl("sysctl.proc_translated").get("sysctl.proc_translated") == "1"


def disk_checks(*, with_model: bool) -> Iterator[Check]:
    """The room for models and for videos, in one line if that is one disk. `with_model`: one is there already."""
    from videoai.catalogue import CONVERTED_BYTES, DEFAULT_MODEL, MODELS
    from videoai.models.hub import cache

    fetched = 0 if with_model else MODELS[DEFAULT_MODEL].size
    converted = 0 if with_model else max(CONVERTED_BYTES.values())
    folders = (
        (say("models"), cache.root(), fetched),
        (say("models"), paths.models(), converted),
        (say("videos"), paths.outputs(), _VIDEO_BYTES),
    )
    disks: dict[int, list[tuple[str, Path, int]]] = {}
    for name, folder, need in folders:
        disks.setdefault(existing(folder).stat().st_dev, []).append((name, folder, need))
    for rows in disks.values():
        what = listed(dict.fromkeys(name for name, _, _ in rows))
        yield _disk_check(what, rows[0][1], sum(need for _, _, need in rows))


def _disk_check(what: str, folder: Path, need: int) -> Check:
    free = free_disk(folder)
    message = say("{free} free for {what}", free=size(free), what=what)
    if free < _VIDEO_BYTES:
        return Check(
            say("Disk"), "red", message, say("Free some space on the disk of {folder}.", folder=existing(folder))
        )
    if free < need:
        hint = say(
            "Downloading a model takes {need}: free some space on the disk of {folder}.",
            need=size(need),
            folder=existing(folder),
        )
        return Check(say("Disk"), "yellow", message, hint)
    return Check(say("Disk"), "green", message)


def kept_check(shares: Sequence[Share]) -> Check:
    """What of the disk is ours, the largest first, and how to have it back."""
    there = [share for share in shares if share.bytes >= _NOTABLE]
    if not there:
        return Check(say("Kept"), "green", say("almost nothing"))
    told = [say("{what} {size}", what=share.title, size=size(share.bytes)) for share in there]
    hints = dict.fromkeys(share.hint for share in there)
    return Check(
        say("Kept"), "green", joined(", ", told), say("To free space: {commands}", commands=joined("; ", hints))
    )


_NOTABLE = 50_000_000
"""Bytes; what is less frees no disk."""


def model_checks() -> Iterator[Check]:
    """Which models are here, with weights of how many bits, and which are damaged."""
    from videoai.catalogue import DEFAULT_MODEL, MODELS
    from videoai.models.store import installed

    here: list[str] = []
    damaged: list[VideoAiError] = []
    for model in MODELS.values():
        if model.builtin:
            continue
        try:
            bits = [precision.bits for precision in installed(model)]
        except VideoAiError as error:
            damaged.append(error)
            continue
        if bits:
            here.append(say("{model} ({bits} bits)", model=model.id, bits=", ".join(map(str, bits))))
    if here:
        yield Check(say("Models"), "green", joined(", ", here))
    elif not damaged:
        hint = say("Without one you can only make drafts: videoai models pull {model}", model=DEFAULT_MODEL)
        yield Check(say("Models"), "yellow", say("none on this computer"), hint)
    for one in damaged:
        yield Check(say("Models"), "yellow" if here else "red", one.message, one.hint)
