"""A second finisher: it makes each frame brighter by what the new parameter says."""

from __future__ import annotations

import numpy as np

from videoai.engines.base import Workload
from videoai.events import Stage, Step
from videoai.language import say
from videoai.stages import StageKind


class Glow:
    parameters = frozenset({"glow"})
    stages = (StageKind("glow", say("Glowing"), "after"),)
    uses_torch = False

    def is_wanted(self, settings):
        return settings.glow > 3

    def clip(self, clip, settings):
        return clip

    def held_bytes(self, clip, settings):
        return 0

    def waiting_bytes(self, clip, settings):
        return 0

    def peaks(self, clip, settings):
        return {"glow": (100 << 20) + clip.width * clip.height * 3}

    def workloads(self, clip, settings):
        return {"glow": Workload("glow", seconds=0.1)}

    def finish(self, frames, clip, settings, on_event):
        for frame in frames:
            yield np.minimum(frame, 255 - 10 * settings.glow) + np.uint8(10 * settings.glow)
        on_event(Stage("glow", 1))
        on_event(Step(1))
