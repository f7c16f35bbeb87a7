"""The code by which somebody at the computer lets a phone in: short, for a few minutes, for one phone.

Guessing changes nothing about the code: a stranger could else take it from the owner again and again. It is slowed down
instead. Each address may be wrong a few times; from then on, all that were share one turn a second. In the five minutes
of a code that is less than 1,600 tries at a hundred million codes, and a phone that was never wrong waits for nobody.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from videoai.errors import TooManyTries, WrongCode
from videoai.language import say

DIGITS = 8
CODE_SECONDS = 300.0
TRIES = 5
"""Wrong codes that one address may send before it has to wait for its turn."""
TURN_SECONDS = 1.0
"""Between two tries of all the addresses that have to wait."""
FORGIVEN_SECONDS = 300.0
"""After which an address that has been quiet is as good as new."""

_MOST_PEERS = 256
"""Addresses whose wrong codes are counted; while there are as many, a new one has to wait too."""


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
        self._turn = 0.0

    def renew(self) -> None:
        """A new code, in place of the one that there may be. Only the owner asks for it."""
        with self._lock:
            self._code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
            self._expires = self._clock() + CODE_SECONDS

    def forget(self) -> None:
        """From now on no code is right."""
        with self._lock:
            self._code = None

    def current(self) -> tuple[str | None, int]:
        """The code and for how many seconds it is still right; None and 0 if there is none."""
        with self._lock:
            left = self._expires - self._clock()
            return (None, 0) if self._code is None or left <= 0 else (self._code, int(left) + 1)

    @contextmanager
    def using(self, code: str, peer: str) -> Iterator[None]:
        """Use the code up, if the block ends well: for what could not be done with it, it can be sent once more.

        Nobody else can use it in the block, which should be short. Raises WrongCode, and TooManyTries if `peer`, an
        address, has to wait for its turn.
        """
        with self._lock:
            now = self._clock()
            self._peers = {each: seen for each, seen in self._peers.items() if now - seen.last < FORGIVEN_SECONDS}
            self._wait_for_turn(peer, now)
            right = self._code if self._code is not None and now < self._expires else None
            given = "".join(c for c in code if c not in " -").encode()
            # Compared in either case, in a time that does not tell how much of it was right.
            if not secrets.compare_digest(given, (right or "").encode()) or right is None:
                self._count(peer, now)
                raise WrongCode(
                    say("This code is wrong, or no longer valid."), say("Use the one the computer shows now.")
                )
            yield
            self._code = None
            self._peers.pop(peer, None)

    def _wait_for_turn(self, peer: str, now: float) -> None:
        known = self._peers.get(peer)
        if known.wrong < TRIES if known is not None else len(self._peers) < _MOST_PEERS:
            return
        if now < self._turn:
            raise TooManyTries(say("There were too many wrong codes."), say("Wait a few seconds, then try again."))
        self._turn = now + TURN_SECONDS

    def _count(self, peer: str, now: float) -> None:
        if peer in self._peers or len(self._peers) < _MOST_PEERS:
            seen = self._peers.setdefault(peer, _Peer(0, now))
            seen.wrong, seen.last = seen.wrong + 1, now
