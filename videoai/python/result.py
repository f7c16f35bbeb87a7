"""What a model makes: the frames of a video, and how they came about."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videoai.errors import BadOutput
from videoai.events import Pixels
from videoai.finishing.base import Clip
from videoai.formats import check_encoder, check_suffix, published_path, too_fast
from videoai.language import say
from videoai.memory.planner import PlannedRun
from videoai.python.calls import ProgramCall, warn
from videoai.replacing import check_replaceable, is_empty, refusal_to_program, takes_place_of
from videoai.request import Request
from videoai.settings import GenerationSettings
from videoai.system import paths
from videoai.system.files import NameTaken
from videoai.writable import check_writable

if TYPE_CHECKING:
    from videoai.python.keywords import Encoder


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Result:
    """The `frames`, (number, height, width, 3) of uint8, sRGB, and the `settings` that give them once more.

    `clip` is what they are together, `planned` how they were computed, `seconds` the time of each stage, and `comment`
    what a file of them says of itself. `photo` is the path that they were made of, which no file takes the place of.
    """

    frames: Pixels
    settings: GenerationSettings
    clip: Clip
    planned: PlannedRun
    seconds: Mapping[str, float]
    comment: str
    photo: Path

    @property
    def fps(self) -> float:
        """Frames a second; whole where it is."""
        return int(self.clip.fps) if self.clip.fps == int(self.clip.fps) else float(self.clip.fps)

    @property
    def seed(self) -> int:
        """The same one gives the same video."""
        return self.settings.seed

    @property
    def duration(self) -> float:
        """Seconds, with those for which the last frame is held."""
        return self.clip.seconds

    def save(self, path: str | os.PathLike[str], *, encoder: Encoder = "software", overwrite: bool = False) -> Path:
        """Write the video to `path`, whose ending says as what: .mp4, .mov, .webm, .gif, .webp, or .png for a folder of
        frames. The settings go into it. Returns where it is. A file that is there is replaced only to `overwrite` it,
        and the photo never. Raises VideoAiError."""
        with ProgramCall().one_family():
            name = os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else ""
            if not name.strip() or "\0" in name:
                raise BadOutput(
                    say("This is no path for a video: {path}", path=repr(path)), say("Choose another name.")
                )
            asked = Request.of({}, {"encoder": encoder, "overwrite": overwrite})
            return self._save(paths.expanded(name), asked.encoder, bool(asked.overwrite))

    def _save(self, path: Path, encoder: str, overwrite: bool) -> Path:
        from videoai.media.video import write_video  # with FFmpeg's libraries

        check_suffix(path)
        check_encoder(encoder, path.suffix)
        target = published_path(path)
        check_writable(target)
        if takes_place_of(path, self.photo):
            raise BadOutput(say("{path} is the photo itself.", path=path), say("Choose another name for the video."))
        if os.path.lexists(target) and not is_empty(target):
            if not overwrite:
                raise refusal_to_program(target)
            check_replaceable(target, folder=path != target)
        if (said := too_fast(self.fps, path.suffix)) is not None:
            warn(said)
        try:
            return write_video(
                path,
                self.frames,
                self.clip.fps,
                last=self.clip.last,
                comment=self.comment,
                encoder=encoder,
                replace=overwrite,
            )
        except NameTaken as error:
            raise refusal_to_program(target) from error

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values: what is told of a video, but for its path."""
        return {
            "settings": self.settings.to_dict(),
            "model": self.settings.model,
            "video": self.clip.to_dict(),
            "plan": self.planned.to_dict(),
            "seconds": {stage: round(seconds, 3) for stage, seconds in self.seconds.items()},
        }

    def __repr__(self) -> str:
        clip = self.clip
        what = f"{clip.frames} frames, {clip.width}×{clip.height}, {self.fps:g} fps"
        return f"<videoai.Result: {what}, {Path(self.settings.model).name}, seed {self.seed}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the clip itself, no larger than a notebook should be."""
        from videoai.python.notebook import as_html

        with ProgramCall().one_family():
            return as_html(self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """The same for those who show only some kinds; the first frame for who shows no film."""
        from videoai.python.notebook import first_frame

        makers: dict[str, Callable[[], str]] = {
            "text/plain": lambda: repr(self),
            "text/html": self._repr_html_,
            "image/png": lambda: first_frame(self),
        }
        wanted = [kind for kind in makers if (not include or kind in include) and kind not in (exclude or ())]
        with ProgramCall().one_family():
            return {kind: makers[kind]() for kind in wanted}
