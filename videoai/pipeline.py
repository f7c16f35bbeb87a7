"""The recipe from a photo to a video, which the command line, the web app, Python and any other computer run.

    photo → settings → plan → weights → engine → finishers → encoder

Frames flow: the encoder takes each as soon as it is known.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from videoai.engine_run import EngineRun, RunConfig, StageClock
from videoai.engines.base import Plan
from videoai.engines.parts import parts_of
from videoai.engines.registry import engine_of
from videoai.events import Notice, OnEvent, Pixels, Stage
from videoai.extend.joining import going_on, joined_frames, told
from videoai.finishing.base import Clip
from videoai.finishing.registry import model_clip, uses_torch, video_clip, waiting_bytes, wanted_finishers
from videoai.formats import too_fast
from videoai.kept_frames import GivenFrames, keep, kept_parts, whole_clip
from videoai.language import say
from videoai.media.fitted_photo import FittedPhoto
from videoai.media.given_photo import GivenPhoto
from videoai.media.metadata import describe
from videoai.media.video import write_video
from videoai.memory.estimate import planner_for
from videoai.memory.keeping import kept_networks
from videoai.memory.planner import PlannedRun
from videoai.memory.processor import sparing_a_core
from videoai.memory.run_plan import computed_in, learn, numbers_here, plan_for
from videoai.models.files import files_for
from videoai.outputs import Output, copy_under_a_name
from videoai.request import Request, open_photo
from videoai.settings import GenerationSettings
from videoai.system import paths, temporary
from videoai.system.accelerator import accelerator
from videoai.system.files import need_space
from videoai.system.machine import peak_bytes


@dataclass(frozen=True, slots=True)
class Video:
    """A finished video: where it is, how it was made, and what it took."""

    path: Path
    settings: GenerationSettings
    planned: PlannedRun
    seconds: dict[str, float]
    peak_bytes: int

    def to_dict(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "path": str(self.path),
            "settings": self.settings.to_dict(),
            "model": self.settings.model,
            "video": video_clip(self.settings).to_dict(),
            "plan": self.planned.to_dict(),
            "seconds": {stage: round(seconds, 3) for stage, seconds in self.seconds.items()},
            "peak_bytes": self.peak_bytes,
        }


def make_video(source: GivenPhoto, request: Request, config: RunConfig, *, on_event: OnEvent) -> Video:
    """Make the video of a photo, in this process, and put it where the request says. Raises VideoAiError."""
    clock, path, overwrite = StageClock(on_event), source.path, bool(request.overwrite)
    # 1. The photo, upright and in sRGB.  2. The settings, now that its size is known; it is fitted to them.
    photo, settings = open_photo(source, request, clock)
    output = Output(request.output)
    output.check_writable(path, 1, settings)
    output.check_free(path, 1, settings, overwrite=overwrite)
    with temporary.folder() as folder:
        made = make_clip(photo, settings, folder / f"video{output.suffix()}", clock, config)
        written = copy_under_a_name(made.path, output.names(path, 1, made.settings, overwrite=overwrite))
        for notice in output.beside(written, path, 1, made.settings):
            clock(Notice(notice, important=True))
    return Video(written, made.settings, made.planned, clock.finish(), peak_bytes())


@dataclass(frozen=True, slots=True)
class MadeClip:
    """An encoded video; its `settings` have the precision and the numbers that it was really computed in."""

    path: Path
    settings: GenerationSettings
    planned: PlannedRun


def make_clip(
    photo: FittedPhoto,
    settings: GenerationSettings,
    target: Path,
    clock: StageClock,
    config: RunConfig,
    on_plan: Callable[[PlannedRun], None] = lambda planned: None,
    given: GivenFrames | None = None,
) -> MadeClip:
    """Make the video of a photo as `target`; large temporary files go into its folder.

    If frames are `given`, they are finished, and the photo is looked at by nobody. `on_plan` is called with the plan
    before anything is computed. Raises VideoAiError.
    """
    with coming_frames(photo, settings, target.parent, clock, config, target.suffix, on_plan, given) as coming:
        # 7. The file. x264 takes 55 MiB at 640×384 and 81 at 1024×576; a decoder whose last layer gives frames
        # leaves 300 MiB and more of its peak (engines/svd/cost/activations.py): the plan holds for both together.
        if (said := too_fast(float(coming.clip.fps), target.suffix)) is not None:
            clock(Notice(said))
        path = write_video(
            target,
            clock.encoded(coming.frames),
            coming.clip.fps,
            last=coming.clip.last,
            comment=coming.comment,
            encoder=config.encoder,
            on_frame=clock.written,
        )
    return MadeClip(path, coming.settings, coming.planned)


@dataclass(frozen=True, slots=True)
class ComingFrames:
    """The frames of a video, each made as it is asked for, and the `clip` that they are; see MadeClip for the rest.

    `comment` is what a file of them says of itself.
    """

    frames: Iterator[Pixels]
    clip: Clip
    settings: GenerationSettings
    planned: PlannedRun
    comment: str


@contextmanager
def coming_frames(
    photo: FittedPhoto,
    settings: GenerationSettings,
    scratch: Path,
    clock: StageClock,
    config: RunConfig,
    suffix: str,
    on_plan: Callable[[PlannedRun], None] = lambda planned: None,
    given: GivenFrames | None = None,
) -> Iterator[ComingFrames]:
    """The frames of the video, for what ends in `suffix`, which may be IN_MEMORY; `scratch` is a folder for large
    temporary files. What is not taken when the block ends is not made. See `make_clip`."""
    # What an earlier run has made is finished, and no engine runs.
    kept: list[GivenFrames] = []
    if given is None and config.keep is not None:
        kept = kept_parts(config.keep, settings, clock)
        given = whole_clip(kept, settings)
    clip = None if given is None else given.clip
    if given is not None:
        settings = numbers_here(given.settings, given.clip, settings.compute)
    with (
        accelerator(lambda: clock(Stage("wait", 0)), config.while_waiting),
        sparing_a_core(config.spare_core and uses_torch(settings, clip)),
    ):
        # What a resumed run took, or one that has loaded nothing, says nothing of a whole one.
        fresh = (config.state is None or not config.state.exists()) and (given is not None or not kept)
        fresh = fresh and not config.networks.bytes
        # 3. How it is computed, so that it fits into the memory and onto the disk there is.
        planned = _planned(settings, clip, config, suffix, on_plan)
        if (remark := planner_for(settings, given=clip).remark) is not None:
            clock(Notice(remark))
        # 4. The model's weights, downloaded and made smaller if they are not here.  5. Its frames.
        if given is None:
            if config.networks.lasting:
                config.networks.keep(kept_networks(planner_for(settings, suffix=suffix), planned))
            settings, plan, coming = _of_engine(photo, settings, planned.plan, scratch, clock, config, kept)
        else:
            plan, coming = planned.plan, given.frames(clock)
            settings = computed_in(settings, plan, clip)
        with closing(coming) as frames:
            # 6. Those of the video.
            finished = clock.watch(_finished(frames, settings, clip, clock))
            video = video_clip(settings, clip)
            comment = (given.describe if given else describe)(settings, _unlike(video, model_clip(settings)))
            yield ComingFrames(finished, video, settings, planned, comment)
    if fresh:
        learn(settings, plan, clock.finish(), clip)


def _planned(
    settings: GenerationSettings,
    given: Clip | None,
    config: RunConfig,
    suffix: str,
    on_plan: Callable[[PlannedRun], None],
) -> PlannedRun:
    """Raises NotEnoughMemory, BadSettings; WriteFailed if the frames that wait have no room on the disk."""
    planned = plan_for(
        settings,
        given=given,
        previous_plan=config.previous_plan,
        out_of_memory=config.out_of_memory,
        budget=config.budget(),
        force=config.force,
        suffix=suffix,
    )
    on_plan(planned)
    need_space(
        paths.temporary(),
        waiting_bytes(settings, suffix, given),
        say("This video"),
        say("Free some space, or choose a shorter or smaller video."),
    )
    return planned


def _of_engine(
    photo: FittedPhoto,
    settings: GenerationSettings,
    plan: Plan,
    scratch: Path,
    clock: StageClock,
    config: RunConfig,
    kept: Sequence[GivenFrames],
) -> tuple[GenerationSettings, Plan, Generator[Pixels]]:
    """The frames that the model makes, part by part, and the settings and the plan by which it really does."""
    files, bits = files_for(settings, plan.bits, clock, offline=config.offline)
    if bits is not None:
        settings, plan = replace(settings, precision=str(bits)), plan.with_bits(bits)
    settings = computed_in(settings, plan)

    def part(number: int, first: Pixels, settings: GenerationSettings, on_event: OnEvent) -> Generator[Pixels]:
        def run(on_event: OnEvent) -> Generator[Pixels]:
            engine = engine_of(settings.model)
            begun = FittedPhoto(first) if number else photo  # by then the camera has moved: the depth is another
            return EngineRun(engine, begun, settings, plan, files, scratch, config, on_event, number).frames()

        if number < len(kept):
            return told(kept[number].frames(on_event), on_event, first=min(number, 1))
        made = going_on(run, first, on_event) if number else run(on_event)
        return keep(made, config.keep, number + 1, settings, on_event)

    return settings, plan, joined_frames(photo.pixels, parts_of(settings), part, clock)


def _unlike(video: Clip, source: Clip) -> dict[str, Any] | None:
    """What a video says of itself, if it is not just what it was made of."""
    told = video.to_dict()
    return None if told == source.to_dict() else told


def _finished(
    frames: Iterator[Pixels], settings: GenerationSettings, given: Clip | None, clock: StageClock
) -> Iterator[Pixels]:
    """The frames of the video, from those of the model, or of the clip that is given, as they come."""
    frames = clock.timed(frames)
    for finisher, clip in wanted_finishers(settings, given):
        made = finisher.finish(frames, clip, settings, clock.of_finisher())
        frames = clock.timed(made, finisher.stages[0].name) if finisher.stages else made
    return frames
