"""How a run of Stable Video Diffusion is computed: what of it is in memory, and how much is worked on at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from videoai.engines.base import AvailableWeights
from videoai.engines.svd.chunking import VAE_CHUNKS, ChunkSizes
from videoai.language import say
from videoai.settings import GenerationSettings

_UNET_CHUNKS = (ChunkSizes(), ChunkSizes(4096, 1024, 2**23), ChunkSizes(2048, 512, 2**22))
_VAE_CHUNKS = (VAE_CHUNKS, *(replace(VAE_CHUNKS, tokens=VAE_CHUNKS.tokens // n) for n in (2, 4)))
"""From the fastest on. Larger ones than the defaults are no faster (docs/benchmarks.md)."""


@dataclass(frozen=True, slots=True)
class SVDPlan:
    """Two plans with the same `bits` and chunks give the same frames, bit for bit; they differ in memory and in time.

    With other chunks sums are rounded in another order: of a million colour values some hundred differ, by one level.

    `bits` are those of the weights, 16, 8 or 4; None leaves them as they are in their files. `streamed` leaves the
    UNet's on the disk, to be read as they are used; `offload` lets the frames being decoded wait in files.
    """

    bits: int | None = None
    streamed: bool = False
    offload: bool = False
    unet: ChunkSizes = field(default_factory=ChunkSizes)
    vae: ChunkSizes = VAE_CHUNKS

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> SVDPlan:
        """The inverse of `to_dict`. Raises ValueError for anything else."""
        try:
            chunks = {name: ChunkSizes(**values[name]) for name in ("unet", "vae")}
            offload = values["offload"] if "offload" in values else values["spill"]  # as version 0.1 called it
            return SVDPlan(values["bits"], bool(values["streamed"]), bool(offload), **chunks)
        except (KeyError, TypeError) as error:
            raise ValueError("no plan of this engine") from error

    def frames_key(self) -> object:
        """What the frames depend on."""
        return self.bits or 16, self.unet, self.vae

    def with_bits(self, bits: int) -> SVDPlan:
        """The same with weights of that precision."""
        return replace(self, bits=bits)

    def describe(self, settings: GenerationSettings) -> Iterator[str]:
        """For the line under an estimate."""
        if settings.reuse > 1:
            yield say("the whole network runs in one of {reuse} steps only", reuse=settings.reuse)
        if self.bits is not None:
            yield say("{bits}-bit weights", bits=self.bits)
        if self.streamed:
            yield say("the UNet's weights are read from the disk at every step")
        if self.offload:
            yield say("frames are kept on the disk during decoding")


def plans(settings: GenerationSettings, weights: AvailableWeights) -> Iterator[SVDPlan]:
    """All plans within what the user allowed, the best first.

    The most exact weights first; with those, what is fastest: weights in memory rather than streamed, large chunks
    rather than small ones, frames in memory rather than in files.
    """
    for bits in _allowed(settings, weights):
        for unet in _unet_plans(bits, weights):
            for offload in (False, True):
                yield from (replace(unet, offload=offload, vae=chunks) for chunks in _VAE_CHUNKS)


def _allowed(settings: GenerationSettings, weights: AvailableWeights) -> list[int]:
    """The precisions the user allows, the most exact first. A fixed one that is not there can be made or fetched."""
    if settings.precision != "auto":
        return [int(settings.precision)]
    return sorted(weights.bits, reverse=True)


def _unet_plans(bits: int, weights: AvailableWeights) -> Iterator[SVDPlan]:
    """From the fastest to the smallest."""
    for streamed in (False, True) if bits == 16 and weights.streamable else (False,):
        yield from (SVDPlan(bits, streamed=streamed, unet=chunks) for chunks in _UNET_CHUNKS)
