"""Which photos an assistant may have made into videos: those in the folders that the user has named.

What an assistant asks for may have been put into its mouth by a page or a mail that it has read. So a path is judged by
where it really leads, whatever links are on the way, and nothing is said of what lies elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from videoai.errors import BadInput
from videoai.language import listed, say
from videoai.system import paths
from videoai.web.plain_files import open_plain


class Folders:
    """The folders, and what is in them and below."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Raises BadInput."""
        self.all = [Path(os.path.realpath(folder)) for folder in folders]
        for folder in self.all:
            if not folder.is_dir():
                raise BadInput(
                    say("There is no folder {path} to read photos from.", path=folder),
                    say("Name one that is there: videoai mcp --photos FOLDER"),
                )

    def open(self, name: str) -> tuple[BinaryIO, str]:
        """The photo of this path, open, and what it is called; a relative one is looked for in each of the folders.

        Raises BadInput.
        """
        for path in self._inside(name):
            with suppress(OSError):
                return open_plain(path), path.name
        raise BadInput(
            say("There is no photo “{name}” in the folders that are open to this program.", name=name[:200]),
            say("They are {folders}. The user can open others: videoai mcp --photos FOLDER", folders=self.names()),
        )

    def names(self) -> str:
        """For a sentence."""
        return listed(str(folder) for folder in self.all)

    def _inside(self, name: str) -> Iterator[Path]:
        """Where it may be, without a link on the way, as far as that is in one of them."""
        for folder in self.all:
            try:
                path = Path(os.path.realpath(folder / paths.expanded(name)))
            except (OSError, ValueError):  # no system can have a file of that name
                continue
            if any(path.is_relative_to(each) for each in self.all):
                yield path
