"""What a clip is called where it is saved: after its file on the disk, or as somebody has called it since."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from videoai.language import printable
from videoai.outputs import readable

_OF_A_PHOTO = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,4}$")


def download_name(title: str, video: Path) -> str:
    """The name for the file `video` of the clip `title`.

    A file that is called after its title keeps its own name, which tells several clips of one photo apart.
    """
    called = readable(_OF_A_PHOTO.sub("", title) or title)
    return printable(video.name if video.stem.startswith(called) else f"{called}{video.suffix}")


def told_apart(names: Iterable[str]) -> Iterator[str]:
    """The same names, later ones with a number where a folder would take them for an earlier one."""
    taken: set[str] = set()
    for name in names:
        path, own, count = Path(name), name, 1
        while own.casefold() in taken:
            count += 1
            own = f"{path.stem} {count}{path.suffix}"
        taken.add(own.casefold())
        yield own
