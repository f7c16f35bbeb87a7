"""Which processor would compute a video here, for programs that do without torch too.

python -m videoai.memory.processor     prints it as JSON
"""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from videoai.engines.numbers import Numbers
from videoai.engines.processor import Processor
from videoai.errors import NotEnoughMemory, VideoAiError
from videoai.language import say
from videoai.memory.numbers import numbers_of, remembered
from videoai.memory.speed import MachineSpeed
from videoai.packages import how_to_reinstall
from videoai.system import child, processes
from videoai.system.deaths import Watch
from videoai.system.reasons import reason

_ASKING = threading.Lock()
_START_SECONDS = 300.0
"""A machine that swaps needs one of these minutes."""


def this_processor() -> Processor:
    """The processor that computes here.

    Where torch is not loaded, a process of its own finds out, once for the life of this one: it takes two seconds,
    and up to five more on a machine that is not known yet. Raises VideoAiError if torch does not start at all.
    """
    return _found() if "torch" in sys.modules else _asked()


def known_processor() -> Processor:
    """The processor as far as it is known, for what is done without torch, or with a little of it on the CPU."""
    return Processor(numbers=remembered("cpu") or Numbers("fp32"))


def load_torch() -> None:
    """For programs that will need it anyway: `this_processor` then starts no other process."""
    from videoai.system import environment

    environment.prepare()
    import torch  # noqa: F401


@contextmanager
def sparing_a_core(spared: bool) -> Iterator[None]:
    """Within the block torch leaves a core free, if that is to be `spared`; afterwards it computes as before."""
    if not spared:
        yield
        return
    load_torch()
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(max(1, min(before, (os.cpu_count() or 2) - 1)))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _found() -> Processor:
    load_torch()
    from videoai.engines.devices import best_device

    device = best_device()
    return Processor(device.name, numbers_of(device), MachineSpeed.load(device.name).product)


def _asked() -> Processor:
    with _ASKING:  # whoever asks meanwhile waits for that answer, instead of starting torch once more
        return _asked_once()


@functools.cache
def _asked_once() -> Processor:
    watch = Watch.start()
    try:
        result = processes.run("videoai.memory.processor", seconds=_START_SECONDS)
    except OSError as error:
        raise VideoAiError(
            say("torch doesn't start: {reason}", reason=reason(error)), say("Close programs you don't need.")
        ) from error
    if result.returncode:
        raise _failure(result, watch)
    return Processor.from_dict(json.loads(result.stdout))


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
    return VideoAiError(say("torch doesn't start: {reason}", reason=last), how_to_reinstall())


if __name__ == "__main__":
    child.prepare()
    with child.take_stdout() as out:
        out.write(json.dumps(_found().to_dict()).encode())
