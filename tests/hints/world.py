"""A folder with a photo in it, a history and a hub, as a hint finds them; and somebody who types."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES, ROOT, Run
from tests.models.hub import server as hub_server
from tests.models.hub.server import HubServer
from tests.support import tiny_decoder
from videoai.catalogue import TINY_DECODER
from videoai.history.store import JobStore
from videoai.jobs.submit import submit
from videoai.request import Request
from videoai.system import paths

DRAFT = {"model": "draft", "width": 256, "height": 256, "frames": 4, "seed": 1}
ALONE = ("backup", "restore")
"""What has the history to itself, which this process holds once it has looked at it."""
SMALL = "--width 256 --height 256 --frames 4"
XT = "stabilityai/stable-video-diffusion-img2vid-xt"


class World:
    """Made as far as a case asks for it."""

    def __init__(self, request: pytest.FixtureRequest, inside: Run, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._request, self._inside, self.folder, self.patch = request, inside, folder, patch
        self.words: dict[str, str] = {"PHOTO": "photo.jpg", "VIDEO": "clip.mp4", "…": ""}
        for name in ("photo.jpg", "other.jpg"):
            shutil.copy(EXAMPLES / "coffee.png", folder / name)

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """What a line of a shell does."""
        program, *words = shlex.split(line)
        if program == "videoai" and words[0] not in ALONE and not {"<", ">"} & set(words):
            return self._inside(*words)
        return subprocess.run(
            ["sh", "-c", line],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=os.environ | {"PATH": f"{self._programs()}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
        )

    def _programs(self) -> Path:
        """A folder with the program in it, as an activated environment has one."""
        programs = self.folder / "programs"
        programs.mkdir(exist_ok=True)
        (programs / "videoai").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m videoai "$@"\n')
        (programs / "videoai").chmod(0o755)
        return programs

    def typed(self, line: str, said: re.Match[str]) -> str:
        """A line with what its words in capitals, and the values of the sentence, stand for."""
        for name, value in said.groupdict().items():
            line = line.replace(f"{{{name}}}", value)
        for word, meant in self.words.items():
            line = re.sub(rf"(?<!\S){word}(?!\S)", meant, line)
        return line

    def says(self, line: str) -> str:
        """What it prints."""
        done = self.run(f"videoai {line}")
        return done.stdout + done.stderr

    def clip(self) -> str:
        """A video that is done, also as clip.mp4 here; its job's id."""
        id = self._request.getfixturevalue("gallery").copy()
        store = JobStore(paths.database())
        shutil.copy(str(store.get(id).output), self.folder / "clip.mp4")
        store.close()
        return id

    def stopped(self, count: int = 1) -> str:
        """So many jobs of one call, cancelled before they began; the first one's id."""
        paths.jobs().mkdir(parents=True, exist_ok=True)
        store = JobStore(paths.database())
        origin = {"batch": "1", "sheets": []} if count > 1 else {}
        ids = []
        for _ in range(count):
            job = submit(store, self.folder / "photo.jpg", Request(dict(DRAFT)), lambda event: None, origin=origin)
            store.cancel(job.id)
            ids.append(job.id)
        store.close()
        return ids[0]

    def waiting(self) -> str:
        """A job in the queue; its id."""
        paths.jobs().mkdir(parents=True, exist_ok=True)
        store = JobStore(paths.database())
        job = submit(store, self.folder / "photo.jpg", Request(dict(DRAFT)), lambda event: None)
        store.close()
        return job.id

    def weights(self) -> Path:
        """A whole checkpoint, tiny."""
        return self._request.getfixturevalue("quick_fp16")

    def hub(self) -> None:
        """One that has it, and the tiny decoder."""
        repositories = self.folder / "hub"
        shutil.copytree(self.weights(), repositories / XT)
        tiny_decoder.save(repositories / TINY_DECODER.weights.repo)
        server = HubServer(repositories)
        server.__enter__()
        self._request.addfinalizer(lambda: server.__exit__(None, None, None))
        hub_server.use(self.patch, server, self.folder / "hf")

    def no_hub(self) -> None:
        """Nobody answers there."""
        hub_server.use(self.patch, None, self.folder / "hf")
        self.patch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    def file(self, name: str) -> str:
        """A file, or a folder, of weights under this name."""
        shutil.copytree(self.weights(), self.folder / name, dirs_exist_ok=True)
        return name


@dataclass(frozen=True)
class Case:
    """A sentence, how one comes to read it, and what comes of doing as it says.

    `given` makes the state and returns what is said in it, or is the line that says it. `does` are the lines that the
    sentence stands for where it names flags alone, or holds more than can be typed; else they are read out of it.
    `more` is typed after each; `code` is how they end.
    """

    sentence: str
    given: str | Callable[[World], str]
    does: tuple[str, ...] = ()
    more: str = ""
    code: tuple[int, ...] = (0,)
    slow: bool = field(default=False)


def filled(sentence: str, output: str) -> re.Match[str] | None:
    """The sentence as it was said, with the values in it; lines are folded as a terminal does."""
    pieces = re.split(r"(\{\{|\}\}|\{[^{}]*\})", sentence)
    pattern, seen = "", set()
    for piece in pieces:
        name = piece[1:-1].split(":")[0]
        if piece in ("{{", "}}"):
            pattern += re.escape(piece[0])
        elif not re.fullmatch(r"\{[^{}]*\}", piece):
            pattern += re.escape(piece)
        elif name in seen:
            pattern += f"(?P={name})"
        else:
            seen.add(name)
            pattern += f"(?P<{name}>.+?)"
    return re.search(pattern + r'(?=[\s"]|$)', " ".join(output.split()))
