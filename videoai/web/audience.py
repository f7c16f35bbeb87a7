"""For whom an answer is made: the computer's own page sees more of the computer than a phone does.

What other programs are open is nobody's business but the owner's. Whatever tells of that asks `is_owner` here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from flask import Flask, request

from videoai.language import Text, say
from videoai.web.guard import is_asked_by_owner
from videoai.web.request_scope import during_requests

_owner: ContextVar[bool] = ContextVar("owner", default=False)


def is_owner() -> bool:
    """Whether the answer is for the computer itself."""
    return _owner.get()


@contextmanager
def answering(*, owner: bool) -> Iterator[None]:
    """Let `is_owner` be so in this block, and in this thread only."""
    token = _owner.set(owner)
    try:
        yield
    finally:
        _owner.reset(token)


def know_who_asks(app: Flask) -> None:
    """Let the code that answers a request know for whom it does."""
    during_requests(app, lambda: answering(owner=is_asked_by_owner(request)))


def fit_for_them(text: str) -> str:
    """`text`; unless it is for the owner, other words replace the value of {programs}: names of what is open here."""
    if is_owner() or not isinstance(text, Text):
        return text
    return Text(text.template, _without_programs(text.values))


def _without_programs(values: Mapping[str, object]) -> Mapping[str, object]:
    nameless = {"programs": say("the open programs")}
    return {
        name: nameless.get(name) or (fit_for_them(value) if isinstance(value, Text) else value)
        for name, value in values.items()
    }
