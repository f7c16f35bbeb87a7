"""Which torch is there: what it was built for, what it takes on the disk, and whether it suits this computer."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from videoai.language import say
from videoai.packages import how_to_reinstall
from videoai.system.machine import Pressure
from videoai.system.reasons import reason
from videoai.system.units import size
from videoai.upkeep.check import Check

_CPU_WHEELS = "https://download.pytorch.org/whl/cpu"
"""What pip's --index-url takes for builds without CUDA."""

_WITH_TORCH = re.compile(r"(torch|triton|nvidia-.*|cuda-.*)", re.IGNORECASE)
"""The packages that come with it, by their names."""

_NVIDIA, _DISPLAY = "0x10de", "0x03"
"""A maker, and a class, of devices on the PCI bus."""

_LARGE = 2_000_000_000


@dataclass(frozen=True, slots=True)
class TorchBuild:
    """`cuda` and `rocm` are the versions that it was built for, if it was; `bytes` what it takes with what comes with
    it, 0 if that is not known."""

    version: str
    cuda: str | None = None
    rocm: str | None = None
    mps: bool = False
    bytes: int = 0

    @property
    def plain_version(self) -> str:
        """Without “+cpu” and the like."""
        return self.version.partition("+")[0]


def torch_build() -> TorchBuild:
    """That of this environment. Raises ImportError, or whatever else comes of loading it."""
    import torch

    return TorchBuild(
        torch.__version__, torch.version.cuda, torch.version.hip, torch.backends.mps.is_built(), _bytes_on_disk()
    )


def build_check(build: TorchBuild, system: str = sys.platform, *, card: bool | None = None, usable: bool) -> Check:
    """Whether it suits this computer. `usable`: it can compute on a card. 2.5 leaks memory on a Mac (pytorch issue
    139389)."""
    message = say("{version}, {build}", version=build.plain_version, build=_built_for(build))
    if build.bytes:
        message = say("{torch}, {size} on the disk", torch=message, size=size(build.bytes))
    if system == "darwin" and build.version.startswith("2.5."):
        return _check("yellow", message, say("This version leaks memory on a Mac. {how}", how=how_to_reinstall()))
    card = has_nvidia_card() if card is None else card
    if build.cuda and not usable and not card:
        hint = say(
            "There is no NVIDIA card here, so the build for the CPU does the same and is much smaller: pip install "
            "--no-deps --index-url {index} torch=={version}+cpu. Then remove the packages whose names begin with "
            "nvidia-, cuda- or triton.",
            version=build.plain_version,
            index=_CPU_WHEELS,
        )
        return _check("yellow" if build.bytes >= _LARGE else "green", message, hint)
    if build.cuda and not usable:
        return _check("yellow", message, say("torch cannot use the NVIDIA card: install or update its driver."))
    if card and not build.cuda:
        hint = say(
            "This build cannot use the NVIDIA card: pip install --force-reinstall torch=={version}",
            version=build.plain_version,
        )
        return _check("yellow", message, hint)
    return _check("green", message)


def trouble_check(error: Exception) -> Check:
    """For a torch that is not there, or cannot be loaded."""
    if isinstance(error, ModuleNotFoundError) and error.name == "torch":
        hint = say("Without it you can only make drafts: pip install 'torch<2.14'")
        if sys.platform == "linux" and not has_nvidia_card():
            hint = say(
                "Without it you can only make drafts: pip install 'torch<2.14' --index-url {index}", index=_CPU_WHEELS
            )
        return _check("red", say("not installed"), hint)
    told = say("cannot be loaded: {reason}", reason=reason(error))
    return _check("red", told, say("Install it again: pip install --force-reinstall 'torch<2.14'"))


def has_nvidia_card(bus: Path = Path("/sys/bus/pci/devices")) -> bool:
    """Whether there is one, as far as Linux knows, be its driver there or not."""
    return any(
        _text(device / "vendor") == _NVIDIA and _text(device / "class").startswith(_DISPLAY)
        for device in (bus.iterdir() if bus.is_dir() else ())
    )


def _check(status: Pressure, message: str, hint: str = "") -> Check:
    return Check("torch", say("torch"), status, message, hint)


def _built_for(build: TorchBuild) -> str:
    if build.cuda:
        return say("built for CUDA {version}", version=build.cuda)
    if build.rocm:
        return say("built for ROCm {version}", version=build.rocm)
    return say("built for Apple's GPUs (MPS)") if build.mps else say("built for the CPU alone")


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace").strip()
    except OSError:
        return ""


def _bytes_on_disk() -> int:
    """As the lists of installed files have it: there are tens of thousands."""
    return sum(
        file.size or 0
        for package in importlib.metadata.distributions()
        if _WITH_TORCH.fullmatch(package.metadata["Name"] or "")
        for file in package.files or ()
    )
