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

from videoai.engines.numbers import NUMBER_BYTES, Numbers
from videoai.errors import NotEnoughMemory, VideoAiError
from videoai.language import say
from videoai.memory.numbers import numbers_of
from videoai.memory.planner import Processor
from videoai.memory.speed import MachineSpeed
from videoai.system import child, processes
from videoai.system.deaths import Watch
from videoai.system.reasons import reason

_ASKING = threading.Lock()
_START_SECONDS = 300.0
"""A machine that swaps needs one of these minutes."""


def this_processor() -> Processor:
    """The processor, with what is known of its speed by now.

    Where torch is not loaded, a process of its own finds out, once for the life of this one: it takes two seconds,
    and up to five more on a machine that is not known yet. Raises VideoAiError if torch does not start at all.
    """
    device, numbers, product = _found() if "torch" in sys.modules else _asked()
    usually = MachineSpeed.load(device, product=product)
    # Until runs have shown it: as much faster in a half type as the probe's layers are.
    speeds = {name: MachineSpeed.load(device, name, usually.product * numbers.pace(name)) for name in NUMBER_BYTES}
    return Processor(device, numbers, speeds)


def load_torch() -> None:
    """For programs that will need it anyway: `this_processor` then starts no other process."""
    from videoai.system import environment

    environment.prepare()
    import torch  # noqa: F401


_Answer = tuple[str, Numbers, float]
"""The processor's name, what it computes best in, and the rate of its product."""


def _found() -> _Answer:
    load_torch()
    from videoai.engines.devices import best_device

    device = best_device()
    return device.name, numbers_of(device), MachineSpeed.load(device.name).product


def _asked() -> _Answer:
    with _ASKING:  # whoever asks meanwhile waits for that answer, instead of starting torch once more
        return _asked_once()


@functools.cache
def _asked_once() -> _Answer:
    watch = Watch.start()
    try:
        result = processes.run("videoai.memory.processor", seconds=_START_SECONDS)
    except OSError as error:
        raise VideoAiError(
            say("torch doesn't start: {reason}", reason=reason(error)), say("Close programs you don't need.")
        ) from error
    if result.returncode:
        raise _failure(result, watch)
    device, numbers, product = json.loads(result.stdout)
    return device, Numbers.from_dict(numbers), product


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
    child.prepare()
    with child.take_stdout() as out:
        name, numbers, product = _found()
        out.write(json.dumps([name, numbers.to_dict(), product]).encode())
