"""More frames a second: those between the model's, computed by RIFE (rife.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from videoai.engines.base import Workload
from videoai.errors import NotFinite
from videoai.events import OnEvent, Pixels, Stage, Step
from videoai.finishing.base import Clip
from videoai.finishing.rife_shape import EFFICIENCY, NETWORK_BYTES, flop, working_bytes
from videoai.finishing.timing import parts, smoothed_length
from videoai.language import say
from videoai.settings import GenerationSettings
from videoai.stages import StageKind

if TYPE_CHECKING:
    from videoai.finishing.rife import Pair, Rife

_BASE_BYTES = 400 << 20
_PIXEL_BYTES = 80
"""Of the process with torch and the draft's libraries, and per pixel of the encoder: measured."""

_STAGE = "smooth"


class Smooth:
    """See videoai.finishing.base.Finisher. It holds two frames, and in a loop the first as well."""

    parameters = frozenset({"smooth"})
    stages = (StageKind(_STAGE, say("Smoothing the movement"), "after"),)
    uses_torch = True

    def is_wanted(self, settings: GenerationSettings) -> bool:
        return settings.smooth is not None

    def clip(self, clip: Clip, settings: GenerationSettings) -> Clip:
        fps = _fps(settings)
        frames, last = smoothed_length(clip.frames, clip.fps, fps)
        turns_at = Fraction(clip.turn * fps) / Fraction(clip.fps)  # which one of the new frames has to be
        mirrored = clip.mirrored and turns_at.denominator == 1
        return replace(clip, frames=frames, fps=fps, last=last, mirrored=mirrored)

    def held_bytes(self, clip: Clip, settings: GenerationSettings) -> int:
        return NETWORK_BYTES + working_bytes(clip.height, clip.width)  # it computes as the frames come

    def waiting_bytes(self, clip: Clip, settings: GenerationSettings) -> int:
        return 0

    def peaks(self, clip: Clip, settings: GenerationSettings) -> dict[str, int]:
        return {_STAGE: _BASE_BYTES + _PIXEL_BYTES * clip.width * clip.height + self.held_bytes(clip, settings)}

    def workloads(self, clip: Clip, settings: GenerationSettings) -> dict[str, Workload]:
        fractions = [each for some in _parts(clip, settings) for each in some]
        work = sum(map(bool, fractions)) * flop(clip.height, clip.width)
        return {_STAGE: Workload(_STAGE, work, efficiency=EFFICIENCY[settings.compute])}

    def finish(
        self, frames: Iterator[Pixels], clip: Clip, settings: GenerationSettings, on_event: OnEvent
    ) -> Iterator[Pixels]:
        between, done = _Between(settings), 0

        def still_here() -> None:
            on_event(Step(done))

        for index, (pair, some) in enumerate(
            zip(_pairs(frames, loops=clip.loops), _parts(clip, settings), strict=True)
        ):
            if index == 0:
                on_event(Stage(_STAGE, self.clip(clip, settings).frames))
            # Between two frames that came before the other way round: the same as then.
            back = clip.mirrored and index >= clip.turn
            between.hold(*(reversed(pair) if back else pair))
            for part in some:
                # Told before each block of the network too: a frame is long to whoever wants to cancel.
                yield between(float(1 - part if back else part), still_here) if part else pair[0]
                done += 1
                on_event(Step(done))


def _fps(settings: GenerationSettings) -> int:
    if settings.smooth is None:
        raise ValueError("These settings do not ask for a smoother clip.")
    return settings.smooth


def _parts(clip: Clip, settings: GenerationSettings) -> Iterator[list[Fraction]]:
    return parts(clip.frames, clip.fps, _fps(settings), loops=clip.loops)


def _pairs(frames: Iterator[Pixels], *, loops: bool) -> Iterator[tuple[Pixels, Pixels]]:
    """Each frame with the next one; the last with the first if the clip loops, and with itself if not."""
    before = next(frames)
    first = before if loops else None
    for after in frames:
        yield before, after
        before = after
    yield before, before if first is None else first


class _Between:
    """What computes the frames between two on this machine's best processor, in the settings' type of number."""

    def __init__(self, settings: GenerationSettings) -> None:
        self._compute = None if settings.compute == "auto" else settings.compute
        self._network: Rife | None = None
        self._pair: Pair | None = None

    def hold(self, before: Pixels, after: Pixels) -> None:
        """The next ones are between these."""
        self._frames, self._pair = (before, after), None

    def __call__(self, part: float, on_block: Callable[[], None]) -> Pixels:
        """The frame so far on the way. Raises NotFinite."""
        try:
            return self._computed(part, on_block)
        except NotFinite:
            if self._compute == "fp32":
                raise
            self._compute, self._network, self._pair = "fp32", None, None
            return self._computed(part, on_block)

    def _computed(self, part: float, on_block: Callable[[], None]) -> Pixels:
        from videoai.engines.devices import best_device
        from videoai.finishing import rife

        if self._network is None:
            self._network = rife.load(best_device().computing_in(self._compute))
        if self._pair is None:
            self._pair = rife.Pair.of(*self._frames, self._network.device)
        found: Pixels = self._network.between(self._pair, part, on_block=on_block).cpu().numpy()
        return found
