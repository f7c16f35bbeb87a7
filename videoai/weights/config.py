"""The shapes of the three networks, read from the checkpoint's own config.json files where it has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from videoai.errors import ModelDamaged, ModelMissing
from videoai.language import say
from videoai.system.reasons import reason
from videoai.weights import svd_configs
from videoai.weights.other_models import check_numbers

GROUPS = 32
"""The groups of every GroupNorm in the checkpoint."""

_HINT = say("Download the model again: its config.json is not from a Stable Video Diffusion checkpoint.")

_DOWN = {"DownBlockSpatioTemporal": False, "CrossAttnDownBlockSpatioTemporal": True}
_UP = {"UpBlockSpatioTemporal": False, "CrossAttnUpBlockSpatioTemporal": True}


@dataclass(frozen=True, slots=True)
class UNetConfig:
    """UNetSpatioTemporalConditionModel: one entry a resolution, from the finest, unless said otherwise."""

    in_channels: int
    out_channels: int
    channels: tuple[int, ...]
    down_attention: tuple[bool, ...]
    up_attention: tuple[bool, ...]
    """Whether each up block attends, from the coarsest, as the file lists them."""
    layers: tuple[int, ...]
    transformer_layers: tuple[int, ...]
    heads: tuple[int, ...]
    cross_attention_dim: tuple[int, ...]
    """Width of the image token that each resolution's cross-attention reads."""
    time_ids: int
    """How many numbers (fps, motion, noise) are embedded beside the timestep."""
    time_id_width: int

    part: ClassVar[str] = "unet"

    @staticmethod
    def read(path: Path) -> UNetConfig:
        """From `unet/config.json`. Raises ModelMissing or ModelDamaged."""
        return UNetConfig._of(_Values.of_file(path, "UNetSpatioTemporalConditionModel"))

    @staticmethod
    def standard() -> UNetConfig:
        """That of Stable Video Diffusion, for files that bring none."""
        return UNetConfig._of(_Values("the standard", svd_configs.UNET))

    @staticmethod
    def _of(values: _Values) -> UNetConfig:
        channels = values.whole_tuple("block_out_channels", GROUPS)
        levels = len(channels)
        width = values.whole("addition_time_embed_dim", 2)
        total = values.whole("projection_class_embeddings_input_dim", width)
        heads = values.per_level("num_attention_heads", levels)
        if any(c % h for c, h in zip(channels, heads, strict=True)):
            raise values.wrong("num_attention_heads", heads)
        inputs, outputs = values.whole("in_channels"), values.whole("out_channels")
        values.check_kind(inputs, outputs, total / width)
        return UNetConfig(
            in_channels=inputs,
            out_channels=outputs,
            channels=channels,
            down_attention=values.kinds("down_block_types", _DOWN, levels),
            up_attention=values.kinds("up_block_types", _UP, levels),
            layers=values.per_level("layers_per_block", levels),
            transformer_layers=values.per_level("transformer_layers_per_block", levels, default=1),
            heads=heads,
            cross_attention_dim=values.per_level("cross_attention_dim", levels),
            time_ids=total // width,
            time_id_width=width,
        )


@dataclass(frozen=True, slots=True)
class VAEConfig:
    """AutoencoderKLTemporalDecoder; `channels` from the finest resolution."""

    in_channels: int
    out_channels: int
    latent_channels: int
    channels: tuple[int, ...]
    layers: int
    scaling: float
    """What the denoiser's latents are divided by before they are decoded."""

    part: ClassVar[str] = "vae"

    @staticmethod
    def read(path: Path) -> VAEConfig:
        """From `vae/config.json`. Raises ModelMissing or ModelDamaged."""
        return VAEConfig._of(_Values.of_file(path, "AutoencoderKLTemporalDecoder"))

    @staticmethod
    def standard() -> VAEConfig:
        """That of Stable Video Diffusion, for files that bring none."""
        return VAEConfig._of(_Values("the standard", svd_configs.VAE))

    @staticmethod
    def _of(values: _Values) -> VAEConfig:
        channels = values.whole_tuple("block_out_channels", GROUPS)
        values.kinds("down_block_types", {"DownEncoderBlock2D": False}, len(channels))
        return VAEConfig(
            in_channels=values.whole("in_channels"),
            out_channels=values.whole("out_channels"),
            latent_channels=values.whole("latent_channels"),
            channels=channels,
            layers=values.whole("layers_per_block"),
            scaling=values.positive("scaling_factor"),
        )


@dataclass(frozen=True, slots=True)
class CLIPVisionConfig:
    """CLIPVisionModelWithProjection: a vision transformer and the projection of its class token."""

    width: int
    hidden: int
    projection: int
    layers: int
    heads: int
    channels: int
    size: int
    patch: int
    activation: str
    eps: float

    part: ClassVar[str] = "image_encoder"

    @staticmethod
    def read(path: Path) -> CLIPVisionConfig:
        """From `image_encoder/config.json`. Raises ModelMissing or ModelDamaged."""
        return CLIPVisionConfig._of(_Values.of_file(path, None))

    @staticmethod
    def standard() -> CLIPVisionConfig:
        """That of Stable Video Diffusion, for files that bring none."""
        return CLIPVisionConfig._of(_Values("the standard", svd_configs.IMAGE_ENCODER))

    @staticmethod
    def _of(values: _Values) -> CLIPVisionConfig:
        config = CLIPVisionConfig(
            width=values.whole("hidden_size"),
            hidden=values.whole("intermediate_size"),
            projection=values.whole("projection_dim"),
            layers=values.whole("num_hidden_layers"),
            heads=values.whole("num_attention_heads"),
            channels=values.whole("num_channels", default=3),
            size=values.whole("image_size"),
            patch=values.whole("patch_size"),
            activation=str(values.get("hidden_act", "quick_gelu")),
            eps=values.positive("layer_norm_eps", default=1e-5),
        )
        if config.activation not in ("gelu", "quick_gelu"):
            raise values.wrong("hidden_act", config.activation)
        if config.width % config.heads:
            raise values.wrong("num_attention_heads", config.heads)
        if config.size < config.patch:
            raise values.wrong("patch_size", config.patch)
        return config


Config = UNetConfig | VAEConfig | CLIPVisionConfig

CONFIGS: Mapping[str, type[UNetConfig] | type[VAEConfig] | type[CLIPVisionConfig]] = {
    config.part: config for config in (CLIPVisionConfig, VAEConfig, UNetConfig)
}
"""The kind of configuration of each part."""


_MOST, _MOST_LAYERS, _MOST_LEVELS = 1 << 15, 128, 8
"""Of a width, of layers and of resolutions. Real ones have 5120, 32 and 4; a network is laid out before its weights are
looked at, and one of ten million layers would take gigabytes."""


class _Values:
    """One config.json, each value checked as it is taken."""

    def __init__(self, place: object, values: Mapping[str, Any]) -> None:
        self._path = place
        self._values = values

    @staticmethod
    def of_file(path: Path, class_name: str | None) -> _Values:
        try:
            values = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            raise ModelMissing(
                say("{path} does not exist.", path=path),
                say("Use the folder of a complete checkpoint, or download one."),
            ) from None
        except (OSError, ValueError, RecursionError) as error:
            raise ModelDamaged(
                say("{path} cannot be read: {reason}.", path=path, reason=reason(error)), _HINT
            ) from error
        if not isinstance(values, dict):
            raise ModelDamaged(say("{path} contains no settings.", path=path), _HINT)
        found = values.get("_class_name", class_name)
        if class_name is not None and found != class_name:
            raise ModelDamaged(
                say("{path} describes a {found}, not a {wanted}.", path=path, found=found, wanted=class_name),
                _HINT,
            )
        return _Values(path, values)

    def check_kind(self, channels_in: int, channels_out: int, time_ids: float) -> None:
        """Raises ModelDamaged if a UNet with these numbers is of another kind of model."""
        check_numbers(self._path, channels_in, channels_out, time_ids)

    def wrong(self, name: str, value: object) -> ModelDamaged:
        return ModelDamaged(
            say("{path}: {name} cannot be {value}.", path=self._path, name=name, value=repr(value)), _HINT
        )

    def get(self, name: str, default: object = None) -> Any:
        value = self._values.get(name, default)
        if value is None:
            raise ModelDamaged(say("{path}: {name} is missing.", path=self._path, name=name), _HINT)
        return value

    def whole(self, name: str, multiple_of: int = 1, default: int | None = None) -> int:
        return self._whole(name, self.get(name, default), multiple_of)

    def _whole(self, name: str, value: object, multiple_of: int = 1) -> int:
        most = _MOST_LAYERS if "layers" in name else _MOST
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most or value % multiple_of:
            raise self.wrong(name, value)
        return value

    def positive(self, name: str, default: float | None = None) -> float:
        value = self.get(name, default)
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < float("inf"):
            raise self.wrong(name, value)
        return float(value)

    def whole_tuple(self, name: str, multiple_of: int = 1) -> tuple[int, ...]:
        value = self.get(name)
        if not isinstance(value, list) or not 0 < len(value) <= _MOST_LEVELS:
            raise self.wrong(name, value)
        return tuple(self._whole(name, item, multiple_of) for item in value)

    def per_level(self, name: str, levels: int, default: int | None = None) -> tuple[int, ...]:
        """One whole number a resolution; a single number stands for all of them."""
        value = self.get(name, default)
        each = value if isinstance(value, list) else [value] * levels
        if len(each) != levels:
            raise self.wrong(name, value)
        return tuple(self._whole(name, item) for item in each)

    def kinds(self, name: str, known: Mapping[str, bool], levels: int) -> tuple[bool, ...]:
        value = self.get(name)
        if not isinstance(value, list) or len(value) != levels or any(kind not in known for kind in value):
            raise self.wrong(name, value)
        return tuple(known[kind] for kind in value)
