"""A third engine: the photo fades into its mirror image. It stops after each frame as long as FADE_SECONDS says."""

from __future__ import annotations

import os
import time

import numpy as np

from videoai.engines.base import COMMON_PARAMETERS, OnlyPlan, Workload
from videoai.errors import CheckpointUnusable
from videoai.events import Checkpoint, Frame, Notice, Stage, Step
from videoai.language import say
from videoai.stages import StageKind


class FadeEngine:
    parameters = COMMON_PARAMETERS | {"motion"}
    stages = (StageKind("fade", say("Fading"), "main"),)
    uses_torch = False
    goes_on = False
    comes_round = False

    def plans(self, settings, weights, processor):
        yield OnlyPlan()

    def peaks(self, plan, settings, weights, processor):
        return {"fade": (100 << 20) + 8 * settings.frames * settings.width * settings.height}

    def workloads(self, plan, settings, weights):
        return {"fade": Workload("fade", seconds=2.0 * settings.frames)}

    def read_plan(self, values):
        return OnlyPlan()

    def keepable(self, plan, settings, weights, processor):
        return ()

    def run(self, photo, settings, *, plan, files=None, scratch=None, resume=None, networks=None, near=None):
        shares = np.linspace(0, settings.motion / 255, settings.frames)
        frames = [(photo * (1 - share) + photo[:, ::-1] * share).astype(np.uint8) for share in shares]
        done = 0
        if resume is not None:
            if "faded" not in resume.values:
                raise CheckpointUnusable("This is no state of a fade.", "Begin again.")
            done = resume.values["faded"]
            yield Notice(f"It goes on after {done} frames.")
        yield Stage("fade", settings.frames)
        for index in range(done, settings.frames):
            time.sleep(float(os.environ.get("FADE_SECONDS", 0)))
            yield Checkpoint({}, {"faded": index + 1})
            yield Step(index + 1)
        for index, frame in enumerate(frames):
            yield Frame(index, frame)


ENGINE = FadeEngine()
