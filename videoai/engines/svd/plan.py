"""How a run of Stable Video Diffusion is computed: what of it is in memory, and how much is worked on at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from videoai.engines.base import AvailableWeights
from videoai.engines.numbers import NUMBER_BYTES
from videoai.engines.processor import Processor
from videoai.engines.svd.chunking import VAE_CHUNKS, ChunkSizes
from videoai.language import say
from videoai.settings import GenerationSettings

_UNET_CHUNKS = (ChunkSizes(), ChunkSizes(4096, 1024, 2**23), ChunkSizes(2048, 512, 2**22))
_VAE_CHUNKS = (VAE_CHUNKS, *(replace(VAE_CHUNKS, tokens=VAE_CHUNKS.tokens // n) for n in (2, 4)))
"""From the fastest on. Larger ones than the defaults are no faster (docs/benchmarks.md), but on a card of its own."""

_CARD_CHUNKS = (ChunkSizes(2**20, 2**18, 2**28), ChunkSizes(2**16, 2**14, 2**26))
"""For CUDA, which computes parts of the usual sizes in less time than it takes to launch them: whole clips first."""
_CARD_VAE_CHUNKS = replace(VAE_CHUNKS, tokens=2**20)


@dataclass(frozen=True, slots=True)
class SVDPlan:
    """Two plans with the same `bits`, numbers and chunks give the same frames, bit for bit; they differ in memory and
    in time.

    With other chunks sums are rounded in another order: of a million colour values some hundred differ, by one level.

    `bits` are those of the weights, 16, 8 or 4; None leaves them as they are in their files. `streamed` leaves the
    UNet's on the disk, to be read as they are used; `offload` lets the frames being decoded wait in files; with `tiny`
    the tiny decoder makes them, which needs neither that nor chunks. Layers compute in `compute`, a type of number
    (videoai/engines/numbers.py); None, in plans of versions that knew no other, means the device's usual one.
    """

    bits: int | None = None
    streamed: bool = False
    offload: bool = False
    unet: ChunkSizes = field(default_factory=ChunkSizes)
    vae: ChunkSizes = VAE_CHUNKS
    compute: str | None = None
    tiny: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> SVDPlan:
        """The inverse of `to_dict`. Raises ValueError for anything else."""
        try:
            unet, vae = (ChunkSizes(**values[name]) for name in ("unet", "vae"))
            offload = values["offload"] if "offload" in values else values["spill"]  # as version 0.1 called it
            tiny = bool(values.get("tiny", False))
            plan = SVDPlan(values["bits"], bool(values["streamed"]), bool(offload), unet, vae, tiny=tiny)
        except (KeyError, TypeError) as error:
            raise ValueError("no plan of this engine") from error
        compute = values.get("compute")
        if compute is not None and compute not in NUMBER_BYTES:
            raise ValueError(f"numbers that this version does not know: {compute!r}")
        return replace(plan, compute=compute)

    def frames_key(self) -> object:
        """What the frames depend on."""
        return self.bits or 16, self.compute, self.unet, self.vae, self.tiny

    def with_bits(self, bits: int) -> SVDPlan:
        """The same with weights of that precision."""
        return replace(self, bits=bits)

    def with_compute(self, numbers: str) -> SVDPlan:
        """The same in that type of number."""
        return replace(self, compute=numbers)

    def describe(self, settings: GenerationSettings) -> Iterator[str]:
        """For the line under an estimate."""
        if settings.reuse > 1:
            yield say("the whole network runs in one step out of {reuse} only", reuse=settings.reuse)
        if self.bits is not None:
            yield say("{bits}-bit weights", bits=self.bits)
        if self.compute is not None:
            yield say("computed in {numbers}", numbers=self.compute)
        if self.streamed:
            yield say("the UNet's weights are read from the disk at every step")
        if self.offload:
            yield say("frames are kept on the disk during decoding")
        if self.tiny:
            yield say("the tiny decoder makes the frames, without fine detail")


def plans(settings: GenerationSettings, weights: AvailableWeights, processor: Processor) -> Iterator[SVDPlan]:
    """All plans within what the user allowed, the best first.

    The most exact weights first; with those, what is fastest: weights in memory rather than streamed, large chunks
    rather than small ones, frames in memory rather than in files.
    """
    compute = processor.numbers.best if settings.compute == "auto" else settings.compute
    for bits in _allowed(settings, weights):
        for unet in _unet_plans(bits, weights, processor.device):
            if settings.decoder == "tiny":
                yield replace(unet, tiny=True, compute=compute)
                continue
            if unet.unet in _CARD_CHUNKS:
                yield replace(unet, vae=_CARD_VAE_CHUNKS, compute=compute)
                continue
            for offload in (False, True):
                yield from (replace(unet, offload=offload, vae=chunks, compute=compute) for chunks in _VAE_CHUNKS)


def _allowed(settings: GenerationSettings, weights: AvailableWeights) -> list[int]:
    """The precisions the user allows, the most exact first. A fixed one that is not there can be made or fetched."""
    if settings.precision != "auto":
        return [int(settings.precision)]
    return sorted(weights.bits, reverse=True)


def _unet_plans(bits: int, weights: AvailableWeights, device: str) -> Iterator[SVDPlan]:
    """From the fastest to the smallest."""
    sizes = (*_CARD_CHUNKS, *_UNET_CHUNKS) if device == "cuda" else _UNET_CHUNKS
    for streamed in (False, True) if bits == 16 and weights.streamable else (False,):
        yield from (SVDPlan(bits, streamed=streamed, unet=chunks) for chunks in sizes)
