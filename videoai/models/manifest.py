"""The model.json beside a converted or imported model: what it is, and how each of its files has to be.

It is written last, so a folder without it is one that was not finished.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from videoai.errors import ModelDamaged
from videoai.language import say
from videoai.system.files import whole_file
from videoai.system.hashing import sha256_of
from videoai.system.strict_json import read_json

NAME = "model.json"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class FileRecord:
    """How a file was when it was written."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`files` are paths below the folder. `bits` are those of the UNet's weights."""

    model: str
    bits: int
    files: Mapping[str, FileRecord]

    @staticmethod
    def of_folder(folder: Path, model: str, bits: int) -> Manifest:
        """That of the files which are in `folder` now."""
        files = {
            path.relative_to(folder).as_posix(): FileRecord(path.stat().st_size, sha256_of(path))
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.startswith(".") and path.name != NAME
        }
        return Manifest(model, bits, files)

    @staticmethod
    def read(folder: Path) -> Manifest | None:
        """That in `folder`, or None if there is none. Raises ModelDamaged."""
        path = folder / NAME
        try:
            values = read_json(path.read_text("utf-8"))
            files = {
                str(name): FileRecord(int(row["size"]), str(row["sha256"])) for name, row in values["files"].items()
            }
            return Manifest(str(values["model"]), int(values["bits"]), files)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelDamaged(
                say("damaged: {path} cannot be read.", path=path), say("Convert or import the model again.")
            ) from error

    def write(self, folder: Path) -> None:
        """Raises WriteFailed."""
        with whole_file(folder / NAME, replace=True) as part:
            part.write_text(json.dumps({"format": _FORMAT, **asdict(self)}, indent=1), "utf-8")

    def changed(self, folder: Path) -> list[str]:
        """The files that are gone or have another size. Their content is not looked at."""
        return [name for name, record in self.files.items() if _size(folder / name) != record.size]


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
