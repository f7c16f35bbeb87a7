"""What is beside the models, such as the tiny decoder: finding, fetching, importing, verifying and removing it."""

from __future__ import annotations

import importlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from videoai.catalogue import EXTRAS, MODELS, TINY_DECODER, Extra
from videoai.errors import BadInput, DownloadFailed, ModelDamaged, ModelMissing
from videoai.events import Notice, OnEvent, Stage
from videoai.language import joined, say
from videoai.models import store
from videoai.models.checking import FileCheck, are_sound, is_sound
from videoai.models.hub import cache, removal
from videoai.models.manager import announcement, check_may_fetch
from videoai.models.manifest import Manifest
from videoai.settings import GenerationSettings
from videoai.system import paths
from videoai.system.deleting import must_delete
from videoai.system.files import whole_file
from videoai.system.hashing import sha256_of
from videoai.system.offline import asked as asked_to_be_offline

_IMPORTED_BITS = 16
"""What the manifest of an imported one says; nothing depends on it."""


def wanted_by(settings: GenerationSettings) -> Extra | None:
    """What a video with these settings cannot be made without."""
    model = MODELS.get(settings.model)
    return TINY_DECODER if settings.decoder == "tiny" and not (model and model.builtin) else None


def find(extra: Extra) -> Path | None:
    """Its file: an imported one, or that in the hub's cache, whoever fetched it. Raises ModelDamaged."""
    folder = _folder(extra)
    return folder / extra.weights.path if store.is_whole(folder) else cache.find_any(extra.weights)


def ready(extra: Extra, on_event: OnEvent, *, offline: bool = False) -> Path:
    """Its file, fetched if need be. Offline raises ModelMissing instead; raises what `pull` raises."""
    found = find(extra)
    if found is None and (offline or asked_to_be_offline()):
        raise missing(extra)
    return found or pull(extra, on_event)


def missing(extra: Extra) -> ModelMissing:
    """The error for one that is not here and may not be fetched."""
    return ModelMissing(
        say("{model} is not on this computer, and downloads are off.", model=extra.name),
        joined(" ", [_how_to_get(extra), extra.without]),
    )


def _how_to_get(extra: Extra) -> str:
    return say(
        "Download it when you are online: videoai models pull {id}. Or import a file you have: "
        "videoai models import FILE --as {id}.",
        id=extra.id,
    )


def _how_to_go_on(extra: Extra) -> str:
    return say(
        "Run the same command again later, or import a file you have: videoai models import FILE --as {id}.",
        id=extra.id,
    )


def pull(extra: Extra, on_event: OnEvent) -> Path:
    """Fetch it, or verify what is here, for which the hub is not asked; one that was imported will do.

    Raises AccessNeeded, DownloadFailed, ModelDamaged, WriteFailed, BadInput.
    """
    from videoai.models.hub.download import fetch  # the one thing here that uses the network

    if store.is_whole(_folder(extra)):
        return _folder(extra) / extra.weights.path
    found = cache.find_any(extra.weights)
    if found is not None and are_sound([found], on_event):
        return found
    check_may_fetch(extra.id)
    if found is None:
        on_event(Notice(announcement(extra, extra.size, [extra.weights.repo]), important=True))
        store.note_ours(added=[extra.weights])
    on_event(Stage("ask", 0))
    try:
        return fetch([extra.weights], on_event=on_event)[extra.weights]
    except DownloadFailed as error:
        raise DownloadFailed(
            error.message,
            joined(" ", [_how_to_go_on(extra), extra.without]),
        ) from error


def meant(path: Path) -> Extra | None:
    """Which of them a file is, by its name, or by its folder's if the name is that on the hub."""

    def is_called(words: str, extra: Extra) -> bool:
        return extra.called in re.sub(r"[^a-z0-9]", "", words.lower())

    def is_in_its_folder(extra: Extra) -> bool:  # as the hub's cache has it, three up
        return path.name == Path(extra.weights.path).name and any(is_called(part, extra) for part in path.parts[-4:-1])

    return next((extra for extra in EXTRAS.values() if is_called(path.name, extra) or is_in_its_folder(extra)), None)


def import_(path: Path, extra: Extra) -> Path:
    """Copy the file at `path`, which is left alone, among our own. Raises BadInput, ModelMissing, ModelDamaged,
    WriteFailed."""
    path = paths.expanded(path)
    if path.is_dir():
        raise BadInput(say("{path} is a folder.", path=path), say("Use the file of weights in it."))
    importlib.import_module(extra.network).load(path)  # with torch, which most verbs do without
    folder = _folder(extra)
    target = folder / extra.weights.path
    with whole_file(target, replace=True) as part:
        shutil.copyfile(path, part)
    Manifest.of_folder(folder, extra.id, _IMPORTED_BITS).write(folder)
    return target


def verify(extra: Extra) -> Iterator[FileCheck]:
    """Compare what is here of it with its hash. Raises ModelMissing, ModelDamaged."""
    fetched, folder = cache.find_any(extra.weights), _folder(extra)
    manifest = Manifest.read(folder)
    if fetched is None and manifest is None:
        raise ModelMissing(
            say("{model} is not on this computer.", model=extra.id),
            say("Download it: videoai models pull {model}", model=extra.id),
        )
    if fetched is not None:
        yield FileCheck(fetched, is_sound(fetched), say("videoai models pull {model}", model=extra.id))
    for name, record in manifest.files.items() if manifest else ():
        path = folder / name
        sound = path.is_file() and sha256_of(path) == record.sha256
        yield FileCheck(path, sound, say("videoai models remove {model}", model=extra.id))


def remove(extra: Extra) -> int:
    """Remove it, but for what other programs have fetched; the bytes freed. Raises NotDeleted, WriteFailed."""
    folder, freed = _folder(extra), 0
    if folder.exists():
        freed += sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
        must_delete(folder / "model.json")
        must_delete(folder)
    if extra.weights in store.ours():
        freed += removal.remove(extra.weights.repo, [extra.weights.path])
        store.note_ours(removed=[extra.weights])
    return freed


def state(extra: Extra) -> tuple[str, int]:
    """ "ready", "missing" or "damaged", and the bytes that it takes."""
    try:
        found = find(extra)
    except ModelDamaged:
        return "damaged", 0
    return ("missing", 0) if found is None else ("ready", found.stat().st_size)


def _folder(extra: Extra) -> Path:
    return paths.models() / extra.id
