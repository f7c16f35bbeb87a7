"""Where the files of a model's networks are, and how a network's file is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from videoai.engines.svd.config import Config
from videoai.errors import ModelMissing
from videoai.models.catalogue import PARTS, STEMS
from videoai.models.formats.opening import open_weights
from videoai.models.formats.source import Source

_VARIANTS = (".fp16", "", ".8bit", ".4bit")
"""Of the files that a folder may hold for one network, the first is taken: exact ones, the smaller first."""


@dataclass(frozen=True, slots=True)
class PartFiles:
    """One network's files. Without `config`, it is the standard network."""

    weights: Path
    config: Path | None = None

    @staticmethod
    def in_folder(folder: Path, part: str) -> PartFiles:
        """Those of the network in `folder`, laid out as diffusers does it. Raises ModelMissing."""
        for variant in _VARIANTS:
            weights = folder / f"{STEMS[part]}{variant}.safetensors"
            if weights.is_file():
                return PartFiles(weights, folder / "config.json")
        raise ModelMissing(
            f"{folder} holds no {STEMS[part]}.safetensors.", "Give the folder of a whole checkpoint, or fetch one."
        )


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """All that a run needs of a model."""

    image_encoder: PartFiles
    vae: PartFiles
    unet: PartFiles

    @staticmethod
    def in_folder(folder: Path) -> ModelFiles:
        """Those of a checkpoint laid out as diffusers does it. Raises ModelMissing."""
        return ModelFiles(**{part: PartFiles.in_folder(folder / part, part) for part in PARTS})

    def of(self, part: str) -> PartFiles:
        files: PartFiles = getattr(self, part)
        return files


C = TypeVar("C", bound=Config, covariant=True)


class ConfigType(Protocol[C]):
    """The class of a network's configuration."""

    part: str

    def read(self, path: Path) -> C: ...

    def standard(self) -> C: ...


def open_part(files: PartFiles | Path, config_type: ConfigType[C]) -> tuple[C, Source]:
    """The configuration and the weights of a network; a path is a folder of the diffusers layout.

    Raises ModelMissing and ModelDamaged.
    """
    part = config_type.part
    if isinstance(files, Path):
        files = PartFiles.in_folder(files, part)
    config = config_type.standard() if files.config is None else config_type.read(files.config)
    return config, open_weights(files.weights, part, config)
