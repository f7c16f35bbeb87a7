"""Whether one more video may be asked for: there is room for it, and what it takes is here."""

from __future__ import annotations

from collections.abc import Mapping

from videoai.catalogue import MODELS, Extra
from videoai.errors import BadSettings, ModelMissing, QueueFull
from videoai.history import search
from videoai.history.job import UNFINISHED
from videoai.history.store import JobStore
from videoai.language import say
from videoai.models import extras
from videoai.models.files import to_fetch
from videoai.settings import GenerationSettings
from videoai.system import offline, paths
from videoai.system.files import need_space

MOST_QUEUED = 100
"""Jobs that may wait at once."""

SPARE_BYTES = 200_000_000
"""That what is asked for leaves free on the disk: the videos and the saved states of runs need some, too."""

_MOST_UNFINISHED = 500


def need_room(store: JobStore) -> None:
    """Raises QueueFull, WriteFailed."""
    if len(search.queue_of(store)) >= MOST_QUEUED:
        raise QueueFull(
            say("{count} videos are already in the queue.", count=MOST_QUEUED),
            say("Try again when some of them are done."),
        )
    if store.count(UNFINISHED) >= _MOST_UNFINISHED:
        # Each keeps its photo and its steps: adding and cancelling without end would fill the disk.
        raise QueueFull(
            say("{count} videos are unfinished, and each keeps its photo.", count=_MOST_UNFINISHED),
            say("Delete some of them in the gallery."),
        )
    need_space(paths.jobs(), SPARE_BYTES, say("A video"), say("Free some space, then start the video again."))


def need_files(settings: GenerationSettings, *, downloads: bool = True) -> None:
    """A job downloads nothing: that is asked for by itself, with its size and its licence in view. `downloads` says
    whether it can be, here. Raises ModelMissing, ModelDamaged."""
    absent = to_fetch(settings)
    if not absent:
        return
    name = absent[0].name if isinstance(absent[0], Extra) else absent[0].title
    if downloads and not offline.asked():
        raise ModelMissing(
            say("{model} is not on this computer yet.", model=name),
            say("Download it first: under “Models” on the page, or with videoai models pull {id}.", id=absent[0].id),
        )
    if isinstance(absent[0], Extra):
        raise extras.missing(absent[0])
    raise ModelMissing(
        say("The model {model} is not on this computer, and downloads are off.", model=absent[0].id),
        say(
            "Choose the draft model, which needs no weights, or download this one in a terminal: "
            "videoai models pull {id}",
            id=absent[0].id,
        ),
    )


def need_known_model(given: Mapping[str, object]) -> None:
    """What comes from elsewhere names no files of this machine: a model is one of the catalogue. Raises BadSettings."""
    model = given.get("model")
    if model is not None and model not in MODELS:
        raise BadSettings(
            say("There is no model “{name}”.", name=str(model)[:40]),
            say("Use one of {names}.", names=", ".join(MODELS)),
        )
