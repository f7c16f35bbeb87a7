"""Where the files of a model's networks are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from videoai.catalogue import PARTS, STEMS
from videoai.errors import ModelMissing
from videoai.language import say
from videoai.weights.shards import is_sharded, shards

COMPLETE_FOLDER = say("Use the folder of a complete Stable Video Diffusion checkpoint, or download it again.")
"""What to do about files that are no model together."""

_VARIANTS = (".fp16", "", ".8bit", ".4bit")
"""Of the files that a folder may hold for one network, the first is taken: exact ones, the smaller first."""


@dataclass(frozen=True, slots=True)
class PartFiles:
    """One network's files. Without `config`, it is the standard network."""

    weights: Path
    config: Path | None = None

    def all_weights(self) -> list[Path]:
        """The files of the weights: one, or an index with all that it names. Raises ModelDamaged, ModelMissing."""
        if not is_sharded(self.weights):
            return [self.weights]
        index = [self.weights] if self.weights.suffix == ".json" else []
        return [*index, *shards(self.weights)]

    @staticmethod
    def in_folder(folder: Path, part: str) -> PartFiles:
        """Those of the network in `folder`, laid out as diffusers does it. Raises ModelMissing."""
        for variant in _VARIANTS:
            weights = folder / f"{STEMS[part]}{variant}.safetensors"
            if weights.is_file():
                return PartFiles(weights, folder / "config.json")
            for index in (f"{STEMS[part]}.safetensors.index{variant}.json", f"{weights.name}.index.json"):
                if (folder / index).is_file():
                    return PartFiles(folder / index, folder / "config.json")
        raise ModelMissing(
            say("{folder} contains no {name}.", folder=folder, name=f"{STEMS[part]}.safetensors"),
            say("Use the folder of a complete checkpoint, or download one."),
        )


@dataclass(frozen=True, slots=True)
class ExtraFiles:
    """The extras that are here which a model without weights of its own may use: the file of the depth network."""

    depth: Path


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """All that a run needs of a model, and the tiny decoder if it is here, which is no part of any."""

    image_encoder: PartFiles
    vae: PartFiles
    unet: PartFiles
    tiny_decoder: PartFiles | None = None

    @staticmethod
    def in_folder(folder: Path) -> ModelFiles:
        """Those of a checkpoint laid out as diffusers does it. Raises ModelMissing."""
        return ModelFiles(**{part: PartFiles.in_folder(folder / part, part) for part in PARTS})

    def of(self, part: str) -> PartFiles:
        files: PartFiles = getattr(self, part)
        return files

    def all_weights(self) -> list[Path]:
        """Each file of weights once, also if it holds several networks. Raises ModelDamaged, ModelMissing."""
        return list(dict.fromkeys(path for part in PARTS for path in self.of(part).all_weights()))

    def checkpoint(self) -> Path:
        """What names all of it to whoever loads a checkpoint: the folder of the networks' folders; or the UNet's file,
        if the others lie elsewhere, or with it."""
        folder = self.unet.weights.parent.parent
        together = all(self.of(part).weights.parent == folder / part for part in PARTS)
        return folder if together else self.unet.weights
