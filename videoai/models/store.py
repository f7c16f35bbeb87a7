"""What is on this machine of each model, and where."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from videoai.catalogue import MODELS, Model, Remote
from videoai.errors import ModelDamaged, ModelMissing
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
        return sum(path.stat().st_size for path in self.files.all_weights())

    @property
    def place(self) -> Path:
        """What `--model` takes for it: its folder, that of its commit in the Hugging Face cache, or a file there."""
        return self.folder or self.files.checkpoint()


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
    """The model in the Hugging Face cache, whoever put it there and in whichever form; None unless all of it is there.

    All that comes from one repository is of one commit: the newest, or an older one that has all of it. Another program
    may have moved on to a commit of which it has fetched only what it needs.
    """
    if model.builtin:
        return None
    places: dict[Remote, Path] = {}
    for repo in {remote.repo for remote in _needed(model)}:
        places |= next(filter(None, (_together(model, repo, commit) for commit in cache.commits(repo))), {})
    if places.keys() >= set(_needed(model)):
        return ModelFiles(**{name: PartFiles(places[p.weights], places[p.config]) for name, p in model.parts.items()})
    whole = _whole(model)
    return None if whole is None else ModelFiles(PartFiles(whole), PartFiles(whole), PartFiles(whole))


def _needed(model: Model) -> list[Remote]:
    return [remote for part in model.parts.values() for remote in (part.weights, part.config)]


def _together(model: Model, repo: str, commit: str) -> dict[Remote, Path]:
    """What the model needs of a repository, as one commit of it has that; nothing unless that is all here."""
    found: dict[Remote, Path] = {}
    for name, part in model.parts.items():
        weights = _weights(part.weights, name, commit) if part.weights.repo == repo else None
        config = cache.find(part.config, commit) if part.config.repo == repo else None
        found |= {remote: path for remote, path in ((part.weights, weights), (part.config, config)) if path}
    wanted = {remote for remote in _needed(model) if remote.repo == repo}
    return found if found.keys() == wanted else {}


def _weights(remote: Remote, part: str, commit: str) -> Path | None:
    """A network's weights in a commit: the file that we would fetch, or what other programs fetch instead of it, in
    full precision or in several files."""
    exact = cache.find(remote, commit)
    folder = cache.snapshot_path(remote.repo, commit, remote.path).parent
    if exact is not None or folder.name != part:
        return exact
    try:
        found = PartFiles.in_folder(folder, part)
        found.all_weights()
    except (ModelMissing, ModelDamaged):  # not all of it has come
        return None
    return found.weights


def _whole(model: Model) -> Path | None:
    """One file of all networks in the cache, as other programs fetch it."""
    return None if model.whole is None else cache.find_any(model.whole)


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
    added, removed = set(added), set(removed)
    if not added | removed:
        return  # and nothing needs to be writable
    with locked(paths.models() / ".fetched.lock", on_wait=lambda: None):
        now = (ours() | added) - removed
        with whole_file(_ours_file(), replace=True) as part:
            part.write_text(json.dumps(sorted(now)), "utf-8")


def needed_elsewhere(model: Model) -> set[Remote]:
    """The files of other models that are here as they were fetched."""
    others = [other for other in MODELS.values() if other.id != model.id and fetched(other) is not None]
    return {remote for other in others for remote in other.files()}
