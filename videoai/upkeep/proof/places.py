"""What lies where in the folder of a proof, which its processes share and which goes when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ABOUT = "about"
"""The answer that says what computes."""


@dataclass(frozen=True, slots=True)
class ProofFolder:
    """A folder of `temporary`. Its photo is where write_photo puts it."""

    path: Path

    @property
    def networks(self) -> Path:
        """The config.json of each part."""
        return self.path / "networks.json"

    @property
    def task(self) -> Path:
        """Task.to_dict() of the run."""
        return self.path / "proof.json"

    @property
    def model(self) -> Path:
        return self.path / "model"

    @property
    def state(self) -> Path:
        """What the run goes on from."""
        return self.path / "state.safetensors"

    @property
    def jobs(self) -> Path:
        """Where the run has the folder of its job."""
        return self.path / "jobs"

    def answer(self, name: str) -> Path:
        """What a child has found out."""
        return self.path / f"answer-{name}.json"
