"""How a run is computed: what of the weights is in memory, and how much is worked on at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from videoai.engines.svd.chunks import VAE_CHUNKS, Chunks


@dataclass(frozen=True, slots=True)
class Plan:
    """Two plans with the same `bits` and chunks give the same frames, bit for bit; they differ in memory and in time.

    With other chunks sums are rounded in another order: of a million colour values some hundred differ, by one level.

    `bits` are those of the weights, 16, 8 or 4; None leaves them as they are in their files. `streamed` leaves the
    UNet's on the disk, to be read as they are used; `spill` lets the frames being decoded wait in files.
    """

    bits: int | None = None
    streamed: bool = False
    spill: bool = False
    unet: Chunks = field(default_factory=Chunks)
    vae: Chunks = VAE_CHUNKS

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Plan:
        """The inverse of `to_dict`. Raises KeyError, TypeError and ValueError for anything else."""
        chunks = {name: Chunks(**values[name]) for name in ("unet", "vae")}
        return Plan(values["bits"], bool(values["streamed"]), bool(values["spill"]), **chunks)
