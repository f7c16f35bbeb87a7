"""How much memory another process has, as its system counts it against the machine's."""

from __future__ import annotations

import ctypes
import sys

import psutil

_INFO_BYTES = 1024
"""More than any version of macOS writes (rusage_info_v6 has 464)."""
_FOOTPRINT_AT = 72
"""Of ri_phys_footprint in rusage_info_v0, after a uuid and seven numbers of 64 bits (sys/resource.h)."""


def footprint(pid: int) -> int | None:
    """Bytes; None if the process has ended, or is another user's.

    On a Mac it is what Activity Monitor shows as “Memory”: what the graphics processor uses for the process counts in
    it, and not in what is resident.
    """
    if sys.platform == "darwin":
        return _footprint_on_mac(pid)
    return _resident(pid)


def _footprint_on_mac(pid: int) -> int | None:
    info = (ctypes.c_char * _INFO_BYTES)()
    try:
        refused = ctypes.CDLL(None).proc_pid_rusage(ctypes.c_int(pid), ctypes.c_int(0), ctypes.byref(info))
    except (AttributeError, OSError):  # no system that we know; what is resident is better than nothing
        return _resident(pid)
    return None if refused else ctypes.c_uint64.from_buffer(info, _FOOTPRINT_AT).value


def _resident(pid: int) -> int | None:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except (psutil.Error, OSError):
        return None
