"""Answers that take a process of their own a second or two: found once, and remembered for whoever asks again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Question = TypeVar("Question", bound=Hashable)
Answer = TypeVar("Answer")


class Answers(Generic[Question, Answer]):
    """Finds answers, for any number of threads; one at a time, as the others can wait. The latest `most` are kept; what
    `find` raises is raised, and looked for again the next time."""

    def __init__(self, find: Callable[[Question], Answer], most: int) -> None:
        self._find = find
        self._most = most
        self._finding = threading.Lock()
        self._found: OrderedDict[Question, Answer] = OrderedDict()

    def __call__(self, question: Question) -> Answer:
        with self._finding:
            if question not in self._found:
                self._found[question] = self._find(question)
                if len(self._found) > self._most:
                    self._found.popitem(last=False)
            self._found.move_to_end(question)
            return self._found[question]
