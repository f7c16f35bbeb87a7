"""Where a model is, as --model takes it, and what to do where it is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from videoai.catalogue import EXTRAS, MODELS, Extra, Model
from videoai.errors import BadInput, ModelMissing
from videoai.language import listed, say
from videoai.models import extras, store
from videoai.models.store import Installed


def found_at(id: str, precision: str | None) -> dict[str, Any]:
    """What `models path --json` prints of a model, or of what is beside the models.

    Raises BadInput, ModelDamaged, ModelMissing.
    """
    if id in EXTRAS:
        return {"id": id, "path": str(_place_of_extra(EXTRAS[id]))}
    one = _at(MODELS[id], precision)
    return {"id": id, "precision": one.bits, "path": str(one.place)}


def _place_of_extra(extra: Extra) -> Path:
    found = extras.find(extra)
    if found is None:
        raise _not_here(extra.id)
    return found


def _at(model: Model, precision: str | None) -> Installed:
    """The model at that precision, or at the most exact that is here. Raises BadInput, ModelDamaged, ModelMissing."""
    if model.builtin:
        raise BadInput(
            say("The model {model} is built in: it has no files.", model=model.id),
            say("Use its name: --model {model}", model=model.id),
        )
    here = store.installed(model)
    if not here:
        raise _not_here(model.id)
    found = next((one for one in here if precision in (None, str(one.bits))), None)
    if found is not None:
        return found
    raise ModelMissing(
        say(
            "The model {model} is not on this computer at {bits} bits, but at {others}.",
            model=model.id,
            bits=precision,
            others=listed(str(one.bits) for one in here),
        ),
        _how_to_have(model.id, int(precision or 0), best=here[0].bits),
    )


def _not_here(id: str) -> Exception:
    return ModelMissing(
        say("The model {model} is not on this computer.", model=id),
        say("Download it: videoai models pull {model}", model=id),
    )


def _how_to_have(model: str, bits: int, best: int) -> str:
    """What makes weights of these bits of the best that are here, or fetches them."""
    if best > bits:
        return say("Make it: videoai models convert {model} --precision {bits}", model=model, bits=bits)
    return say("Download it: videoai models pull {model} --precision {bits}", model=model, bits=bits)
