"""What is to be done with the files of a model, and how far that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from videoai.errors import DownloadFailed
from videoai.language import say


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a pull is: waiting, downloading, converting, verifying, paused or failed.

    The bytes are those of the stage: of the files, or about those of what is made of them. `source` is what is called
    so that is imported.
    """

    state: str
    done_bytes: int = 0
    total_bytes: int = 0
    bytes_per_second: float | None = None
    eta_seconds: float | None = None
    error: dict[str, Any] | None = None
    source: str | None = None

    def paused(self) -> PullProgress:
        """The same, at rest."""
        return PullProgress("paused", self.done_bytes, self.total_bytes, source=self.source)

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape of the web API."""
        return asdict(self)


class Errand(NamedTuple):
    """One to pull, to verify, or to import from a path. `end` is called when it is over, in whatever way."""

    verb: str
    id: str
    precision: str = "auto"
    path: str = ""
    end: Callable[[], None] = lambda: None

    def words(self) -> list[str]:
        """Those of the process that does it."""
        more = {"pull": [self.precision], "import": [self.precision, self.path]}
        return [self.verb, self.id, *more.get(self.verb, [])]


def ended_early(errand: Errand, why: object) -> DownloadFailed:
    if errand.verb == "import":
        said = say("Importing {model} ended before it was done ({reason}).", model=errand.id, reason=why)
    elif errand.verb == "verify":
        said = say("Verifying {model} ended before it was done ({reason}).", model=errand.id, reason=why)
    else:
        said = say("The download of {model} ended before it was done ({reason}).", model=errand.id, reason=why)
    return DownloadFailed(said, say("Try again."))
