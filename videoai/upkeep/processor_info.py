"""What computes, by the name its maker gave it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from videoai.language import say
from videoai.system.machine import read_sysctl
from videoai.upkeep.checkup import ProcessorInfo

if TYPE_CHECKING:
    from videoai.engines.devices import Device


def processor_info(device: Device, recommended: int | None) -> ProcessorInfo:
    """Of a device; `recommended` is what a CPU may use of the memory, in bytes."""
    import torch

    dtype = str(device.dtype).removeprefix("torch.")
    if device.name == "mps":
        title = say("{chip} GPU (mps)", chip=cpu_name() or "Apple")
        return ProcessorInfo("mps", dtype, title, torch.mps.recommended_max_memory())
    if device.name == "cuda":
        card = torch.cuda.get_device_properties(0)
        return ProcessorInfo("cuda", dtype, f"{card.name} (cuda)", int(card.total_memory))
    return ProcessorInfo("cpu", dtype, say("cpu, {count} cores", count=os.cpu_count() or 1), recommended)


_BRAND = "machdep.cpu.brand_string"
_CPUINFO = Path("/proc/cpuinfo")


def cpu_name() -> str:
    """The CPU's, such as “Apple M1”; empty if the system does not say."""
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", _CPUINFO.read_text("utf-8", "replace"), re.MULTILINE)
    except OSError:
        return read_sysctl(_BRAND).get(_BRAND, "")
    return found[1].strip() if found else ""
