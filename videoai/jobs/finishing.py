"""From a clip that is there to a job in the queue that finishes it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videoai.catalogue import MODELS
from videoai.engines.parts import parts_of
from videoai.errors import BadInput, BadSettings, JobConflict, JobUnknown
from videoai.finishing.base import Clip
from videoai.finishing.registry import finishing_parameters, model_clip, video_clip, wanted_finishers
from videoai.formats import source_name
from videoai.history.folder import PHOTO, kept_frames
from videoai.history.job import DONE, Job, need_listed, new_id
from videoai.history.owner import Owner
from videoai.history.publishing import Publication
from videoai.history.source import Source
from videoai.history.store import JobStore
from videoai.history.task import Submission, Task, write_photo
from videoai.jobs.submit import take_back
from videoai.language import say
from videoai.media.fitted_photo import FittedPhoto
from videoai.media.seal import is_whole
from videoai.options import RunOptions
from videoai.outputs import Output, title_of
from videoai.resolving import finished, finishing_of, known, read
from videoai.settings import GenerationSettings
from videoai.system import paths
from videoai.system.files import need_space, whole_file, write_errors

if TYPE_CHECKING:
    from videoai.events import Pixels


@dataclass(frozen=True, slots=True)
class Subject:
    """A clip that can be finished: the video at `path`, or what is kept of the job that made it.

    `files` are what the new job needs in its folder, by their names there; `first` is its first frame, or else the
    photo is among them.
    """

    path: Path
    title: str
    settings: GenerationSettings
    source: Source
    files: Mapping[str, Path]
    first: Pixels | None = None
    origin: Mapping[str, Any] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


def find(store: JobStore, clip: str) -> Subject:
    """What somebody means by a path, or by a job's id or its beginning. Raises BadVideo, JobUnknown, JobConflict."""
    if os.path.lexists(clip) or Path(clip).name != clip or Path(clip).suffix:
        return of_file(store, paths.expanded(clip))
    try:
        return of_job(store.get(clip))
    except JobUnknown as error:
        raise JobUnknown(
            say("“{name}” is neither a video nor a job.", name=clip), say("To see your videos: videoai jobs list")
        ) from error


def of_job(job: Job) -> Subject:
    """The frames kept of a job, or else its video. Raises JobConflict if there is neither; BadVideo."""
    need_listed(job)
    found = _kept(job)
    if found is not None:
        return found
    if job.state != DONE or not job.output or not Path(job.output).is_file():
        raise JobConflict(
            say("Nothing is left of job {id} to finish.", id=job.id),
            say("Only a video that is done can be finished, where it was put."),
        )
    return _by_its_own_frames(Path(job.output), job)


def of_file(store: JobStore, path: Path) -> Subject:
    """A video: by the frames kept of its job, if it is one of those, or else by its own. Raises BadVideo."""
    for job in store.jobs([DONE]):
        if job.output and _is_same(path, Path(job.output)) and _is_unchanged(job.id, path):
            return _kept(job) or _by_its_own_frames(path, job)
    return _by_its_own_frames(path)


def _kept(job: Job) -> Subject | None:
    folder, frames = paths.job_folder(job.id), kept_frames(job.id)
    try:
        if not frames or not all(map(is_whole, frames)) or not (folder / PHOTO).is_file():
            return None
        wanted = Submission.read(folder)
    except (OSError, BadInput):
        return None
    settings = wanted.task.settings
    if len(frames) < len(parts_of(settings)):
        return None
    clip = replace(model_clip(settings), ready=True)
    source = Source(clip, done={"loop": settings.loop} if clip.loops else {})
    files = {path.name: path for path in (*frames, folder / PHOTO)}
    told = say("The frames kept of job {id} are finished, which the model has made.", id=job.id)
    path = Path(job.output) if job.output else Path(wanted.photo)
    return Subject(path, job.title, settings, source, files, None, _origin(job), (told,))


def _by_its_own_frames(path: Path, job: Job | None = None) -> Subject:
    from videoai.media.clip import look_at

    seen = look_at(path)
    clip = Clip(seen.width, seen.height, seen.frames, seen.fps, ready=True)
    told = known(seen.made["settings"]) if seen.made else {}
    done, ours = finishing_of(told), "model" in told
    plain = {name: value for name, value in told.items() if name not in done}
    if isinstance(model := plain.get("model"), str) and model not in MODELS:
        del plain["model"]  # a newer version's, or one of somebody's own
    try:
        settings = read(plain if ours else {})
        done = {name: getattr(read(done), name) for name in done}
    except BadSettings:
        settings, done, ours = read({}), {}, False  # nothing of ours has written that
    file = source_name(path.suffix.lower() if path.suffix[1:].isalnum() else ".mp4")
    source = Source(clip, file, ours, {name: value for name, value in done.items() if name != "compute"})
    notices = list(seen.notices)
    if ours:
        notices.append(say("The frames of {name} are finished as they are in the file.", name=path.name))
    origin = {} if job is None else _origin(job)
    return Subject(path, title_of(path.name), settings, source, {file: path}, seen.first, origin, tuple(notices))


def _origin(job: Job) -> dict[str, Any]:
    """Where a job that finishes this one comes from: the same photo."""
    return {name: job.origin[name] for name in ("photo_id",) if name in job.origin} | {"finishes": job.id}


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False


def _is_unchanged(id: str, path: Path) -> bool:
    """Whether it is the video that the job wrote, byte for byte."""
    from videoai.system.hashing import sha256_of

    try:
        noted = Publication(paths.job_folder(id)).noted()
        return noted is not None and sha256_of(path) == noted[1]
    except OSError:
        return False


def finishing(subject: Subject, given: Mapping[str, object]) -> GenerationSettings:
    """The settings of the finished video. Raises BadSettings; BadInput if nothing is to be done."""
    clip = subject.source.clip
    settings = finished(subject.settings, given, finishing_parameters(), frames=clip.frames, fps=clip.fps)
    nothing = not any(wanted_finishers(settings, clip)) and subject.source.file is not None
    if not finishing_of(given) or nothing:
        raise BadInput(
            say("You didn't say how to finish the video."), say("Add for example --smooth 30 or --enlarge 2.")
        )
    return settings


def submit_finishing(
    store: JobStore,
    subject: Subject,
    given: Mapping[str, object],
    options: RunOptions,
    *,
    number: int = 1,
    id: str | None = None,
    origin: Mapping[str, Any] | None = None,
    keeper: Owner | None = None,
) -> Job:
    """Queue the finishing of a clip, the `number`th of a call: as in `submit`, `origin` beside what the clip's says, or
    let it wait for its `keeper`.

    Raises BadSettings, BadInput, BadOutput, WriteFailed.
    """
    settings, output = finishing(subject, given), Output(options.output)
    output.check_writable(subject.path, number, None)
    task = Task(
        settings=settings,
        suffix=output.suffix(),
        encoder=options.encoder,
        offline=True,
        gentle=options.gentle,
        memory_limit=options.memory_limit,
        force=options.force,
        source=subject.source,
    )
    video = video_clip(settings, subject.source.clip).to_dict()
    origin = {**(origin or {}), **subject.origin, "source": subject.source.to_dict(), "video": video}
    name, overwrite = str(subject.path.absolute()), bool(options.overwrite)
    wanted = Submission(task, name, output.absolute().pattern, number, overwrite, origin)
    id = id or new_id(time.time())
    folder = paths.job_folder(id)
    try:
        for name, path in subject.files.items():
            _take(path, folder / name)
        if subject.first is not None:
            write_photo(folder, FittedPhoto(subject.first))
        wanted.write(folder)
        return store.add(subject.title, task.told, origin, id=id, keeper=keeper)
    except BaseException:
        take_back(store, id)
        raise


def _take(path: Path, target: Path) -> None:
    """Our own files are never written to again, so that two names of one will do; somebody else's is copied."""
    with write_errors(target):
        size = path.stat().st_size
    with whole_file(target, replace=True) as part:
        if path.is_relative_to(paths.jobs()):
            with suppress(OSError):  # a disk without links
                os.link(path, part)
                return
        need_space(target.parent, size, say("The video"), say("Free some space, then try again."))
        shutil.copyfile(path, part)
