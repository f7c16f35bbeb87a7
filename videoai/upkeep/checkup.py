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
from videoai.system import offline, paths
from videoai.system.machine import GIB, Machine, Pressure, existing, free_disk
from videoai.system.programs import Program
from videoai.system.units import arithmetic, size
from videoai.upkeep.check import Check

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
class ProcessorInfo:
    """What computes. `recommended` is how much memory it may have, in bytes; None if that is all there is."""

    name: str
    dtype: str
    title: str
    recommended: int | None = None
    numbers: Numbers = field(default_factory=lambda: Numbers("fp32"))

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "dtype": self.dtype,
            "recommended_bytes": self.recommended,
            "numbers": self.numbers.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Checkup:
    """Everything that was looked at. Without torch nobody knows the `processor`."""

    machine: Machine
    processor: ProcessorInfo | None
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
        device = None if self.processor is None else self.processor.to_dict()
        checks = [check.to_dict() for check in self.checks]
        disk = [share.to_dict() for share in self.shares]
        return {"status": self.status, "memory": memory, "device": device, "disk": disk, "checks": checks}


def memory_checks(machine: Machine, programs: Sequence[Program]) -> Iterator[Check]:
    """The memory, its pressure, the swap, a limit if there is one, and what one run may have of it."""
    close = _closing(programs)
    amount = say("{total}, {available} available", total=size(machine.total), available=size(machine.available))
    yield Check("memory", say("Memory"), "green", amount)
    pressure = {
        "green": say("enough memory"),
        "yellow": say("memory is getting low"),
        "red": say("memory is low"),
    }
    yield Check(
        "pressure",
        say("Pressure"),
        machine.pressure,
        pressure[machine.pressure],
        "" if machine.pressure == "green" else close,
    )
    if machine.swap_total:
        swap = say(
            "{used} of {total} used",
            used=size(machine.swap_used),
            total=size(machine.swap_total),
        )
        much = machine.swap_used > machine.total // 2
        hint = say("More than half the size of the memory is in swap; a restart clears it.")
        yield Check("swap", say("Swap"), "yellow" if much else "green", swap, hint if much else "")
    else:
        yield Check("swap", say("Swap"), "green", say("none"))
    if machine.limit is not None:
        used = size(machine.limit_used or 0)
        yield Check(
            "limit",
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
            "budget",
            say("Budget"),
            "green",
            say("{message}: enough for {bits}-bit weights at the default size", message=message, bits=max(bits)),
        )
    if machine.budget >= _LEAST_BUDGET:
        return Check(
            "budget", say("Budget"), "yellow", say("{message}: too little for the default size", message=message), hint
        )
    return Check("budget", say("Budget"), "red", say("{message}: too little for any model", message=message), hint)


def _closing(programs: Sequence[Program]) -> str:
    names = [program.name for program in programs[:3]]
    if not names:
        return say("Close programs you don't need.")
    return say("Close what you don't need of {programs}.", programs=", ".join(names))


def system_checks(*, system: str = sys.platform, rosetta: bool | None = None) -> Iterator[Check]:
    """Python and the system."""
    python = say("{version} on {machine}", version=platform.python_version(), machine=platform.machine())
    if rosetta if rosetta is not None else _is_rosetta(system):
        hint = say("This Python cannot use the GPU: install Python for Apple silicon and create a new environment.")
        yield Check("python", say("Python"), "red", say("{python}, translated (Rosetta)", python=python), hint)
    else:
        yield Check("python", say("Python"), "green", python)
    if system == "darwin":
        yield macos_check(platform.mac_ver()[0])
    else:
        yield Check("system", say("System"), "green", platform.platform(terse=True))


def network_check() -> Check:
    """Whether anything may leave this machine. It is never wrong that nothing may."""
    return Check("network", say("Network"), "green", offline.sentence())


def macos_check(version: str) -> Check:
    """Whether torch runs on this macOS."""
    major = version.partition(".")[0]
    if major.isdigit() and int(major) < _LEAST_MACOS:
        return Check(
            "system",
            say("System"),
            "red",
            say("macOS {version}", version=version),
            say("torch needs macOS {least} or newer: update macOS.", least=_LEAST_MACOS),
        )
    return Check("system", say("System"), "green", say("macOS {version}", version=version))


def processor_check(processor: ProcessorInfo) -> Check:
    """What computes."""
    if processor.name == "cpu":
        hint = say("No accelerator was found: models are slow, but drafts are not.")
        return Check("processor", say("Processor"), "yellow", processor.title, hint)
    title = processor.title
    if processor.recommended:
        title = say("{title}, at most {most} of memory", title=title, most=size(processor.recommended))
    return Check("processor", say("Processor"), "green", title)


def numbers_check(found: Numbers) -> Check:
    """The type of number that it computes in, and why: what the probe found of each (videoai/engines/numbers.py)."""
    measured = {name: _measured(found, name) for name in found.rates}
    rates = joined(", ", [say("{numbers} {rate}", numbers=name, rate=rate) for name, rate in measured.items()])
    if found.wrong and found.best == "fp32":
        hint = say("Update torch: pip install -U 'torch<2.14'")
        return Check("numbers", say("Numbers"), "yellow", wrong_sentence(found.wrong), hint)
    if not rates:
        return Check("numbers", say("Numbers"), "green", say("computes in {best}", best=found.best))
    if found.best == "fp32":
        return Check(
            "numbers",
            say("Numbers"),
            "green",
            say("computes in fp32, as nothing is clearly faster: {rates}", rates=rates),
        )
    return Check(
        "numbers",
        say("Numbers"),
        "green",
        say("computes in {best}, which is faster: {rates}", best=found.best, rates=rates),
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
        ("downloads", say("models"), cache.root(), fetched),
        ("models", say("models"), paths.models(), converted),
        ("videos", say("videos"), paths.outputs(), _VIDEO_BYTES),
    )
    disks: dict[int, list[tuple[str, str, Path, int]]] = {}
    for row in folders:
        disks.setdefault(existing(row[2]).stat().st_dev, []).append(row)
    for rows in disks.values():
        id = "disk" if len(disks) == 1 else f"disk-{rows[0][0]}"
        what = listed(dict.fromkeys(name for _, name, _, _ in rows))
        yield _disk_check(id, what, rows[0][2], sum(need for *_, need in rows))


def _disk_check(id: str, what: str, folder: Path, need: int) -> Check:
    free = free_disk(folder)
    message = say("{free} free for {what}", free=size(free), what=what)
    if free < _VIDEO_BYTES:
        return Check(
            id, say("Disk"), "red", message, say("Free some space on the disk of {folder}.", folder=existing(folder))
        )
    if free < need:
        hint = say(
            "Downloading a model takes {need}: free some space on the disk of {folder}.",
            need=size(need),
            folder=existing(folder),
        )
        return Check(id, say("Disk"), "yellow", message, hint)
    return Check(id, say("Disk"), "green", message)


def kept_check(shares: Sequence[Share]) -> Check:
    """What of the disk is ours, the largest first, and how to have it back."""
    there = [share for share in shares if share.bytes >= _NOTABLE]
    if not there:
        return Check("kept", say("Kept"), "green", say("almost nothing"))
    told = [say("{what} {size}", what=share.title, size=size(share.bytes)) for share in there]
    hints = dict.fromkeys(share.hint for share in there)
    return Check(
        "kept",
        say("Kept"),
        "green",
        joined(", ", told),
        say("To free space: {commands}", commands=joined("; ", hints)),
    )


_NOTABLE = 50_000_000
"""Bytes; what is less frees no disk."""


def model_checks() -> Iterator[Check]:
    """Which models are here, with weights of how many bits, and which are damaged."""
    from videoai.catalogue import DEFAULT_MODEL, MODELS
    from videoai.models.store import installed

    here: list[str] = []
    damaged: dict[str, VideoAiError] = {}
    for model in MODELS.values():
        if model.builtin:
            continue
        try:
            bits = [precision.bits for precision in installed(model)]
        except VideoAiError as error:
            damaged[model.id] = error
            continue
        if bits:
            here.append(say("{model} ({bits} bits)", model=model.id, bits=", ".join(map(str, bits))))
    if here:
        yield Check("models", say("Models"), "green", joined(", ", here))
    elif not damaged:
        hint = say("Without one you can only make drafts: videoai models pull {model}", model=DEFAULT_MODEL)
        yield Check("models", say("Models"), "yellow", say("none on this computer"), hint)
    for id, one in damaged.items():
        yield Check(f"model-{id}", say("Models"), "yellow" if here else "red", one.message, one.hint)
