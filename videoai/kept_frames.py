"""The model's own frames, kept exactly: a run that finds them finishes them, and makes none anew.

They lie in the folder of their job, a file for each part of the clip: `frames-1.mkv`, and `frames-2.mkv` where it goes
on. Each is written while the frames pass to the finishers, and is whole or not there.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from videoai.engines.parts import parts_of
from videoai.errors import BadOutput, BadVideo, WriteFailed
from videoai.events import FramesKept, Notice, OnEvent, Pixels, Stage, Step
from videoai.finishing.base import Clip
from videoai.finishing.given import READ
from videoai.finishing.registry import model_clip
from videoai.formats import frames_name
from videoai.language import say
from videoai.media.metadata import describe, read_metadata
from videoai.media.seal import is_whole
from videoai.resolving import recorded
from videoai.settings import GenerationSettings
from videoai.system.files import need_space, whole_file


@dataclass(frozen=True, slots=True)
class GivenFrames:
    """A clip whose frames are there; `settings` say in which precision and numbers they were computed, as far as that
    is known, and how they are to be finished.

    `told` gives, of such settings, those that the video is to tell, by name: see Source.
    """

    clip: Clip
    settings: GenerationSettings
    read: Callable[[], Iterator[Pixels]]
    told: Callable[[GenerationSettings], Mapping[str, Any]] = GenerationSettings.to_dict

    def describe(self, settings: GenerationSettings, video: Mapping[str, Any] | None) -> str:
        """The comment of the video."""
        told = self.told(settings)
        return describe(replace(settings, **{name: told[name] for name in told}), video, told)

    def frames(self, on_event: OnEvent) -> Generator[Pixels]:
        """Each as it is asked for."""
        on_event(Stage(READ, self.clip.frames))
        for index, frame in enumerate(self.read(), start=1):
            yield frame
            on_event(Step(index))


def kept_clip(folder: Path, settings: GenerationSettings, on_event: OnEvent) -> GivenFrames | None:
    """The clip that these settings ask the model for, if all of it is kept in `folder`."""
    return whole_clip(kept_parts(folder, settings, on_event), settings)


def kept_parts(folder: Path, settings: GenerationSettings, on_event: OnEvent) -> list[GivenFrames]:
    """Those of its parts that are kept in `folder`, from the first on. A seam is in the part before it."""
    found: list[GivenFrames] = []
    for number, part in enumerate(parts_of(settings), start=1):
        path = folder / frames_name(number)
        computed = computed_as(path, settings, on_event)
        if computed is None:
            break
        clip = replace(model_clip(part), loops=_come_round(path))
        frames = clip.frames - min(number - 1, 1)
        found.append(GivenFrames(replace(clip, frames=frames, ready=True), computed, partial(_frames_in, path)))
    return found


def whole_clip(parts: Sequence[GivenFrames], settings: GenerationSettings) -> GivenFrames | None:
    """Those parts as one clip, if they are all that these settings ask the model for."""
    if len(parts) < len(parts_of(settings)):
        return None
    clip = replace(model_clip(settings), loops=parts[0].clip.loops, ready=True)
    return GivenFrames(clip, parts[0].settings, lambda: chain.from_iterable(part.read() for part in parts))


def _come_round(path: Path) -> bool:
    """Whether the frames kept at `path` loop by themselves, whatever is asked for now."""
    return model_clip(recorded(read_metadata(path)["settings"])).loops


def _frames_in(path: Path) -> Iterator[Pixels]:
    from videoai.media.lossless import read_frames

    return read_frames(path)


def computed_as(path: Path, settings: GenerationSettings, on_event: OnEvent) -> GenerationSettings | None:
    """The settings of the part that is kept at `path`, in the precision and numbers that it was computed in.

    None if it is not there, or not as it was written, which is told.
    """
    try:
        if not path.exists():
            return None
        if is_whole(path):
            was = read_metadata(path)["settings"]
            return replace(settings, precision=was["precision"], compute=was["compute"])
    except (OSError, BadVideo):
        pass
    told = say("The frames kept in {name} are damaged. The video starts over.", name=path.name)
    on_event(Notice(told, important=True))
    return None


def keep(
    frames: Generator[Pixels], folder: Path | None, part: int, settings: GenerationSettings, on_event: OnEvent
) -> Generator[Pixels]:
    """The same frames, which are kept in `folder` (None: not at all) as those of a part, made with these settings.

    Where the disk refuses, that is told once, and none are kept.
    """
    if folder is None:
        yield from frames
        return
    keeping = _Keeper(folder / frames_name(part), model_clip(settings), describe(settings), on_event)
    with closing(frames), keeping as keeper:
        for frame in frames:
            keeper.append(frame)
            yield frame
        keeper.complete()


class _Keeper:
    """Puts frames into a file for as long as it can, of which in the end all is there or nothing."""

    def __init__(self, path: Path, clip: Clip, comment: str, on_event: OnEvent) -> None:
        self._path, self._clip, self._comment, self._on_event = path, clip, comment, on_event
        self._open = ExitStack()
        self._refused = False

    def __enter__(self) -> _Keeper:
        self._try(self._begin)
        return self

    def _begin(self) -> None:
        from videoai.media.lossless import LosslessWriter

        # As if nothing of them could be made smaller: the video needs room too.
        need_space(self._path.parent, self._clip.bytes, say("Keeping the frames"), "")
        part = self._open.enter_context(whole_file(self._path, replace=True))
        self._writer = self._open.enter_context(LosslessWriter(part, Fraction(self._clip.fps), self._comment))

    def append(self, frame: Pixels) -> None:
        self._try(lambda: self._writer.append(frame))

    def complete(self) -> None:
        self._try(self._complete)

    def _complete(self) -> None:
        self._writer.close()
        self._open.close()
        self._on_event(FramesKept(self._path.name))

    def _try(self, act: Callable[[], None]) -> None:
        if self._refused:
            return
        try:
            act()
        except (WriteFailed, BadOutput) as error:
            self._refused = True
            self._abandon()
            told = say("{trouble} The video continues, but its frames are not kept.", trouble=error.message)
            self._on_event(Notice(told))

    def __exit__(self, *_: object) -> None:
        self._abandon()  # what is complete is not touched any more

    def _abandon(self) -> None:
        """Leave nothing. It is told of an end of its own: whatever ended the run is none of the file's trouble."""
        self._open.__exit__(_Abandoned, _Abandoned(), None)


class _Abandoned(Exception):
    """No file is wanted any more."""
