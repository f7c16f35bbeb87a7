"""The draft model: an instant camera move through the photo, without any weights.

It is for trying everything at once and for framing a shot before the long run. It moves the camera, never what
is in the picture, and it says so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from videoai.engines.base import COMMON_PARAMETERS, AvailableWeights, Plan, Workload
from videoai.engines.draft.plan import DEPTH, DraftPlan, depth_peaks, depth_workloads, ours, plans
from videoai.engines.kept import KeepableNetwork, KeptNetworks
from videoai.engines.processor import Processor
from videoai.events import Checkpoint, Event, Frame, Map, Notice, Pixels, Stage, Step
from videoai.language import say
from videoai.settings import GenerationSettings
from videoai.stages import StageKind
from videoai.weights.model_files import ExtraFiles, ModelFiles

_BASE_BYTES = 140 << 20
_PIXEL_BYTES = 262
"""Of the process with x264 and what keeps the frames, and per pixel of a frame: measured, 155 MiB at 256×256, 191 at
640×384, 397 at 1024×1024 with blur."""

_AHEAD = 1
"""Frames."""

_BASE_SECONDS = 1.0
_PIXEL_SECONDS = 0.4e-6
"""And per pixel of the whole clip: measured."""


class DraftEngine:
    """See videoai.engines.base.Engine."""

    parameters = COMMON_PARAMETERS | {"motion", "camera", "depth", "focus_blur", "loop"}
    stages = (StageKind(DEPTH, say("Estimating depth")), StageKind("frames", say("Drawing the frames"), "main"))
    uses_torch = False
    goes_on = True
    comes_round = True

    def plans(self, settings: GenerationSettings, weights: AvailableWeights, processor: Processor) -> Iterator[Plan]:
        yield from plans(settings, weights, processor)

    def peaks(
        self, plan: Plan, settings: GenerationSettings, weights: AvailableWeights, processor: Processor
    ) -> dict[str, int]:
        own = _BASE_BYTES + _PIXEL_BYTES * settings.width * settings.height
        return depth_peaks(plan, own) | {"frames": own}

    def workloads(self, plan: Plan, settings: GenerationSettings, weights: AvailableWeights) -> dict[str, Workload]:
        seconds = _BASE_SECONDS + _PIXEL_SECONDS * _pixels(settings)
        return depth_workloads(plan) | {"frames": Workload("frames", seconds=seconds)}

    def read_plan(self, values: Mapping[str, Any]) -> Plan:
        return DraftPlan.from_dict(values)

    def keepable(
        self, plan: Plan, settings: GenerationSettings, weights: AvailableWeights, processor: Processor
    ) -> Sequence[KeepableNetwork]:
        return ()

    def run(
        self,
        photo: Pixels,
        settings: GenerationSettings,
        *,
        plan: Plan | None = None,
        files: ModelFiles | ExtraFiles | None = None,
        scratch: Path | None = None,
        resume: Checkpoint | None = None,
        networks: KeptNetworks | None = None,
        near: Map | None = None,
        focus: tuple[float, float] = (0.5, 0.5),
    ) -> Iterator[Event]:
        from videoai.engines.draft.blur import blurred, depth_at
        from videoai.engines.draft.camera import choose_move
        from videoai.engines.draft.depth import calibrated, disparity, followed
        from videoai.engines.draft.flight import Flight
        from videoai.engines.draft.layers import layers_of
        from videoai.engines.draft.near import which
        from videoai.engines.draft.route import Route
        from videoai.engines.draft.warp import Warp

        yield Notice(say("This is a draft: the camera moves, but nothing in the picture does."))
        yield Stage(DEPTH, 1)
        route = Route.of(settings.motion, 1 + (settings.extend or 0), round=self.comes_round and settings.loops_whole)
        found = yield from which(photo, settings, ours(plan), files, near, scratch)
        depth = disparity(photo) if found is None else calibrated(followed(photo, found))
        yield Step(1)

        yield Stage("frames", settings.all_frames)
        move = choose_move(settings.camera, settings.seed, route.reach, settings.width, settings.height)
        layers = layers_of(photo, depth, move.furthest(settings.width, settings.height))
        if settings.focus_blur:
            layers = blurred(layers, depth_at(depth, focus), settings.focus_blur)
        nears, shape = [layer.near for layer in layers], (settings.height, settings.width)
        warp = Warp(photo, layers, Flight.of(move, route, settings.all_frames, nears, shape))
        for index, frame in enumerate(_ahead(warp, settings.all_frames)):
            yield Frame(index, frame)
            yield Step(index + 1)


def _ahead(warp: Callable[[int], Pixels], count: int) -> Iterator[Pixels]:
    """The frames in their order; while one is encoded, the next is drawn."""
    with ThreadPoolExecutor(_AHEAD) as pool:
        coming = deque(pool.submit(warp, index) for index in range(min(_AHEAD, count)))
        for index in range(count):
            frame = coming.popleft().result()
            if index + _AHEAD < count:
                coming.append(pool.submit(warp, index + _AHEAD))
            yield frame


def _pixels(settings: GenerationSettings) -> int:
    return settings.all_frames * settings.width * settings.height


ENGINE = DraftEngine()
