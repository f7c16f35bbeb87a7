"""Twice or four times the size, by a network that was trained on photos: upconv.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from videoai.engines.base import Workload
from videoai.engines.numbers import NUMBER_BYTES
from videoai.events import OnEvent, Pixels, Stage, Step
from videoai.finishing.base import Clip
from videoai.finishing.upconv_shape import NUMBERS, PIXEL_FLOP, TILE_NUMBERS
from videoai.language import say
from videoai.media.frame_file import frame_file, gathered
from videoai.settings import GenerationSettings
from videoai.stages import StageKind
from videoai.system.machine import TORCH_BYTES

_STAGE = "enlarge"
_EFFICIENCY = {"fp32": 0.9, "bf16": 0.55, "fp16": 0.55}
"""The share of a matrix product's rate that it reaches in each type of number: measured on a CPU with AMX."""


class Enlarge:
    """See videoai.finishing.base.Finisher."""

    parameters = frozenset({"enlarge", "compute"})
    uses_torch = True
    stages = (StageKind(_STAGE, say("Enlarging the frames"), "after"),)

    def is_wanted(self, settings: GenerationSettings) -> bool:
        return settings.enlarge != "off"

    def clip(self, clip: Clip, settings: GenerationSettings) -> Clip:
        times = int(settings.enlarge)
        return replace(clip, width=times * clip.width, height=times * clip.height)

    def held_bytes(self, clip: Clip, settings: GenerationSettings) -> int:
        return self._computing_bytes(clip, settings) if clip.ready else 0

    def waiting_bytes(self, clip: Clip, settings: GenerationSettings) -> int:
        back = (clip.frames - clip.turn - 1) * 3 * self.clip(clip, settings).pixels
        return back + (0 if clip.ready else clip.bytes)  # it begins when the last frame has come

    def peaks(self, clip: Clip, settings: GenerationSettings) -> dict[str, int]:
        return {
            _STAGE: TORCH_BYTES + self._computing_bytes(clip, settings) + self.clip(clip, settings).encoding_bytes()
        }

    def _computing_bytes(self, clip: Clip, settings: GenerationSettings) -> int:
        """Of the network, a tile, and a frame before and after."""
        after = self.clip(clip, settings)
        numbers = NUMBERS + TILE_NUMBERS + 3 * after.pixels // 4  # of four times the size, what is doubled once more
        return numbers * NUMBER_BYTES[settings.compute] + 3 * (clip.pixels + after.pixels)

    def workloads(self, clip: Clip, settings: GenerationSettings) -> dict[str, Workload]:
        doubled = {2: 1, 4: 1 + 4}[int(settings.enlarge)]
        return {
            _STAGE: Workload(
                _STAGE, doubled * (clip.turn + 1) * clip.pixels * PIXEL_FLOP, efficiency=_EFFICIENCY[settings.compute]
            )
        }

    def finish(
        self, frames: Iterator[Pixels], clip: Clip, settings: GenerationSettings, on_event: OnEvent
    ) -> Iterator[Pixels]:
        after = self.clip(clip, settings)
        with _all_there(frames, clip) as given, frame_file(after.width, after.height) as seen:  # for the way back
            from videoai.engines.devices import best_device  # with torch
            from videoai.finishing.upconv import Enlarger

            device = best_device().computing_in(settings.compute)
            device.free()  # what made the frames has left it
            on_event(Stage(_STAGE, clip.frames))
            done = 0
            # Told after each tile: a frame is long to whoever wants to cancel.
            enlarger = Enlarger(device, lambda: on_event(Step(done)))
            for index, frame in enumerate(given):
                if index > clip.turn:
                    yield seen[clip.frames - index - 1]
                else:
                    large = enlarger(frame, int(settings.enlarge))
                    if 0 < index < clip.frames - clip.turn:
                        seen.append(large)
                    yield large
                done += 1
                on_event(Step(done))


def _all_there(frames: Iterator[Pixels], clip: Clip) -> AbstractContextManager[Iterable[Pixels]]:
    """The frames, once nothing is computed for them any more: see frame_file.py."""
    return nullcontext(frames) if clip.ready else gathered(frames, clip.width, clip.height)
