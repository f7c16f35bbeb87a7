"""The code by which somebody at the computer lets a phone in: short, for a few minutes, for one phone."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from videoai.errors import TooManyTries, WrongCode
from videoai.language import say

DIGITS = 8
CODE_SECONDS = 300.0
TRIES = 10
"""Wrong codes that one address may send."""
LOCKED_SECONDS = 300.0
"""How long nothing is heard from that address afterwards."""

_MOST_PEERS = 256
"""Addresses whose wrong codes are counted; while there are more, no other is heard."""


@dataclass(slots=True)
class _Peer:
    wrong: int
    last: float


class Pairing:
    """The code, if there is one at the moment, and who has guessed at it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._code: str | None = None
        self._expires = 0.0
        self._peers: dict[str, _Peer] = {}

    def renew(self) -> None:
        """A new code, in place of the one that there may be."""
        with self._lock:
            self._renew()

    def forget(self) -> None:
        """From now on no code is right."""
        with self._lock:
            self._code = None

    def current(self) -> tuple[str | None, int]:
        """The code and for how many seconds it is still right; None and 0 if there is none."""
        with self._lock:
            left = self._expires - self._clock()
            return (None, 0) if self._code is None or left <= 0 else (self._code, int(left) + 1)

    def use(self, code: str, peer: str) -> None:
        """Use the code up. Raises WrongCode, and TooManyTries if `peer`, an address, has guessed too often."""
        with self._lock:
            now = self._clock()
            self._peers = {each: seen for each, seen in self._peers.items() if now - seen.last < LOCKED_SECONDS}
            known = self._peers.get(peer)
            if (known is not None and known.wrong >= TRIES) or (known is None and len(self._peers) >= _MOST_PEERS):
                raise TooManyTries(
                    say("Too many wrong codes have come from here."),
                    say("Wait five minutes, then use the new code that the computer shows."),
                )
            right = self._code if self._code is not None and now < self._expires else None
            given = "".join(c for c in code if c not in " -").encode()
            # Compared in either case, in a time that does not tell how much of it was right.
            if not secrets.compare_digest(given, (right or "").encode()) or right is None:
                self._count(peer, now)
                raise WrongCode(
                    say("This is not the code, or not any more."), say("Use the one that the computer shows now.")
                )
            self._code = None
            self._peers.pop(peer, None)

    def _count(self, peer: str, now: float) -> None:
        seen = self._peers.setdefault(peer, _Peer(0, now))
        seen.wrong, seen.last = seen.wrong + 1, now
        if seen.wrong >= TRIES and self._code is not None:
            self._renew()

    def _renew(self) -> None:
        self._code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        self._expires = self._clock() + CODE_SECONDS
