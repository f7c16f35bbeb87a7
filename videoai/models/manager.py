"""Getting a model ready, and the verbs of `videoai models`: pull, convert, import, verify, remove."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from videoai.catalogue import CONVERTED_BYTES, MODELS, PARTS, Extra, Model
from videoai.errors import BadInput, JobConflict, ModelDamaged, ModelMissing
from videoai.events import Notice, OnEvent, Stage
from videoai.language import joined, say
from videoai.models import local, store
from videoai.models.checking import FileCheck, are_sound, is_sound
from videoai.models.hub import cache, removal
from videoai.models.manifest import Manifest
from videoai.models.precision import suitable_bits
from videoai.models.store import Installed
from videoai.system import units
from videoai.system.deleting import must_delete
from videoai.system.hashing import sha256_of
from videoai.system.locking import locked
from videoai.system.offline import asked as asked_to_be_offline
from videoai.weights.model_files import ModelFiles


def can_be_had(model: Model, precision: str) -> bool:
    """Whether `ready` would find it, or make it of what is here, without a download. Raises ModelDamaged."""
    found = store.installed(model)
    return bool(found) if precision == "auto" else any(one.bits >= int(precision) for one in found)


def ready(model_id: str, precision: str, on_event: OnEvent, *, offline: bool = False) -> Installed:
    """The model at that precision ("auto", "16", "8" or "4"), after fetching and converting it if need be.

    Offline, or if the environment says so, raises ModelMissing instead of fetching. Raises what `pull` raises.
    """
    model = MODELS[model_id]
    found = store.installed(model)
    wanted = suitable_bits() if precision == "auto" else int(precision)
    if exactly := [one for one in found if one.bits == wanted]:
        return exactly[0]
    if better := [one for one in found if one.bits > wanted]:
        return _converted(model, wanted, better[0].files, on_event)
    if precision == "auto" and found:
        return found[0]
    if offline or asked_to_be_offline():
        raise ModelMissing(
            say("The model {model} is not on this computer, and downloads are off for this run.", model=model_id)
            if not found or precision == "auto"
            else say(
                "The model {model} is not on this computer at {bits} bits, and downloads are off for this run.",
                model=model_id,
                bits=wanted,
            ),
            say(
                "Download it when you are online: videoai models pull {model}. Or import a file you have: "
                "videoai models import FILE. Or try --model draft, which needs no weights.",
                model=model_id,
            ),
        )
    return pull(model_id, precision, on_event)


def pull(model_id: str, precision: str, on_event: OnEvent, *, drop_original: bool = False) -> Installed:
    """Fetch what is missing of the model, verify what is there, and convert it to `precision`. Where all of it is here
    and sound, the hub is not asked, and nothing of it needs to be writable.

    Raises BadInput, AccessNeeded, DownloadFailed, ModelDamaged, WriteFailed.
    """
    model = MODELS[model_id]
    if model.builtin:
        raise BadInput(say("The model {model} is built in: there is nothing to download.", model=model_id))
    bits = suitable_bits() if precision == "auto" else int(precision)
    files = store.fetched(model)
    if files is None and (there := [one for one in store.installed(model) if one.bits == bits]):
        return there[0]  # what it was made from is gone, and not needed
    if files is None or not are_sound(_paths(files), on_event):
        files = _fetched(model, bits, on_event)
    if bits == 16:
        return Installed(model, 16, files, None)
    result = _converted(model, bits, files, on_event)
    if drop_original:
        drop(model)
    return result


def _fetched(model: Model, bits: int, on_event: OnEvent) -> ModelFiles:
    """The model as it is now on the hub, of which only what is not here is fetched."""
    from videoai.models.hub.download import fetch  # the one thing here that uses the network

    check_may_fetch(model.id)
    if missing := store.missing(model):
        size = sum(part.size for part in model.parts.values() if part.weights in missing)
        repos = list(dict.fromkeys(remote.repo for remote in missing))
        on_event(Notice(announcement(model, size, repos), important=True))
    store.note_ours(added=missing)
    on_event(Stage("ask", 0))
    fetch(list(model.files()), on_event=on_event, spare=_converted_size(model, bits))
    files = store.fetched(model)
    if files is None:
        raise ModelDamaged(
            say("damaged: the downloaded files of {model} are gone.", model=model.id), say("Download it again.")
        )
    return files


def _paths(files: ModelFiles) -> list[Path]:
    """All files of a model in the cache."""
    configs = [config for part in PARTS if (config := files.of(part).config) is not None]
    return [*dict.fromkeys(configs), *files.all_weights()]


def check_may_fetch(id: str) -> None:
    """Raises BadInput if the environment says that nothing may be downloaded."""
    if asked_to_be_offline():
        raise BadInput(
            say("VIDEOAI_OFFLINE, HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE is set, so VideoAi downloads nothing."),
            say("To download it all the same: VIDEOAI_OFFLINE=0 videoai models pull {id}", id=id),
        )


def announcement(model: Model | Extra, size: int, repos: Sequence[str]) -> str:
    """What will be fetched, how much, from where, under which licence."""
    said = [
        say(
            "Downloading {model} ({title}), about {size}, from {repos} on the hub.",
            model=model.id,
            title=model.title,
            size=units.size(size),
            repos=", ".join(repos),
        )
    ]
    if model.licence:
        said.append(say("Licence: {name}, {url}.", name=model.licence.name, url=model.licence.url))
    said.append(
        say(
            "It is stored in {folder} and works offline from then on. Ctrl-C keeps what has been downloaded.",
            folder=cache.root(),
        )
    )
    return joined(" ", said)


def _converted_size(model: Model, bits: int) -> int:
    """About what the conversion will take on the disk beside the download."""
    return 0 if bits == 16 or store.is_whole(store.own_folder(model.id, bits)) else CONVERTED_BYTES[bits]


def _converted(model: Model, bits: int, files: ModelFiles, on_event: OnEvent) -> Installed:
    from videoai.models.convert import convert  # with torch, which most verbs do without

    convert(model.id, bits, files, on_event)
    return next(one for one in store.installed(model) if one.bits == bits)


def convert(model_id: str, bits: int, on_event: OnEvent, *, drop_original: bool = False) -> Installed:
    """The model at `bits`, made from a more exact one that is here. Raises ModelMissing, ModelDamaged, WriteFailed."""
    model = MODELS[model_id]
    found = [one for one in store.installed(model) if one.bits >= bits]
    if not found:
        raise ModelMissing(
            say(
                "{model} is not on this computer, so it cannot be converted to {bits} bits.", model=model_id, bits=bits
            ),
            say("Download it (videoai models pull {model}), or import a file.", model=model_id),
        )
    result = found[-1] if found[-1].bits == bits else _converted(model, bits, found[0].files, on_event)
    if drop_original and bits < 16:
        drop(model)
    return result


def import_(path: Path, model_id: str | None, precision: str, on_event: OnEvent) -> Installed:
    """Make the checkpoint at `path`, a folder or a file, one of ours. `path` itself is left alone.

    Raises BadInput if nobody can tell which model it is, ModelMissing, ModelDamaged, WriteFailed.
    """
    name = model_id or local.guess_id(path)
    bits = suitable_bits() if precision == "auto" else int(precision)
    files = local.files_of(path)
    if folder := next((one.folder for one in store.installed(MODELS[name]) if one.bits == bits and one.folder), None):
        raise BadInput(
            say("{name} at {bits} bits is already in {folder}.", name=name, bits=bits, folder=folder),
            say("Remove it first: videoai models remove {name} --precision {bits}.", name=name, bits=bits),
        )
    return _converted(MODELS[name], bits, files, on_event)


def drop(model: Model) -> int:
    """Remove the fetched files of a model that was converted; return the bytes freed.

    Files that other programs have fetched stay, and so do those that another model here still needs.
    """
    removable = set(model.files()) & store.ours() - store.needed_elsewhere(model)
    freed = 0
    for repo in {remote.repo for remote in removable}:
        freed += removal.remove(repo, [remote.path for remote in removable if remote.repo == repo])
    store.note_ours(removed=removable)
    return freed


def remove(model_id: str, bits: int | None, on_event: OnEvent) -> int:
    """Remove the model at `bits`, or all of it if None; return the bytes freed. Raises NotDeleted, WriteFailed."""
    model = MODELS[model_id]
    freed = 0
    waiting = Notice(say("Another program is using {model}; waiting for it to finish.", model=model_id))
    with locked(store.lock_file(model_id), on_wait=lambda: on_event(waiting)):
        for one in store.BITS:
            folder = store.own_folder(model_id, one)
            if bits in (None, one) and folder.exists():
                freed += sum(_only_ours(path) for path in folder.rglob("*"))
                # First what makes it count as a model: a removal that is stopped half-way leaves no half model.
                must_delete(folder / "model.json")
                must_delete(folder)
        if bits in (None, 16):
            freed += drop(model)
    return freed


def forget_unfinished(model_id: str, bits: int) -> None:
    """Remove the folder of a model that has not all of it, unless another program is at it, which finishes it.

    Raises NotDeleted, WriteFailed.
    """
    folder = store.own_folder(model_id, bits)

    def leave_it() -> None:
        raise JobConflict(say("Another program is using {model}.", model=model_id))

    with suppress(JobConflict), locked(store.lock_file(model_id), on_wait=leave_it):
        if folder.exists() and Manifest.read(folder) is None:
            must_delete(folder)


def _only_ours(path: Path) -> int:
    """The bytes that go when `path` goes: none, if another model has the same file."""
    status = path.lstat()
    return status.st_size if path.is_file() and status.st_nlink == 1 else 0


def verify(model_id: str) -> Iterator[FileCheck]:
    """Read every file of the model and compare its hash with what it has to be. Raises ModelMissing if none is here,
    BadInput if it has no files."""
    model = MODELS[model_id]
    if model.builtin:
        raise BadInput(say("The model {model} is built in: there is nothing to verify.", model=model_id))
    seen = False
    files = store.fetched(model)
    begun = [path for remote in model.files() if (path := cache.find_any(remote)) is not None]
    for path in dict.fromkeys([*begun, *(_paths(files) if files else ())]):
        seen = True
        yield FileCheck(
            path, is_sound(path), say("videoai models pull {model} --precision {bits}", model=model_id, bits=16)
        )
    for bits in store.BITS:
        folder = store.own_folder(model_id, bits)
        manifest = Manifest.read(folder)
        for name, record in manifest.files.items() if manifest else ():
            seen = True
            path = folder / name
            sound = path.is_file() and sha256_of(path) == record.sha256
            yield FileCheck(
                path, sound, say("videoai models remove {model} --precision {bits}", model=model_id, bits=bits)
            )
    if not seen:
        raise ModelMissing(
            say("{model} is not on this computer.", model=model_id),
            say("Download it: videoai models pull {model}", model=model_id),
        )
