"""What every kind of value can do."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol


class Kind(Protocol):
    """A kind of value. `name` is what the API calls it, `metavar` what stands for a value in the help."""

    name: ClassVar[str]

    @property
    def metavar(self) -> str: ...

    def parse(self, raw: object) -> Any:
        """The value that `raw` stands for. Raises ValueError if it stands for none."""
        ...

    def nearest(self, raw: object) -> Any | None:
        """The valid value that `raw` was probably meant to be, or None if nobody can tell."""
        ...

    def describe(self) -> str:
        """What is allowed, to complete "it must be …"."""
        ...

    def range_text(self) -> str:
        """The same in as few characters as a table cell has."""
        ...

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of a valid value; a range in it is the one place where others read it."""
        ...
