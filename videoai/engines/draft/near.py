"""Which depth a draft has: the photo's own, one that a network finds, or a guess; and that it says so."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from videoai.engines.draft.learned import finding
from videoai.engines.draft.plan import DraftPlan
from videoai.errors import VideoAiError
from videoai.events import Event, Map, Notice, Pixels, Step
from videoai.language import say
from videoai.settings import GenerationSettings
from videoai.weights.model_files import ExtraFiles, ModelFiles


def which(
    photo: Pixels,
    settings: GenerationSettings,
    plan: DraftPlan,
    files: ModelFiles | ExtraFiles | None,
    own: Map | None = None,
    scratch: Path | None = None,
) -> Generator[Event, None, Map | None]:
    """How near each pixel of the photo is, (height, width), 0 for the furthest, 1 for the nearest; None for a guess.

    `own` is what the photo brings, `scratch` a folder for files that are not kept. Yields while the network works, so
    that whoever cancels is heard, and a notice that says which depth it is; where the network should have found it and
    could not, why.
    """
    if settings.depth == "guessed":
        yield Notice(say("Its depth is guessed, as you chose."))
        return None
    if own is not None:
        yield Notice(say("Its depth is the photo's own."))
        return own
    weights = files.depth if isinstance(files, ExtraFiles) else None
    if weights is None:
        yield Notice(say("Its depth is guessed."))
        return None
    if not plan.learned:
        yield Notice(say("Its depth is guessed: there is not enough memory for the network that finds it."))
        return None
    try:
        near = yield from _told(finding(photo, weights, plan.compute or "fp32", scratch))
    except VideoAiError as error:
        message = say("Its depth is guessed, as the network could not find it. {trouble}", trouble=error.message)
        yield Notice(message, important=True)
        return None
    yield Notice(say("Its depth was found by a network, Depth Anything V2 Small."))
    return near


def _told(found: Generator[None, None, Map]) -> Generator[Event, None, Map]:
    """The same, with a word to whoever is told of events each time it yields."""
    try:
        while True:
            try:
                next(found)
            except StopIteration as end:
                near: Map = end.value
                return near
            yield Step(0)
    finally:
        found.close()
