"""What this process has used."""

from __future__ import annotations

import resource
import sys


def peak_bytes() -> int:
    """The most memory this process has had in use at once."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, Linux KiB
