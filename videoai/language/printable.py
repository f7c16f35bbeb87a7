"""Strings of others, fit to be shown: names of files, settings inside a video, what another program said.

A terminal obeys what is written to it: “ESC ]52;…” fills the clipboard, a carriage return overwrites the line, a
direction override (U+202E) lets “gpj.exe” read as “exe.jpg”. So each such character is shown as it would be written in
Python, and is not sent. Accents, emoji with their joiners, and the narrow spaces in a Mac's names of files stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_SENT = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # control characters
    "\u2028\u2029"  # line and paragraph ends
    "\u202a-\u202e\u2066-\u206f"  # directions that reach over the characters after them
    "\ufeff\ufff9-\ufffb"  # byte order mark, annotations
    "\ud800-\udfff"  # bytes of a file's name that are no UTF-8: nothing can encode them
    "]"
)


def printable(text: str) -> str:
    """`text` in one line, with a visible escape for each character that a terminal would obey."""
    return _SENT.sub(_escape, text)


_FLAG = re.compile("(\U0001f3f4[\U000e0030-\U000e007a]{1,6}\U000e007f)")
"""A black flag and the letters of whose it is, which nobody sees: the flag of Scotland."""
_JOINERS = "\u200c\u200d"
_LATIN_GREEK_CYRILLIC = "\u05ff"
"""The last character of the scripts, and of the signs, that have nothing to join."""


def without_unseen(text: str, instead: str = "") -> str:
    """`text` without what nobody sees, such as control characters and directions, or with `instead` in its place.

    What joins an emoji (a family, a flag) and the letters of a word (in Persian, in Hindi) is seen in them, and stays.
    """
    parts = _FLAG.split(text)
    parts[::2] = ["".join(_seen(part, instead)) for part in parts[::2]]
    return "".join(parts)


def _seen(text: str, instead: str) -> Iterator[str]:
    padded = f" {text} "
    for before, character, after in zip(padded, text, padded[2:], strict=False):
        joins = character in _JOINERS and all(c > _LATIN_GREEK_CYRILLIC and c.isprintable() for c in (before, after))
        yield character if joins or character.isprintable() else instead


def json_text(value: Any) -> str:
    """`value` as JSON in one line: the same characters are escaped, and what reads it gets `value` back."""
    import json  # the command line begins with this module

    return _SENT.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # as Python holds a byte that it could not decode
        code -= 0xDC00
    return {0x09: r"\t", 0x0A: r"\n", 0x0D: r"\r"}.get(code) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
