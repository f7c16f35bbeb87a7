"""Errors in the shape that clients of OpenAI's API read, with our sentence and hint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import g

from videoai.errors import VideoAiError

PREFIX = "/v1/"
"""What the addresses of that API begin with."""

PASSING = (429, 503)
"""What may be otherwise in a moment. Clients would else ask again after each 409 and 5xx, and send the photo anew."""


def shaped(error: Mapping[str, str], status: int, param: str | None = None) -> dict[str, Any]:
    """An error, in words that are shown as they are; `param` is the field that is wrong, where it is known."""
    return {
        "error": {
            "message": f"{error['message']} {error['hint']}".strip(),
            "type": "server_error" if status >= 500 else "invalid_request_error",
            "code": error["code"],
            "param": param,
        }
    }


@contextmanager
def about(param: str) -> Iterator[None]:
    """Let an error of this block name the field that it is about."""
    try:
        yield
    except VideoAiError:
        g.param = param
        raise
