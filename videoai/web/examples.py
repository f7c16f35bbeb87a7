"""The example photos that come with the program, to try everything at once."""

from __future__ import annotations

import functools
from pathlib import Path

from videoai.errors import NotThere
from videoai.language import say
from videoai.media.decoding.opened import TargetSize
from videoai.media.photo_decoder import decode
from videoai.system import paths

TITLES = {
    "coffee": say("A cup of coffee"),
    "rocket": say("A rocket on its pad"),
    "astronaut": say("An astronaut"),
    "chelsea": say("Chelsea the cat"),
}
"""Name → title, in the order they are offered in. Who made them is in examples/README.md."""

_LONG_SIDE = 320
"""Pixels: they are shown as thumbnails, and are a quarter of the page's first load."""


def names() -> list[str]:
    """Those that are here: nobody is kept from deleting them."""
    return [name for name in TITLES if _file(name) is not None]


def find(name: str) -> Path:
    """The file of an example. Raises NotThere."""
    path = _file(name) if name in TITLES else None
    if path is None:
        raise NotThere(say("There is no example “{name}”.", name=name[:40]), say("GET /api/examples lists them."))
    return path


@functools.lru_cache(maxsize=len(TITLES))
def thumbnail(name: str) -> bytes:
    """A small JPEG of an example. Raises NotThere."""
    with find(name).open("rb") as file:
        return decode(file, name, TargetSize(_LONG_SIDE, 1), quality=72).content


def _file(name: str) -> Path | None:
    return next(paths.examples().glob(f"{name}.*"), None)
