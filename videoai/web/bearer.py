"""The owner's secret as other programs send it: `Authorization: Bearer TOKEN`, on this machine alone.

It is the one in owner.py, which no guessing finds; wrong ones are slowed down all the same. Whose connection is the
owner's own waits for nobody, so that another user of the machine cannot take the token from the owner's programs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from videoai.errors import TooManyTries, WrongToken
from videoai.language import say
from videoai.web import owner

TRIES = 10
"""Wrong tokens, of all strangers of this machine, until they have to wait for their turn."""
TURN_SECONDS = 1.0
"""Between two tries from then on."""
FORGIVEN_SECONDS = 60.0
"""After which nobody has to wait any more, if none was wrong meanwhile."""


def given(authorization: str) -> str | None:
    """The token in the header of this name; None if it brings none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


class TokenCheck:
    """Compares, and counts the wrong ones. For any number of threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong, self._last, self._turn = 0, 0.0, 0.0

    def check(self, token: str, *, known: bool) -> None:
        """`known`: the connection is the owner's own. Raises WrongToken, TooManyTries."""
        with self._lock:
            now = self._clock()
            if not known:
                self._wait_for_turn(now)
            if owner.is_token(token):
                return
            if not known:
                self._wrong, self._last = self._wrong + 1, now
        raise WrongToken(
            say("This token is not the one of this VideoAi."), say("To see the right one, run: videoai token")
        )

    def _wait_for_turn(self, now: float) -> None:
        if now - self._last >= FORGIVEN_SECONDS:
            self._wrong = 0
        if self._wrong < TRIES:
            return
        if now < self._turn:
            raise TooManyTries(say("There were too many wrong tokens."), say("Wait a few seconds, then try again."))
        self._turn = now + TURN_SECONDS


TOKENS = TokenCheck()
"""Of this process."""
