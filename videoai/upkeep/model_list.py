"""What is told of a model: what is here of it, what it takes, what may be done with it."""

from __future__ import annotations

import functools
from typing import Any

from videoai.catalogue import Extra, Model
from videoai.errors import ModelDamaged
from videoai.language import say
from videoai.models import extras, store
from videoai.models.hub import cache


def describe(model: Model) -> dict[str, Any]:
    """A row of the list, in the shape that other tools read."""
    state, found = "missing", []
    try:
        found = store.installed(model)
        state = "built in" if model.builtin else "ready" if found else _unfinished(model)
    except ModelDamaged:
        state = "damaged"
    return {
        "id": model.id,
        "title": model.title,
        "state": state,
        "precision": [one.bits for one in found],
        "size_bytes": sum(one.size for one in found),
        "weights": [{"bits": one.bits, "size_bytes": one.size, "downloaded": one.folder is None} for one in found],
        "fits": model.builtin or any(_fits(bits) for bits in ([one.bits for one in found] or store.BITS)),
        "licence": model.licence.name if model.licence else say("part of this program (MIT)"),
    }


def describe_extra(extra: Extra) -> dict[str, Any]:
    """A row for what is beside the models; it has one precision, and runs wherever a model does."""
    state, size = extras.state(extra)
    return {
        "id": extra.id,
        "title": extra.title,
        "state": state,
        "precision": [],
        "size_bytes": size,
        "fits": True,
        "licence": extra.licence.name,
    }


def terms(model: Model) -> dict[str, Any]:
    """What is the same on every machine."""
    return {
        "frames": model.frames,
        "licence_url": model.licence.url if model.licence else None,
        "gated": model.gated,
        "recommended": dict(model.recommended),
    }


@functools.cache
def _fits(bits: int) -> bool:
    """Whether weights of so many bits do, which depends on all the memory that there is and so never changes."""
    from videoai.memory.estimate import model_fits

    return model_fits(bits)


def _unfinished(model: Model) -> str:
    """Small files come first, into the folder of their commit; which is the newest one is noted when all are there."""
    files = list(model.files())
    commits = {repo: cache.commits(repo) for repo in {remote.repo for remote in files}}
    begun = any(cache.find(remote, commit) for remote in files for commit in commits[remote.repo])
    return "partly here" if begun else "missing"
