"""What is on this machine of each model, and where."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from videoai.catalogue import MODELS, PARTS, Model, Remote
from videoai.errors import ModelDamaged
from videoai.language import say
from videoai.models.hub import cache
from videoai.models.manifest import Manifest
from videoai.system import paths
from videoai.system.files import whole_file
from videoai.system.locking import locked
from videoai.system.strict_json import read_json
from videoai.weights.model_files import ModelFiles, PartFiles

BITS = (16, 8, 4)
"""The precisions a model can have, the most exact first."""


@dataclass(frozen=True, slots=True)
class Installed:
    """One precision of a model. `folder` is its own, or None if it is in the Hugging Face cache."""

    model: Model
    bits: int
    files: ModelFiles
    folder: Path | None

    @property
    def size(self) -> int:
        """The bytes of its weights on the disk."""
        return sum(self.files.of(part).weights.stat().st_size for part in PARTS)

    @property
    def place(self) -> Path:
        """Where to look for it: its folder, or that of its UNet's repository."""
        return self.folder or self.files.unet.weights.parent


def own_folder(model_id: str, bits: int) -> Path:
    """Where a converted or imported model is put."""
    return paths.models() / model_id / f"{bits}bit"


def lock_file(model_id: str) -> Path:
    """What is locked while the model is being written or removed."""
    return paths.models() / f".{model_id}.lock"


def is_whole(folder: Path) -> bool:
    """Whether all that its manifest names is there. Raises ModelDamaged if there is a manifest and it is not."""
    manifest = Manifest.read(folder)
    if manifest is None:
        return False
    if changed := manifest.changed(folder):
        raise ModelDamaged(
            say("damaged: {path} has been altered.", path=folder / changed[0]),
            say("Remove it (videoai models remove {model}), then convert or import it again.", model=manifest.model),
        )
    return True


def installed(model: Model) -> list[Installed]:
    """Every precision of the model that is here, the most exact first. Raises ModelDamaged."""
    found = [Installed(model, bits, ModelFiles.in_folder(folder), folder) for bits, folder in _own(model)]
    files = fetched(model)
    if files is not None and not any(one.bits == 16 for one in found):
        found.insert(0, Installed(model, 16, files, None))
    return found


def _own(model: Model) -> list[tuple[int, Path]]:
    folders = [(bits, own_folder(model.id, bits)) for bits in BITS]
    return [(bits, folder) for bits, folder in folders if is_whole(folder)]


def fetched(model: Model) -> ModelFiles | None:
    """The model in the Hugging Face cache, whoever put it there; None unless all of it is there."""
    wanted = [remote for part in model.parts.values() for remote in (part.weights, part.config)]
    places: dict[Remote, Path] = {}
    for repo in {remote.repo for remote in wanted}:
        places |= _together([remote for remote in wanted if remote.repo == repo])
    if not wanted or len(places) < len(set(wanted)):
        return None
    return ModelFiles(**{name: PartFiles(places[p.weights], places[p.config]) for name, p in model.parts.items()})


def _together(remotes: Sequence[Remote]) -> dict[Remote, Path]:
    """Files of one repository, all from one commit: the newest, or an older one that has all of them; else none.

    Another program may have moved on to a commit of which it has fetched only what it needs.
    """
    for revision in ("main", *cache.commits(remotes[0].repo)):
        found = {remote: path for remote in remotes if (path := cache.find(remote, revision)) is not None}
        if len(found) == len(set(remotes)):
            return found
    return {}


def missing(model: Model) -> list[Remote]:
    """What would have to be fetched for all of the model."""
    return [remote for remote in model.files() if cache.find(remote) is None]


# What this program has fetched itself: it may remove that again, and leaves alone what other programs have fetched.


def _ours_file() -> Path:
    return paths.models() / "fetched.json"


def ours() -> set[Remote]:
    """The files in the Hugging Face cache that this program has put there."""
    try:
        return {Remote(str(repo), str(path)) for repo, path in read_json(_ours_file().read_text("utf-8"))}
    except FileNotFoundError:
        return set()
    except (OSError, ValueError, TypeError):
        return set()  # then nothing is ours, and nothing will be removed


def note_ours(*, added: Iterable[Remote] = (), removed: Iterable[Remote] = ()) -> None:
    """Remember what was fetched or removed. Raises WriteFailed."""
    with locked(paths.models() / ".fetched.lock", on_wait=lambda: None):
        now = (ours() | set(added)) - set(removed)
        with whole_file(_ours_file(), replace=True) as part:
            part.write_text(json.dumps(sorted(now)), "utf-8")


def needed_elsewhere(model: Model) -> set[Remote]:
    """The files of other models that are here as they were fetched."""
    others = [other for other in MODELS.values() if other.id != model.id and fetched(other) is not None]
    return {remote for other in others for remote in other.files()}
