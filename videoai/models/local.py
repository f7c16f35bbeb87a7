"""Checkpoints that the user has on the disk already: folders in the diffusers layout, and single files."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from videoai.catalogue import EXTRAS, MODELS, PARTS, Model
from videoai.errors import BadInput, ModelDamaged, ModelMissing
from videoai.language import listed, say
from videoai.models import store
from videoai.system.reasons import reason
from videoai.system.strict_json import read_json
from videoai.weights import svd_configs
from videoai.weights.model_files import COMPLETE_FOLDER, ModelFiles, PartFiles

_BASE = "svd-xt"
"""The model whose other networks a file with a UNet alone goes with."""


def files_of(path: Path) -> ModelFiles:
    """The networks at `path`. A file with a UNet alone takes the others from the base model, which must be here.

    Raises BadInput, ModelMissing, ModelDamaged.
    """
    path = Path(os.path.expanduser(path))
    if path.is_dir():
        _check_index(path / "model_index.json")
        _check_scheduler(path / "scheduler" / "scheduler_config.json")
        return ModelFiles.in_folder(path)
    if not path.exists():
        raise BadInput(
            say("{path} does not exist.", path=path), say("Check the path: it should be a checkpoint's folder or file.")
        )
    from videoai.weights.opening import parts_in  # with torch, which nothing else here needs

    held = parts_in(path)
    if held == set(PARTS):
        return ModelFiles(PartFiles(path), PartFiles(path), PartFiles(path))
    if held == {"unet"}:
        base = next((one for other in _siblings() for one in store.installed(other)), None)
        if base is None:
            raise ModelMissing(
                say(
                    "{name} contains only a UNet; the other networks come from {base}, which is not on this computer.",
                    name=path.name,
                    base=_BASE,
                ),
                say("Download it first: videoai models pull {base}.", base=_BASE),
            )
        return ModelFiles(base.files.image_encoder, base.files.vae, PartFiles(path))
    raise BadInput(
        say(
            "{name} contains only {networks} of Stable Video Diffusion.", name=path.name, networks=listed(sorted(held))
        ),
        say("Use a complete checkpoint, or a file with its UNet."),
    )


def _siblings() -> list[Model]:
    """The base model, and those that have all but their UNet of it."""
    base = MODELS[_BASE]
    return sorted(
        (model for model in MODELS.values() if model.parts.get("vae") == base.parts["vae"]),
        key=lambda model: model.id != _BASE,
    )


def _check_index(path: Path) -> None:
    """Raise ModelDamaged if a folder says that it is another model's, or wants code that is not a library's.

    Nothing is ever loaded by the names in it; a folder that asks for that is not one to trust with the rest either.
    """
    if not path.exists():
        return  # its networks are checked one by one
    found = _values(path)
    for name, wanted in svd_configs.MODEL_INDEX.items():
        # Any scheduler will do, as ours takes its place; the networks have to be what they are.
        same = found.get(name) == wanted or (name not in ("_class_name", *PARTS) and _of_library(found.get(name)))
        if not same:
            raise _wrong(path, name, found.get(name))


def _check_scheduler(path: Path) -> None:
    """Raise ModelDamaged if a folder says that its UNet predicts something else than ours does."""
    name = "prediction_type"
    wanted = svd_configs.SCHEDULER[name]
    found = _values(path).get(name, wanted) if path.exists() else wanted
    if found != wanted:
        raise _wrong(path, name, found)


def _values(path: Path) -> dict[str, Any]:
    """Those of a json file. Raises ModelDamaged."""
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelDamaged(
            say("{path} cannot be read: {reason}.", path=path, reason=reason(error)), COMPLETE_FOLDER
        ) from error
    return found if isinstance(found, dict) else {}


def _wrong(path: Path, name: str, value: object) -> ModelDamaged:
    told = " ".join(json.dumps(value).split())[:80]
    return ModelDamaged(say("{path}: {name} cannot be {value}.", path=path, name=name, value=told), COMPLETE_FOLDER)


def _of_library(value: object) -> bool:
    return value is None or (isinstance(value, list) and value[:1] in ([None], ["diffusers"], ["transformers"]))


def guess_id(path: Path) -> str:
    """Which model a checkpoint is, by its name: the numbers do not tell. Raises BadInput if that does not either."""
    path = Path(os.path.expanduser(path))
    # In the hub's cache the name of the model is three folders up.
    if found := named("/".join(path.absolute().parts[-4:])):
        return "svd-xt" if found == "svd" and _frames(path) == 25 else found
    if not os.path.lexists(path):
        raise BadInput(
            say("The file or folder {path} does not exist.", path=path),
            say("Check the path, or use the name of a model: {models}.", models=", ".join(_names())),
        )
    raise BadInput(
        say("VideoAi can't tell which model {name} is.", name=path.name or path),
        say("Choose it with --as: {models}.", models=", ".join([*_names(), *EXTRAS])),
    )


def named(name: str) -> str | None:
    """Which model the name of a checkpoint, or the end of its path, speaks of."""
    name = name.lower()
    if re.search(r"animate.?lcm", name):
        return "animatelcm-svd-xt"
    letters = re.sub(r"[^a-z0-9/]", "", name)
    if not re.search(r"svd|stablevideodiffusion", letters):
        return None
    if re.search(r"xtv?11(?!\d)", letters):
        return "svd-xt-1.1"
    has_xt = re.search(r"(?<![a-z])xt(?![a-z])", name) or re.search(
        r"(?:svd|vid)xt(?=safetensors|gguf|[^a-z]|$)", letters
    )
    return "svd-xt" if has_xt else "svd"


def _names() -> list[str]:
    return [model.id for model in MODELS.values() if not model.builtin]


def _frames(path: Path) -> int | None:
    try:
        frames = read_json((path / "unet" / "config.json").read_text("utf-8"))["num_frames"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return frames if isinstance(frames, int) else None
