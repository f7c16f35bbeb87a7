"""The recipe from a photo to a video, which the command line, the web app, Python and any other computer run.

    photo → settings → plan → weights → engine → finishers → encoder

Frames flow: the encoder takes each as soon as it is known.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from videoai.engine_run import EngineRun, RunConfig, StageClock
from videoai.engines.base import Plan
from videoai.engines.parts import parts_of
from videoai.engines.registry import engine_of
from videoai.errors import BadOutput
from videoai.events import Event, Notice, OnEvent, Pixels, Stage
from videoai.extend.joining import going_on, joined_frames, told
from videoai.finishing.base import Clip
from videoai.finishing.registry import model_clip, video_clip, waiting_bytes, wanted_finishers
from videoai.formats import too_fast
from videoai.kept_frames import GivenFrames, keep, kept_parts, whole_clip
from videoai.language import say
from videoai.media.metadata import describe
from videoai.media.video import write_video
from videoai.memory.estimate import planner_for
from videoai.memory.planner import PlannedRun
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


def generate(
    photo: str | Path,
    output: str | Path | None = None,
    *,
    preset: str | None = None,
    like: str | Path | None = None,
    encoder: str = "software",
    offline: bool = False,
    overwrite: bool = False,
    on_event: OnEvent | None = None,
    **settings: object,
) -> Video:
    """Make a video of a photo, in this process.

    `output` is a path or a pattern (see --output on the command line); by default, a new name in the outputs folder.
    A file that has that name is an error, unless it is to `overwrite` it.
    `settings` are parameters by name (`motion=80`, `seed=42`, `model="draft"`); the others come from `preset` or from
    the video `like`. A missing model is downloaded, unless `offline`. `on_event` is called with each event; if it
    raises, the run ends and leaves no file. Raises VideoAiError.
    """
    options = {
        "preset": preset,
        "like": like or None,
        "output": None if output is None else str(output),
        "encoder": encoder,
        "offline": offline,
        "overwrite": overwrite,
    }
    request = Request.of(settings, {name: value for name, value in options.items() if value is not None})
    request.check(photos=1)
    if Output(request.output).is_stream():
        raise BadOutput(say("Only the command line writes to standard output."), say("Name a file for the video."))
    return make_video(Path(photo), request, on_event=on_event or _log_important)


def make_video(path: Path, request: Request, *, number: int = 1, on_event: OnEvent) -> Video:
    """Make the video of the photo at `path`, the `number`th of a call, in this process. See `generate`."""
    clock = StageClock(on_event)
    # 1. The photo, upright and in sRGB.  2. The settings, now that its size is known; it is fitted to them.
    photo, settings = open_photo(path, request, clock)
    output = Output(request.output)
    output.check_writable(path, number, settings)
    output.check_free(path, number, settings, overwrite=bool(request.overwrite))
    config = RunConfig(request.encoder, request.offline, request.memory_limit, request.force)
    with temporary.folder() as folder:
        made = make_clip(photo, settings, folder / f"video{output.suffix()}", clock, config)
        names = output.names(path, number, made.settings, overwrite=bool(request.overwrite))
        written = copy_under_a_name(made.path, names)
        for notice in output.beside(written, path, number, made.settings):
            clock(Notice(notice, important=True))
    return Video(written, made.settings, made.planned, clock.finish(), peak_bytes())


def _log_important(event: Event) -> None:
    """For callers without `on_event`: they are still told what is downloaded, and under which licence."""
    if isinstance(event, Notice) and event.important:
        logging.getLogger("videoai").warning(event.message)


@dataclass(frozen=True, slots=True)
class MadeClip:
    """An encoded video; its `settings` have the precision and the numbers that it was really computed in."""

    path: Path
    settings: GenerationSettings
    planned: PlannedRun


def make_clip(
    photo: Pixels,
    settings: GenerationSettings,
    target: Path,
    clock: StageClock,
    config: RunConfig,
    on_plan: Callable[[PlannedRun], None] = lambda planned: None,
    given: GivenFrames | None = None,
) -> MadeClip:
    """Make the video of a fitted photo, (height, width, 3), as `target`; large temporary files go into its folder.

    If frames are `given`, they are finished, and the photo is looked at by nobody. `on_plan` is called with the plan
    before anything is computed. Raises VideoAiError.
    """
    # What an earlier run has made is finished, and no engine runs.
    kept: list[GivenFrames] = []
    if given is None and config.keep is not None:
        kept = kept_parts(config.keep, settings, clock)
        given = whole_clip(kept, settings)
    clip = None if given is None else given.clip
    if given is not None:
        settings = numbers_here(given.settings, given.clip, settings.compute)
    # What a resumed run took says nothing of a whole one.
    fresh = (config.state is None or not config.state.exists()) and (given is not None or not kept)
    with accelerator(on_wait=lambda: clock(Stage("wait", 0))):
        # 3. How it is computed, so that it fits into the memory there is.
        planned = plan_for(
            settings,
            given=clip,
            previous_plan=config.previous_plan,
            out_of_memory=config.out_of_memory,
            budget=config.memory_limit,
            force=config.force,
            suffix=target.suffix,
        )
        on_plan(planned)
        need_space(
            paths.temporary(),
            waiting_bytes(settings, target.suffix, clip),
            say("This video"),
            say("Free some space, or choose a shorter or smaller video."),
        )
        if (remark := planner_for(settings, given=clip).remark) is not None:
            clock(Notice(remark))
        # 4. The model's weights, downloaded and made smaller if they are not here.  5. Its frames.
        if given is None:
            settings, plan, coming = _of_engine(photo, settings, planned.plan, target.parent, clock, config, kept)
        else:
            plan, coming = planned.plan, given.frames(clock)
            settings = computed_in(settings, plan, clip)
        with closing(coming) as frames:
            # 6. Those of the video.
            finished = clock.watch(_finished(frames, settings, clip, clock))
            # 7. The file. x264 takes 55 MiB at 640×384 and 81 at 1024×576; a decoder whose last layer gives frames
            # leaves 300 MiB and more of its peak (engines/svd/cost/activations.py): the plan holds for both together.
            video = video_clip(settings, clip)
            comment = (given.describe if given else describe)(settings, _unlike(video, model_clip(settings)))
            if (said := too_fast(float(video.fps), target.suffix)) is not None:
                clock(Notice(said))
            path = write_video(
                target,
                finished,
                video.fps,
                last=video.last,
                comment=comment,
                encoder=config.encoder,
                on_frame=clock.written,
            )
    if fresh:
        learn(settings, plan, clock.finish(), clip)
    return MadeClip(path, settings, planned)


def _of_engine(
    photo: Pixels,
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

    def part(number: int, photo: Pixels, settings: GenerationSettings, on_event: OnEvent) -> Generator[Pixels]:
        def run(on_event: OnEvent) -> Generator[Pixels]:
            engine = engine_of(settings.model)
            return EngineRun(engine, photo, settings, plan, files, scratch, config, on_event, number).frames()

        if number < len(kept):
            return told(kept[number].frames(on_event), on_event, first=min(number, 1))
        made = going_on(run, photo, on_event) if number else run(on_event)
        return keep(made, config.keep, number + 1, settings, on_event)

    return settings, plan, joined_frames(photo, parts_of(settings), part, clock)


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
