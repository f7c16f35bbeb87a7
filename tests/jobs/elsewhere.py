"""A runner on another machine, as far as anybody here can tell: a process with a home of its own, which nothing but
bytes go to and come from (python -m tests.jobs.elsewhere).

Over there each run is one of that machine's own `LocalRunner`, and nothing is kept of it once it has ended.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from typing import IO, Any

from tests.conftest import ROOT
from videoai.history.folder import NEAR, STATE
from videoai.jobs.artifacts import Content, OnDisk, Received
from videoai.jobs.local import LocalRunner
from videoai.jobs.runner import Cancelled, End, RunEvent, Work
from videoai.language import kept, restored
from videoai.system import paths
from videoai.system.deaths import Death
from videoai.system.messages import Done, Failed, decode, encode

_ENDS = {kind.__name__: kind for kind in (Done, Failed, Cancelled, Death)}


def send(pipe: IO[bytes], said: Mapping[str, Any], *contents: Content) -> None:
    """A line of JSON, and behind it the bytes of all files."""
    files = [content if isinstance(content, Mapping) else {"": content} for content in contents]
    sizes = [{name: len(data) for name, data in each.items()} for each in files]
    pipe.write(json.dumps(kept({**said, "contents": sizes})).encode() + b"\n")
    for each in files:
        for data in each.values():
            pipe.write(data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[dict[str, Any], list[Content]] | None:
    """What `send` has sent; None if the other side is gone, be it in the middle of that."""
    line = pipe.readline()
    if not line.endswith(b"\n"):
        return None
    said = restored(json.loads(line))
    contents: list[Content] = []
    for sizes in said.pop("contents"):
        files = {name: pipe.read(size) for name, size in sizes.items()}
        if any(len(files[name]) < size for name, size in sizes.items()):
            return None
        contents.append(files.get("", files))
    return said, contents


class Elsewhere:
    """The runner, as a supervisor sees it. `began` are its runs, the last one last."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.began: list[ElsewhereRun] = []
        self.left_over: list[Mapping[str, Any]] = []

    def start(self, work: Work) -> ElsewhereRun:
        self.began.append(ElsewhereRun(self._home, work))
        return self.began[-1]

    def end_left_over(self, worker: Mapping[str, Any]) -> None:
        self.left_over.append(worker)


class ElsewhereRun:
    def __init__(self, home: Path, work: Work) -> None:
        self.work = work
        environment = os.environ | {"VIDEOAI_HOME": str(home), "PYTHONPATH": str(ROOT)}
        words = [sys.executable, "-m", "tests.jobs.elsewhere"]
        self.machine = subprocess.Popen(
            words, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        self.worker = {"machine": "elsewhere", "run": work.id}
        self._said: Queue[RunEvent | None] = Queue()
        self._end: End = Death("unknown", "The other machine no longer answers.", "See that it is on.")
        given = [work.photo, *(more for more in (work.near, work.state) if more is not None), *work.frames]
        said = {"id": work.id, "task": work.task, "names": [artifact.name for artifact in given]}
        self.given = {artifact.name: artifact.read() for artifact in given}
        send(self.machine.stdin, said, *self.given.values())
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        while (received := receive(self.machine.stdout)) is not None:
            said, contents = received
            if "artifact" in said:
                self._said.put(Received(said["artifact"], contents[0]))
            elif "event" in said:
                self._said.put(decode(said["event"].encode()))
            else:
                self._end = _ENDS[said["end"]](**said["values"])
        self._said.put(None)

    def events(self, seconds: float) -> Iterator[RunEvent | None]:
        while True:
            try:
                event = self._said.get(timeout=seconds)
            except Empty:
                yield None
                continue
            if event is None:
                return
            yield event

    def _tell(self, word: str) -> None:
        with suppress(BrokenPipeError):  # it has ended by itself
            send(self.machine.stdin, {"word": word})

    def cancel(self) -> None:
        self._tell("cancel")

    def kill(self) -> None:
        self._tell("kill")

    def pause(self) -> None:
        self._tell("pause")

    def go_on(self) -> None:
        self._tell("go_on")

    def end(self) -> End:
        self.machine.wait()
        self._listener.join()
        with suppress(BrokenPipeError):
            self.machine.stdin.close()
        self.machine.stdout.close()
        return self._end


def main() -> None:
    """The other machine."""
    inward, outward = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    received = receive(inward)
    if received is None:
        return
    said, contents = received
    photo, *more = (Received(name, content) for name, content in zip(said["names"], contents, strict=True))
    near, state = (next((each for each in more if each.name == name), None) for name in (NEAR, STATE))
    frames = [artifact for artifact in more if artifact not in (near, state)]
    run = LocalRunner().start(Work(said["id"], said["task"], photo, near, state, frames))

    def listen() -> None:
        while (word := receive(inward)) is not None:
            getattr(run, word[0]["word"])()
        os._exit(1)  # nobody waits any more

    threading.Thread(target=listen, daemon=True).start()
    for event in run.events(0.2):
        if isinstance(event, OnDisk):
            send(outward, {"artifact": event.name}, event.read())
        elif event is not None:
            send(outward, {"event": encode(event).decode()})
    end = run.end()
    shutil.rmtree(paths.job_folder(said["id"]))
    values = {name: getattr(end, name) for name in type(end).__dataclass_fields__}
    send(outward, {"end": type(end).__name__, "values": values})
    os._exit(0)


if __name__ == "__main__":
    main()
