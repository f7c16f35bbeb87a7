"""What a supervisor gives to a run and gets from it: files and folders by their names, wherever they are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from videoai.errors import VideoAiError
from videoai.formats import is_frames_name
from videoai.history.folder import POSTER, PREVIEW, STATE
from videoai.history.publishing import is_encoded_name
from videoai.language import say
from videoai.system.files import whole_file, write_errors

Content = bytes | Mapping[str, bytes]
"""The bytes of a file; of a folder, which a video of single frames is, those of each file by its name."""


class Artifact(Protocol):
    """One thing that a run needs or has made."""

    @property
    def name(self) -> str:
        """What it is called in the folder of its job, which says what it is: see history/folder.py."""
        ...

    def read(self) -> Content:
        """All of it. Raises OSError."""
        ...

    def save_to(self, path: Path) -> None:
        """Write it to `path`, whole or not at all; nothing happens if it is there already. Raises WriteFailed."""
        ...


@dataclass(frozen=True, slots=True)
class OnDisk:
    """What is on a disk of this machine."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    def read(self) -> Content:
        if self.path.is_dir():
            return {file.name: file.read_bytes() for file in self.path.iterdir()}
        return self.path.read_bytes()

    def save_to(self, path: Path) -> None:
        if path.absolute() == self.path.absolute():
            return
        with write_errors(self.path):
            content = self.read()
        _write(content, path)


@dataclass(frozen=True, slots=True)
class Received:
    """What has come from elsewhere."""

    name: str
    content: Content

    def read(self) -> Content:
        return self.content

    def save_to(self, path: Path) -> None:
        _write(self.content, path)


def receive(artifact: Artifact, folder: Path) -> None:
    """Put what a run has made into the folder of its job. Raises WriteFailed; VideoAiError for what none makes."""
    name = artifact.name
    if name not in (STATE, PREVIEW, POSTER) and not is_frames_name(name) and not is_encoded_name(name):
        raise _unknown(name)
    artifact.save_to(folder / name)


def _write(content: Content, path: Path) -> None:
    with whole_file(path, replace=True) as part:
        if isinstance(content, bytes):
            part.write_bytes(content)
            return
        part.mkdir()
        for name, data in content.items():
            if name in ("", ".", "..") or os.path.basename(name) != name:
                raise _unknown(name)  # it would lie somewhere else
            (part / name).write_bytes(data)


def _unknown(name: str) -> VideoAiError:
    return VideoAiError(
        say("The other computer sent a file that does not belong to a video: {name}.", name=name),
        say("Update VideoAi on both computers, then try again."),
    )
