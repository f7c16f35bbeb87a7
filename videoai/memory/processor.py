"""Which processor would compute a video here, and how fast it is, for programs that do without torch too.

python -m videoai.memory.processor     prints it as JSON
"""

from __future__ import annotations

import functools
import json
import signal
import subprocess
import sys
import threading

from videoai.errors import NotEnoughMemory, VideoAiError
from videoai.language import say
from videoai.memory.planner import Processor
from videoai.memory.speed import MachineSpeed
from videoai.system import offline, processes
from videoai.system.deaths import Watch
from videoai.system.reasons import reason

_ASKING = threading.Lock()
_START_SECONDS = 300.0
"""A machine that swaps needs one of these minutes."""


def this_processor() -> Processor:
    """The processor, with what is known of its speed by now.

    Where torch is not loaded, a process of its own finds out, once for the life of this one: it takes two seconds,
    and two more on a machine whose speed is not known yet. Raises VideoAiError if torch does not start at all.
    """
    device, dtype_bytes, product = _found() if "torch" in sys.modules else _asked()
    return Processor(device, dtype_bytes, MachineSpeed.load(device, product))


def load_torch() -> None:
    """For programs that will need it anyway: `this_processor` then starts no other process."""
    from videoai.system import environment

    environment.prepare()
    import torch  # noqa: F401


def _found() -> tuple[str, int, float]:
    load_torch()
    from videoai.engines.devices import best_device

    device = best_device()
    return device.name, device.dtype.itemsize, MachineSpeed.load(device.name).product


def _asked() -> tuple[str, int, float]:
    with _ASKING:  # whoever asks meanwhile waits for that answer, instead of starting torch once more
        return _asked_once()


@functools.cache
def _asked_once() -> tuple[str, int, float]:
    watch = Watch.start()
    try:
        result = processes.run("videoai.memory.processor", seconds=_START_SECONDS)
    except OSError as error:
        raise VideoAiError(
            say("torch doesn't start: {reason}", reason=reason(error)), say("Close programs you don't need.")
        ) from error
    if result.returncode:
        raise _failure(result, watch)
    device, dtype_bytes, product = json.loads(result.stdout)
    return device, dtype_bytes, product


def _failure(result: subprocess.CompletedProcess[str], watch: Watch) -> VideoAiError:
    death = watch.explain(result.returncode, result.stderr, programs=list)
    if death.memory or result.returncode == -signal.SIGKILL:  # of two seconds' life, nobody else would end it
        by = death.message if death.memory else say("The system probably stopped it because memory ran out.")
        return NotEnoughMemory(
            say("torch doesn't start: {reason}", reason=by),
            say("Close programs you don't need, or give the container or service more memory."),
        )
    if result.returncode < 0:
        return VideoAiError(say("torch doesn't start: {reason}", reason=death.message), death.hint)
    last = result.stderr.strip().rpartition("\n")[2]
    return VideoAiError(
        say("torch doesn't start: {reason}", reason=last), say("Reinstall it: pip install -r requirements.txt")
    )


if __name__ == "__main__":
    offline.prepare()
    sys.stdout.write(json.dumps(_found()))
