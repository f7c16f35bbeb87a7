"""What of a job is shown to whoever asks for it from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from videoai.catalogue import MODELS
from videoai.finishing.registry import stage_kinds
from videoai.history.job import DONE, RUNNING, Job
from videoai.resolving import finishing_of, recorded

_NEARLY_DONE = 99


def public_settings(job: Job) -> dict[str, Any]:
    """Its settings, without the folder of a checkpoint. Of a clip of somebody else's nothing is known but how it was
    finished."""
    settings = recorded(job.settings).to_dict()
    if "model" not in job.settings and "source" in job.origin:
        return finishing_of(settings)
    return settings | ({} if settings["model"] in MODELS else {"model": Path(settings["model"]).name})


def percent(job: Job) -> int:
    """How far it is, by the steps of its main stage: what comes before and after takes little beside them."""
    if job.state != RUNNING:
        return 100 if job.state == DONE else 0
    part = next((kind.part for kind in stage_kinds() if kind.name == job.stage), "before")
    if part == "main":
        return min(100 * (job.step or 0) // max(job.total or 0, 1), _NEARLY_DONE)
    return _NEARLY_DONE if part == "after" else 0
