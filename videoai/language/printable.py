"""Strings of others, fit to be shown: names of files, settings inside a video, what another program said.

A terminal obeys what is written to it: “ESC ]52;…” fills the clipboard, a carriage return overwrites the line, a
direction override (U+202E) lets “gpj.exe” read as “exe.jpg”. So each such character is shown as it would be written in
Python, and is not sent. Accents, emoji with their joiners, and the narrow spaces in a Mac's names of files stay.
"""

from __future__ import annotations

import re
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


def json_text(value: Any) -> str:
    """`value` as JSON in one line: the same characters are escaped, and what reads it gets `value` back."""
    import json  # the command line begins with this module

    return _SENT.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # as Python holds a byte that it could not decode
        code -= 0xDC00
    return {0x09: r"\t", 0x0A: r"\n", 0x0D: r"\r"}.get(code) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
