"""What holds for as long as one request is answered."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from flask import Flask, g


def during_requests(app: Flask, made: Callable[[], AbstractContextManager[None]]) -> None:
    """Answer each request inside of what is `made` for it, after those that were said before."""

    def begin() -> None:
        g.setdefault("entered", ExitStack()).enter_context(made())

    def end(_: BaseException | None) -> None:
        g.pop("entered", ExitStack()).close()

    app.before_request(begin)
    app.teardown_request(end)
