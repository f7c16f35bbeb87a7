"""Which processor a bench runs on, and which of the instructions it has that decide how fast it computes."""

from __future__ import annotations

import functools
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from videoai.system.machine_id import said_by

_FEATURES = {
    "AVX2": "avx2",
    "AVX512F": "avx512f",
    "AVX512_BF16": "avx512_bf16",
    "AVX512_FP16": "avx512_fp16",
    "AMX": "amx_bf16",
    "NEON": "asimd",
    "BF16": "bf16",
}
"""As the tables have them, and as Linux does."""


@dataclass(frozen=True, slots=True)
class Processor:
    """`vendor` and `features` are those that Linux names; a Mac's are in its name."""

    name: str
    vendor: str
    features: tuple[str, ...]

    def has(self, feature: str) -> bool:
        """Whether it has the instructions."""
        return feature in self.features

    def describe(self) -> str:
        """For the line above a table."""
        return self.name + (f" with {', '.join(self.features)}" if self.features else "")


@functools.cache
def this() -> Processor:
    """The one that this runs on."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        mac = sys.platform == "darwin"
        return Processor(
            said_by("/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string") if mac else platform.machine(), "", ()
        )
    lines = info.read_text("utf-8", "replace").partition("\n\n")[0].splitlines()
    found = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    has = set(found.get("flags", found.get("Features", "")).split())
    features = tuple(name for name, flag in _FEATURES.items() if flag in has)
    return Processor(found.get("model name", platform.machine()), found.get("vendor_id", ""), features)
