"""Calling the processes of a proof: what each says is passed on, and why one died is told."""

from __future__ import annotations

import json
import subprocess
from typing import IO, Any

from videoai.errors import NotEnoughMemory, VideoAiError, WriteFailed, from_dict
from videoai.events import Notice, OnEvent, Stage, Step
from videoai.language import say
from videoai.system import processes, temporary
from videoai.system.deaths import Death, Watch
from videoai.system.messages import Failed, read_all
from videoai.system.reasons import reason
from videoai.upkeep.proof.places import ABOUT, ProofFolder

_MODULE = "videoai.upkeep.proof.proof_process"
_TAIL_BYTES = 8192


def make(place: ProofFolder, bits: int, step: int, spare: int, on_event: OnEvent) -> dict[str, Any]:
    """The model of random weights, and the state that the run goes on from; what computes here. Raises VideoAiError."""
    _call(place, "make", [str(bits), str(step), str(spare)], on_event)
    return _answer(place, ABOUT)


def compare(place: ProofFolder, network: str) -> dict[str, Any]:
    """How a network compares with the CPU, as NetworkCheck.to_dict has it. Raises VideoAiError."""
    _call(place, "compare", [network], lambda event: None)
    return _answer(place, network)


def _answer(place: ProofFolder, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(place.answer(name).read_text("utf-8"))
    return found


def _call(place: ProofFolder, word: str, more: list[str], on_event: OnEvent) -> None:
    """Let it be done; whatever is raised here ends the child."""
    watch = Watch.start(folders=[place.path])
    with temporary.file() as errors:
        process = _started(word, place, more, errors)
        try:
            failed = _heard(process, on_event)
            code = process.wait()
        finally:
            process.kill()
            process.wait()
            processes.close_pipes(process)
        if failed is not None:
            raise from_dict(failed)
        if code:
            errors.seek(0)
            raise _died(watch.explain(code, errors.read()[-_TAIL_BYTES:].decode("utf-8", "replace")))


def _started(word: str, place: ProofFolder, more: list[str], errors: IO[bytes]) -> subprocess.Popen[bytes]:
    try:
        return processes.start(_MODULE, word, str(place.path), *more, errors=errors)
    except OSError as error:
        raise VideoAiError(
            say("torch doesn't start: {reason}", reason=reason(error)), say("Close programs you don't need.")
        ) from error


def _heard(process: subprocess.Popen[bytes], on_event: OnEvent) -> dict[str, Any] | None:
    """Pass on what the child says to its end; its error, if it has told one."""
    out: IO[bytes] = process.stdout  # type: ignore[assignment]  # it is a pipe
    failed = None
    for message in read_all(out):
        if isinstance(message, Failed):
            failed = message.error
        elif isinstance(message, Stage | Step | Notice):
            on_event(message)
    return failed


def _died(death: Death) -> VideoAiError:
    if death.memory:
        return NotEnoughMemory(death.message, death.hint)
    kind = WriteFailed if death.kind == "disk-full" else VideoAiError
    return kind(death.message, death.hint)
