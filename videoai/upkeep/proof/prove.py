"""The proof itself: a model of random weights, every network compared with the CPU, and a run that is watched."""

from __future__ import annotations

import datetime
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from videoai.engines.numbers import Numbers
from videoai.engines.processor import Processor
from videoai.engines.svd.networks import NETWORKS
from videoai.errors import JobConflict, VideoAiError, WriteFailed
from videoai.events import Event, OnEvent, Stage, Step
from videoai.history.task import Task, write_photo
from videoai.language import say
from videoai.media.fitted_photo import FittedPhoto
from videoai.system import paths, private_files, temporary
from videoai.system.accelerator import accelerator
from videoai.system.files import whole_file, write_errors
from videoai.system.locking import try_lock
from videoai.system.reasons import reason
from videoai.upkeep.proof import children
from videoai.upkeep.proof import size as sizes
from videoai.upkeep.proof.findings import Findings, machine_facts
from videoai.upkeep.proof.places import ProofFolder
from videoai.upkeep.proof.presets import what_presets_take
from videoai.upkeep.proof.run import picture, run
from videoai.upkeep.proof.size import ProofSize


def prove(on_event: OnEvent, size: ProofSize | None = None) -> Findings:
    """Make the proof; minutes, and gigabytes of disk, which are free again whatever ends it.

    A network or a run that fails is a finding, and no error. Waits while a video is being made. Raises JobConflict if
    another proof is under way, WriteFailed, and VideoAiError if torch does not start.
    """
    size, began = size or sizes.FULL, time.monotonic()
    found = Findings(datetime.datetime.now(datetime.timezone.utc).date().isoformat(), size.bits)
    temporary.sweep()
    with _alone(), temporary.folder() as folder:
        place = ProofFolder(folder)

        def heard(event: Event) -> None:
            found.disk_bytes = max(found.disk_bytes, _bytes_in(place))
            on_event(event)

        task = _prepare(place, size)
        first = size.settings.steps - size.steps
        found.machine = machine_facts(children.make(place, size.bits, first, size.spare_bytes, heard))
        _compare_networks(place, found, heard)
        try:
            found.run = run(place, task, heard)
        except OSError as error:
            raise VideoAiError(say("The run could not be started: {reason}.", reason=reason(error))) from error
    processor = Processor(found.machine["device"], Numbers.from_dict(found.machine["numbers"]))
    found.presets = what_presets_take(size, found.run, processor)
    found.seconds = time.monotonic() - began
    return found


@contextmanager
def _alone() -> Iterator[None]:
    """Two at once would measure each other. Raises JobConflict, WriteFailed."""
    path = paths.home() / "proof.lock"
    with write_errors(path):
        private_files.make_folder(path.parent)
        held = try_lock(path)
    if held is None:
        raise JobConflict(
            say("Another program is making a proof on this computer."), say("Try again when it has finished.")
        )
    try:
        yield
    finally:
        os.close(held)


def _prepare(place: ProofFolder, size: ProofSize) -> Task:
    """What the processes are told. Raises WriteFailed."""
    task = Task(replace(size.settings, model=str(place.model)), offline=True)
    write_photo(place.path, FittedPhoto(picture(size.settings.width, size.settings.height)))
    for path, value in ((place.networks, size.networks), (place.task, task.to_dict())):
        with whole_file(path, replace=True) as part:
            part.write_text(json.dumps(value), "utf-8")
    return task


def _compare_networks(place: ProofFolder, found: Findings, on_event: OnEvent) -> None:
    """Each in its own process: what one dies of does not keep the others from being looked at."""
    with accelerator(on_wait=lambda: on_event(Stage("wait", 0))):
        on_event(Stage("compare", len(NETWORKS)))
        for count, network in enumerate(NETWORKS, start=1):
            try:
                found.networks.append(children.compare(place, network))
            except WriteFailed:
                raise
            except VideoAiError as error:
                found.networks.append({"network": network, "ok": False, "missing": [], **error.to_dict()})
            on_event(Step(count))


def _bytes_in(place: ProofFolder) -> int:
    """What it has on the disk at this moment; files come and go meanwhile."""
    total = 0
    for path in place.path.rglob("*"):
        with suppress(OSError):
            total += path.lstat().st_size
    return total
