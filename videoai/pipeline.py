"""The recipe from a photo to a video, which the command line, the web app, Python and any other computer run.

    photo → settings → plan → weights → engine → finishers → encoder

Frames flow: the encoder takes each as soon as it is known.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from videoai.engine_run import EngineRun, RunConfig, StageClock
from videoai.engines.parts import parts_of
from videoai.engines.registry import engine_of
from videoai.events import Event, Notice, OnEvent, Pixels, Stage
from videoai.extend.joining import joined_frames
from videoai.finishing.registry import model_clip, video_clip, wanted_finishers
from videoai.media.metadata import describe
from videoai.media.video import write_video
from videoai.memory.estimate import planner_for
from videoai.memory.planner import PlannedRun
from videoai.memory.run_plan import computed_in, learn, plan_for
from videoai.models.files import files_for
from videoai.outputs import Output, copy_under_a_name
from videoai.request import Request, open_photo
from videoai.settings import GenerationSettings
from videoai.system import temporary
from videoai.system.accelerator import accelerator
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
    on_event: OnEvent | None = None,
    **settings: object,
) -> Video:
    """Make a video of a photo, in this process.

    `output` is a path or a pattern (see --output on the command line); by default, a new name in the outputs folder.
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
    }
    request = Request.of(settings, {name: value for name, value in options.items() if value is not None})
    request.check(photos=1)
    return make_video(Path(photo), request, on_event=on_event or _log_important)


def make_video(path: Path, request: Request, *, number: int = 1, on_event: OnEvent) -> Video:
    """Make the video of the photo at `path`, the `number`th of a call, in this process. See `generate`."""
    clock = StageClock(on_event)
    # 1. The photo, upright and in sRGB.  2. The settings, now that its size is known; it is fitted to them.
    photo, settings = open_photo(path, request, clock)
    output = Output(request.output)
    output.check_writable(path, number, settings)
    config = RunConfig(request.encoder, request.offline, request.memory_limit, request.force)
    with temporary.folder() as folder:
        made = make_clip(photo, settings, folder / f"video{output.suffix()}", clock, config)
        written = copy_under_a_name(made.path, output.names(path, number, made.settings))
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
) -> MadeClip:
    """Make the video of a fitted photo, (height, width, 3), as `target`; large temporary files go into its folder.

    `on_plan` is called with the plan before anything is computed. Raises VideoAiError.
    """
    engine = engine_of(settings.model)
    fresh = config.state is None or not config.state.exists()  # what a resumed run took says nothing of a whole one
    with accelerator(on_wait=lambda: clock(Stage("wait", 0))):
        # 3. How it is computed, so that it fits into the memory there is.
        planned = plan_for(
            settings,
            previous_plan=config.previous_plan,
            out_of_memory=config.out_of_memory,
            budget=config.memory_limit,
            force=config.force,
        )
        on_plan(planned)
        if (remark := planner_for(settings).remark) is not None:
            clock(Notice(remark))
        # 4. The model's weights, downloaded and made smaller if they are not here.
        files, bits = files_for(settings, planned.bits, clock, offline=config.offline)
        plan = planned.plan if bits is None else planned.plan.with_bits(bits)
        if bits is not None:
            settings = replace(settings, precision=str(bits))
        settings = computed_in(settings, plan)

        # 5. The frames of the model, part by part if the clip is to go on from its last frame.
        def run(number: int, photo: Pixels, part: GenerationSettings, on_event: OnEvent) -> Generator[Pixels]:
            return EngineRun(engine, photo, part, plan, files, target.parent, config, on_event, number).frames()

        with closing(joined_frames(photo, parts_of(settings), run, clock)) as frames:
            # 6. Those of the video.
            finished = clock.watch(_finished(frames, settings, clock))
            # 7. The file. x264 takes 55 MiB at 640×384 and 81 at 1024×576; a decoder whose last layer gives frames
            # leaves 300 MiB and more of its peak (engines/svd/cost/activations.py): the plan holds for both together.
            clip = video_clip(settings)
            comment = describe(settings, None if clip == model_clip(settings) else clip.to_dict())
            path = write_video(target, finished, clip.fps, last=clip.last, comment=comment, encoder=config.encoder)
    if fresh:
        learn(settings, plan, clock.finish())
    return MadeClip(path, settings, planned)


def _finished(frames: Iterator[Pixels], settings: GenerationSettings, clock: StageClock) -> Iterator[Pixels]:
    """The frames of the video, from those of the model as they come."""
    frames = clock.timed(frames)
    for finisher, clip in wanted_finishers(settings):
        made = finisher.finish(frames, clip, settings, clock.of_finisher())
        frames = clock.timed(made, finisher.stages[0].name)
    return frames
