"""temporary"""

from __future__ import annotations

from collections.abc import Callable

from videoai.generation import Request
from videoai.jobs.task import Task
from videoai.memory.plan import Plan
from videoai.settings import GenerationSettings


def planner(request: Request) -> Callable[[GenerationSettings], Plan]:
    return lambda settings: Plan(None if settings.precision == "auto" else int(settings.precision))


def smaller(task: Task) -> Plan | None:
    return None
