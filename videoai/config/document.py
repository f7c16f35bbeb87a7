"""The config file as text: where it is, what lies at which line, and how a value is changed without a comment lost."""

from __future__ import annotations

import os
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videoai.errors import BadConfig, BadOutput
from videoai.language import say
from videoai.system import paths
from videoai.system.files import whole_file
from videoai.system.reasons import reason

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

NAME = "config.toml"
_MOST_BYTES = 1_000_000
_MARK = "\0"
"""What TOML cannot have in it."""


def config_path() -> Path:
    """$VIDEOAI_CONFIG, or the file in the platform's folder for such things. Raises BadInput."""
    if chosen := os.environ.get("VIDEOAI_CONFIG"):
        return paths.expanded(chosen).absolute()
    return paths.config() / NAME


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of the file: its key as we know it, “serve.port”, and as it is spelt, part by part."""

    key: str
    spelt: tuple[str, ...]
    value: Any


class Document:
    """The file's text, which may be changed in memory and then written."""

    def __init__(self, path: Path, text: str) -> None:
        """Raises BadConfig if it is no TOML."""
        import tomlkit
        from tomlkit.exceptions import TOMLKitError

        self.path = path
        try:
            self._toml: TOMLDocument = tomlkit.parse(text)
        except TOMLKitError as error:
            said = say("This cannot be read. Write a line as motion = 60, and each name once.")
            raise BadConfig.of(path, [(getattr(error, "line", None), said)]) from error

    @staticmethod
    def read(*, created: bool = False) -> Document:
        """What is there; empty if there is no file. Raises BadConfig, or if VIDEOAI_CONFIG names one that is not there,
        unless it is to be `created`."""
        path = config_path()
        return Document(path, _text(path, created=created))

    def entries(self) -> Iterator[Entry]:
        """All values, those of a table one by one."""
        for name, value in self._toml.items():
            if isinstance(value, MutableMapping):
                for inner, below in value.items():
                    yield Entry(f"{known_as(name)}.{known_as(inner)}", (name, inner), _plain(below))
            else:
                yield Entry(known_as(name), (name,), _plain(value))

    def line_of(self, entry: Entry) -> int | None:
        """Where it begins: a mark before it is looked for in the text. None in a table of another form."""
        *tables, name = entry.spelt
        table = self._table(tables)
        if not hasattr(table, "item"):
            return None
        trivia = table.item(name).trivia
        indent, trivia.indent = trivia.indent, _MARK
        try:
            before, mark, _ = self.text().partition(_MARK)
            return before.count("\n") + 1 if mark else None
        finally:
            trivia.indent = indent

    def set(self, key: str, value: object) -> None:
        """Change a value, or add it: a key of a table is “table.name”."""
        *tables, name = self._spelt(key)
        for table in tables:
            if table not in self._toml:
                import tomlkit

                self._toml[table] = tomlkit.table()
        self._table(tables)[name] = value

    def unset(self, key: str) -> bool:
        """Take a value out, and its table if that was all in it; whether it was there."""
        found = next((entry for entry in self.entries() if entry.key == known_as(key)), None)
        if found is None:
            return False
        *tables, name = found.spelt
        table = self._table(tables)
        del table[name]
        if tables and not table:
            del self._toml[tables[0]]
        return True

    def text(self) -> str:
        """As it is now."""
        return self._toml.as_string()

    def write(self) -> None:
        """Put it in the place of the file, where a link leads. Raises BadOutput, WriteFailed."""
        target = Path(os.path.realpath(self.path))
        if target.exists() and not target.is_file():  # such as /dev/null, which says that there is to be none
            raise BadOutput(
                say("{path} is not a file and was left as it is.", path=self.path), say("Change VIDEOAI_CONFIG.")
            )
        with whole_file(target, replace=True) as part:
            part.write_text(self.text(), "utf-8")

    def _spelt(self, key: str) -> tuple[str, ...]:
        """As the file has it; else as we write it."""
        wanted = known_as(key)
        found = next((entry.spelt for entry in self.entries() if entry.key == wanted), None)
        return found or tuple(wanted.split(".", 1))

    def _table(self, names: list[str]) -> Any:
        return self._toml[names[0]] if names else self._toml


def known_as(key: str) -> str:
    """What a key is called here: “--guidance-max” and “Guidance-Max” are guidance_max."""
    return key.strip().lstrip("-").replace("-", "_").lower()


def _plain(value: Any) -> Any:
    return value.unwrap() if hasattr(value, "unwrap") else value


def _text(path: Path, *, created: bool) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise ValueError(say("it is too large"))
        return content.decode("utf-8-sig")
    except FileNotFoundError as error:
        if created or not os.environ.get("VIDEOAI_CONFIG"):
            return ""
        raise BadConfig(
            say("There is no config file {path}, which VIDEOAI_CONFIG names.", path=path),
            say("Check the path, or make the file: videoai config edit"),
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise BadConfig.of(path, [(line, say("This is not UTF-8 text."))]) from error
    except (OSError, ValueError) as error:
        raise BadConfig(
            say("The config file {path} cannot be read: {reason}.", path=path, reason=reason(error)),
            say("Check the path and its permissions."),
        ) from error
