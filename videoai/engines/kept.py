"""Networks that stay in memory from one run to the next, in a process that makes several videos."""

from __future__ import annotations

import gc
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from videoai.system import heap

Network = TypeVar("Network")


@dataclass(frozen=True, slots=True)
class KeepableNetwork:
    """One that a run loads for one of its stages; `bytes` are those of its weights, as they lie in memory."""

    name: str
    stage: str
    bytes: int


class _Kept(NamedTuple):
    key: Hashable
    network: Any
    bytes: int


class KeptNetworks:
    """They are kept by name, each with what it was made of and how: one that is asked for otherwise is loaded anew.

    Unless they are `lasting`, nothing is kept.
    """

    def __init__(self, *, lasting: bool = False) -> None:
        self.lasting = lasting
        self._wanted: Mapping[str, int] = {}
        self._there: dict[str, _Kept] = {}

    @property
    def bytes(self) -> int:
        """What is kept now takes so many, at most."""
        return sum(kept.bytes for kept in list(self._there.values()))

    def keep(self, wanted: Mapping[str, int]) -> None:
        """Of the run that begins these are kept, each with its bytes; what else is there is given up."""
        self._wanted = dict(wanted) if self.lasting else {}
        given_up = [name for name in list(self._there) if name not in self._wanted]
        for name in given_up:
            self._there.pop(name, None)
        if given_up:
            gc.collect()
            heap.trim()

    def clear(self) -> None:
        """Give up all of them, and keep nothing of this run."""
        self.keep({})

    @contextmanager
    def network(self, name: str, key: Hashable, load: Callable[[], Network]) -> Iterator[Network]:
        """The network of this name, which `load` makes if it is not there, or not with this `key`.

        It is kept when the block ends well, or in a generator that nobody asks any more: then it was between two
        steps. Whatever else ends the block may have left it half changed.
        """
        kept = self._there.pop(name, None)
        found = kept.network if kept is not None and kept.key == key else None
        kept = None  # before another is made: never both
        network: Network = load() if found is None else found
        found = None
        try:
            yield network
        except GeneratorExit:
            self._leave(name, key, network)
            raise
        self._leave(name, key, network)

    def _leave(self, name: str, key: Hashable, network: Any) -> None:
        if name in self._wanted:
            self._there[name] = _Kept(key, network, self._wanted[name])
