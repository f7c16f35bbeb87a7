"""Which machine this is, since when it runs, what its pids are counted in: what tells places apart that share files."""

from __future__ import annotations

import errno
import functools
import hashlib
import os
import platform
import sys
from pathlib import Path


@functools.cache
def namespace() -> str:
    """A name for what pids are counted in, on Linux; empty where there is but one such count."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


@functools.cache
def host() -> str:
    """A name for this machine: its id, or else what it is called. Empty on a Mac, whose name the network gives it."""
    if sys.platform == "darwin":
        return ""
    try:
        return Path("/etc/machine-id").read_text("ascii").strip() or os.uname().nodename
    except OSError:
        return os.uname().nodename


@functools.cache
def boot_id() -> str:
    """A name for the time since the machine was last started; empty where the system has none."""
    try:
        if sys.platform == "darwin":
            return said_by("/usr/sbin/sysctl", "-n", "kern.bootsessionuuid")
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""


@functools.cache
def processor() -> str:
    """A name for the kind of processor, with a digest of its instructions: virtual ones differ in these alone."""
    if sys.platform == "darwin":
        return said_by("/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string")
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").partition("\n\n")[0].splitlines()
    except OSError:
        return platform.machine()
    found = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    features = " ".join(found.get(name, "") for name in ("flags", "Features", "CPU implementer", "CPU part"))
    return f"{found.get('model name', platform.machine())} ({hashlib.sha256(features.encode()).hexdigest()[:12]})"


_ANSWER_SECONDS = 10.0
"""More than these programs need, on any machine but one that swaps."""


def said_by(*command: str) -> str:
    """What a program of the system says; nothing if it fails. Raises OSError if it does not start, or takes long."""
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603  # fixed programs, and a number
            command,
            capture_output=True,
            text=True,
            timeout=_ANSWER_SECONDS,
            check=False,
            env={"LC_ALL": "C", "TZ": "UTC"},
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT), command[0]) from error
    return "" if done.returncode else done.stdout.strip()
