"""The verbs of `videoai models` for whatever has an id: a model, or what is beside the models."""

from __future__ import annotations

from pathlib import Path

from videoai.catalogue import EXTRAS, MODELS
from videoai.errors import BadInput, DownloadFailed, ModelDamaged
from videoai.events import OnEvent, Stage, Step
from videoai.language import say
from videoai.models import extras, local, manager, store
from videoai.models.hub import cache
from videoai.models.precision import suitable_bits

IDS = (*MODELS, *EXTRAS)


def check_has_files(id: str) -> None:
    """Raises BadInput for a model without weights."""
    if id in MODELS and MODELS[id].builtin:
        raise BadInput(say("The model {model} is built in: it has no files.", model=id))


def pull(id: str, precision: str, on_event: OnEvent) -> None:
    """Fetch what is missing of it, verify what is there, and convert a model to `precision`.

    Raises AccessNeeded, DownloadFailed, ModelDamaged, WriteFailed, BadInput.
    """
    if id in EXTRAS:
        extras.pull(EXTRAS[id], on_event)
    else:
        manager.pull(id, precision, on_event)


def import_(id: str, precision: str, path: str, on_event: OnEvent) -> None:
    """Make the file or folder at `path`, which is left alone, one of ours.

    Raises BadInput, ModelMissing, ModelDamaged, WriteFailed.
    """
    if id in EXTRAS:
        extras.import_(Path(path), EXTRAS[id])
    else:
        manager.import_(Path(path), id, precision, on_event)


def forget_unfinished(id: str, precision: str) -> None:
    """Remove what an import has left that did not come to its end. Raises NotDeleted, WriteFailed."""
    if id in MODELS:
        manager.forget_unfinished(id, suitable_bits() if precision == "auto" else int(precision))


def named(name: str) -> str | None:
    """What a file of this name is likely to be."""
    extra = extras.meant(Path(name))
    return local.named(name) if extra is None else extra.id


def verify(id: str, on_event: OnEvent) -> None:
    """Compare every file of it with its hash. Raises DownloadFailed for one that can be fetched anew, ModelDamaged
    for one of our own, ModelMissing."""
    size = extras.state(EXTRAS[id])[1] if id in EXTRAS else sum(one.size for one in store.installed(MODELS[id]))
    on_event(Stage("check", size, "bytes"))
    done = 0
    for check in extras.verify(EXTRAS[id]) if id in EXTRAS else manager.verify(id):
        if not check.ok:
            fetched = check.path.is_relative_to(cache.root())
            raise (DownloadFailed if fetched else ModelDamaged)(
                say("damaged: {path} has been altered.", path=check.path.name),
                say("Download it again.") if fetched else say("Remove it, then download or import it again."),
            )
        done += check.path.stat().st_size
        on_event(Step(min(done, size)))


def remove(id: str, bits: int | None, on_event: OnEvent) -> int:
    """Remove it from this machine, or a model's weights of `bits` alone; the bytes that this freed. Raises NotDeleted,
    WriteFailed."""
    return extras.remove(EXTRAS[id]) if id in EXTRAS else manager.remove(id, bits, on_event)
