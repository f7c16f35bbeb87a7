"""What the original files call each tensor of Stable Video Diffusion, and how it lies there.

The tables follow from a network's configuration: diffusers' name and shape, the original name, and what makes the
one of the other. The original names are those of the modules in Stability-AI/generative-models
(sgm/modules/diffusionmodules/video_model.py, openaimodel.py and model.py, sgm/modules/attention.py and
video_attention.py, sgm/modules/autoencoding/temporal_ae.py; configs/inference/svd.yaml) and, for the image encoder,
in mlfoundations/open_clip (src/open_clip/transformer.py).

The mixing factors are copied as they are. In the denoiser both write `time_mixer.mix_factor`, the spatial share
before its sigmoid. In the decoder the original's `mix_factor` is the temporal share; so it is in diffusers, whose
decoder switches the sides (`switch_spatial_to_temporal_mix`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import torch

from videoai.weights.config import CLIPVisionConfig, Config, UNetConfig, VAEConfig


class Transform(Enum):
    """What is done to an original tensor."""

    AS_IS = "as it is"
    TRANSPOSED = "transposed"
    FLATTENED = "a 1×1 convolution made a linear layer's matrix"
    QUERY = "the first third of a fused tensor"
    KEY = "the second third"
    VALUE = "the last third"


_THIRDS = (Transform.QUERY, Transform.KEY, Transform.VALUE)


@dataclass(frozen=True, slots=True)
class TensorOrigin:
    """Where one of diffusers' tensors, of `shape`, comes from."""

    original: str
    shape: torch.Size
    transform: Transform = Transform.AS_IS

    @property
    def original_shape(self) -> torch.Size:
        if self.transform is Transform.TRANSPOSED:
            return torch.Size(reversed(self.shape))
        if self.transform is Transform.FLATTENED:
            return torch.Size((*self.shape, 1, 1))
        if self.transform in _THIRDS:
            return torch.Size((3 * self.shape[0], *self.shape[1:]))
        return self.shape

    def taken_from(self, tensor: torch.Tensor) -> torch.Tensor:
        """The tensor, given the original one, contiguous and sharing no more memory than it has to."""
        if self.transform is Transform.TRANSPOSED:
            return tensor.t().contiguous()
        if self.transform is Transform.FLATTENED:
            return tensor.reshape(self.shape)
        if self.transform in _THIRDS:
            return tensor.chunk(3)[_THIRDS.index(self.transform)].clone()
        return tensor


class _Names:
    """Rows in the making, below a prefix on either side."""

    def __init__(self, tensor_origins: dict[str, TensorOrigin], ours: str = "", theirs: str = "") -> None:
        self._rows, self._ours, self._theirs = tensor_origins, ours, theirs

    def at(self, ours: str, theirs: str = "") -> _Names:
        return _Names(self._rows, f"{self._ours}{ours}.", f"{self._theirs}{theirs}." if theirs else self._theirs)

    def one(self, ours: str, theirs: str, *shape: int, transform: Transform = Transform.AS_IS) -> None:
        self._rows[self._ours + ours] = TensorOrigin(self._theirs + theirs, torch.Size(shape), transform)

    def both(self, ours: str, theirs: str, *shape: int, transform: Transform = Transform.AS_IS) -> None:
        """A weight of `shape` and its bias."""
        self.one(f"{ours}.weight", f"{theirs}.weight", *shape, transform=transform)
        self.one(f"{ours}.bias", f"{theirs}.bias", shape[0])  # flattening leaves a bias as it is


def tensor_origins(config: Config) -> dict[str, TensorOrigin]:
    """Every tensor of the network, under diffusers' name. Original names are without the file's prefixes."""
    table: dict[str, TensorOrigin] = {}
    names = _Names(table)
    if isinstance(config, UNetConfig):
        _unet(names, config)
    elif isinstance(config, VAEConfig):
        _vae(names, config)
    else:
        _image_encoder(names, config)
    return table


def _unet(names: _Names, config: UNetConfig) -> None:
    width, time, last = config.channels[0], 4 * config.channels[0], len(config.channels) - 1
    names.both("time_embedding.linear_1", "time_embed.0", time, width)
    names.both("time_embedding.linear_2", "time_embed.2", time, time)
    names.both("add_embedding.linear_1", "label_emb.0.0", time, config.time_ids * config.time_id_width)
    names.both("add_embedding.linear_2", "label_emb.0.2", time, time)
    names.both("conv_in", "input_blocks.0.0", width, config.in_channels, 3, 3)
    skips = _unet_down(names, config, time)
    channels = config.channels[last]
    _blocks(names.at("mid_block.resnets.0", "middle_block.0"), channels, channels, time)
    _transformer(names.at("mid_block.attentions.0", "middle_block.1"), config, last)
    _blocks(names.at("mid_block.resnets.1", "middle_block.2"), channels, channels, time)
    _unet_up(names, config, time, skips)
    names.both("conv_norm_out", "out.0", width)
    names.both("conv_out", "out.2", config.out_channels, width, 3, 3)


def _unet_down(names: _Names, config: UNetConfig, time: int) -> list[int]:
    """The original counts every layer and every downsampling in one list. Gives the channels of the skips."""
    channels = config.channels[0]
    skips = [channels]
    for level, outputs in enumerate(config.channels):
        for layer in range(config.layers[level]):
            block = f"input_blocks.{len(skips)}"
            _blocks(names.at(f"down_blocks.{level}.resnets.{layer}", f"{block}.0"), channels, outputs, time)
            if config.down_attention[level]:
                _transformer(names.at(f"down_blocks.{level}.attentions.{layer}", f"{block}.1"), config, level)
            channels = outputs
            skips.append(channels)
        if level < len(config.channels) - 1:
            down = f"down_blocks.{level}.downsamplers.0.conv"
            names.both(down, f"input_blocks.{len(skips)}.0.op", channels, channels, 3, 3)
            skips.append(channels)
    return skips


def _unet_up(names: _Names, config: UNetConfig, time: int, skips: list[int]) -> None:
    """From the coarsest, like diffusers; an upsampling is the last module of the list entry it follows."""
    channels, entry = config.channels[-1], 0
    for block, attends in enumerate(config.up_attention):
        level = len(config.channels) - 1 - block
        outputs = config.channels[level]
        for layer in range(config.layers[level] + 1):
            below = f"output_blocks.{entry}"
            inputs = channels + skips.pop()
            _blocks(names.at(f"up_blocks.{block}.resnets.{layer}", f"{below}.0"), inputs, outputs, time)
            if attends:
                _transformer(names.at(f"up_blocks.{block}.attentions.{layer}", f"{below}.1"), config, level)
            channels = outputs
            entry += 1
        if level:
            up = f"output_blocks.{entry - 1}.{2 if attends else 1}.conv"
            names.both(f"up_blocks.{block}.upsamplers.0.conv", up, channels, channels, 3, 3)


def _blocks(names: _Names, inputs: int, outputs: int, time: int) -> None:
    """A residual block over pixels and its `time_stack` over frames."""
    _residual(names.at("spatial_res_block"), inputs, outputs, time, (3, 3))
    _residual(names.at("temporal_res_block", "time_stack"), outputs, outputs, time, (3, 1, 1))
    names.one("time_mixer.mix_factor", "time_mixer.mix_factor", 1)


def _residual(names: _Names, inputs: int, outputs: int, time: int, kernel: tuple[int, ...]) -> None:
    names.both("norm1", "in_layers.0", inputs)
    names.both("conv1", "in_layers.2", outputs, inputs, *kernel)
    if time:
        names.both("time_emb_proj", "emb_layers.1", outputs, time)
    names.both("norm2", "out_layers.0", outputs)
    names.both("conv2", "out_layers.3", outputs, outputs, *kernel)
    if inputs != outputs:
        names.both("conv_shortcut", "skip_connection", outputs, inputs, 1, 1)


def _transformer(names: _Names, config: UNetConfig, level: int) -> None:
    width, cross_attention_dim = config.channels[level], config.cross_attention_dim[level]
    names.both("norm", "norm", width)
    names.both("proj_in", "proj_in", width, width)
    for i in range(config.transformer_layers[level]):
        _transformer_block(names.at(f"transformer_blocks.{i}", f"transformer_blocks.{i}"), width, cross_attention_dim)
        over_time = names.at(f"temporal_transformer_blocks.{i}", f"time_stack.{i}")
        over_time.both("norm_in", "norm_in", width)
        _feed_forward(over_time.at("ff_in.net", "ff_in.net"), width)
        _transformer_block(over_time, width, cross_attention_dim)
    names.both("time_pos_embed.linear_1", "time_pos_embed.0", 4 * width, width)
    names.both("time_pos_embed.linear_2", "time_pos_embed.2", width, 4 * width)
    names.one("time_mixer.mix_factor", "time_mixer.mix_factor", 1)
    names.both("proj_out", "proj_out", width, width)


def _transformer_block(names: _Names, width: int, cross_attention_dim: int) -> None:
    for i, inputs in ((1, width), (2, cross_attention_dim)):
        names.both(f"norm{i}", f"norm{i}", width)
        names.one(f"attn{i}.to_q.weight", f"attn{i}.to_q.weight", width, width)
        names.one(f"attn{i}.to_k.weight", f"attn{i}.to_k.weight", width, inputs)
        names.one(f"attn{i}.to_v.weight", f"attn{i}.to_v.weight", width, inputs)
        names.both(f"attn{i}.to_out.0", f"attn{i}.to_out.0", width, width)
    names.both("norm3", "norm3", width)
    _feed_forward(names.at("ff.net", "ff.net"), width)


def _feed_forward(names: _Names, width: int) -> None:
    names.both("0.proj", "0.proj", 8 * width, width)
    names.both("2", "2", width, 4 * width)


def _vae(names: _Names, config: VAEConfig) -> None:
    _encoder(names.at("encoder", "encoder"), config)
    moments = 2 * config.latent_channels
    names.both("quant_conv", "quant_conv", moments, moments, 1, 1)
    _decoder(names.at("decoder", "decoder"), config)


def _encoder(names: _Names, config: VAEConfig) -> None:
    channels, last = config.channels[0], len(config.channels) - 1
    names.both("conv_in", "conv_in", channels, config.in_channels, 3, 3)
    for level, outputs in enumerate(config.channels):
        for layer in range(config.layers):
            block = names.at(f"down_blocks.{level}.resnets.{layer}", f"down.{level}.block.{layer}")
            _plain_residual(block, channels, outputs)
            channels = outputs
        if level < last:
            down = f"down_blocks.{level}.downsamplers.0.conv"
            names.both(down, f"down.{level}.downsample.conv", channels, channels, 3, 3)
    _plain_residual(names.at("mid_block.resnets.0", "mid.block_1"), channels, channels)
    _attention(names.at("mid_block.attentions.0", "mid.attn_1"), channels)
    _plain_residual(names.at("mid_block.resnets.1", "mid.block_2"), channels, channels)
    names.both("conv_norm_out", "norm_out", channels)
    names.both("conv_out", "conv_out", 2 * config.latent_channels, channels, 3, 3)


def _decoder(names: _Names, config: VAEConfig) -> None:
    """The original's `up.0` is the finest, diffusers' `up_blocks.0` the coarsest."""
    channels, last = config.channels[-1], len(config.channels) - 1
    names.both("conv_in", "conv_in", channels, config.latent_channels, 3, 3)
    for layer in range(config.layers):
        _video_residual(names.at(f"mid_block.resnets.{layer}", f"mid.block_{layer + 1}"), channels, channels)
    _attention(names.at("mid_block.attentions.0", "mid.attn_1"), channels)
    for level in range(last, -1, -1):
        outputs, ours = config.channels[level], f"up_blocks.{last - level}"
        for layer in range(config.layers + 1):
            _video_residual(names.at(f"{ours}.resnets.{layer}", f"up.{level}.block.{layer}"), channels, outputs)
            channels = outputs
        if level:
            names.both(f"{ours}.upsamplers.0.conv", f"up.{level}.upsample.conv", channels, channels, 3, 3)
    names.both("conv_norm_out", "norm_out", channels)
    names.both("conv_out", "conv_out", config.out_channels, channels, 3, 3)
    names.both("time_conv_out", "conv_out.time_mix_conv", config.out_channels, config.out_channels, 3, 1, 1)


def _plain_residual(names: _Names, inputs: int, outputs: int) -> None:
    names.both("norm1", "norm1", inputs)
    names.both("conv1", "conv1", outputs, inputs, 3, 3)
    names.both("norm2", "norm2", outputs)
    names.both("conv2", "conv2", outputs, outputs, 3, 3)
    if inputs != outputs:
        names.both("conv_shortcut", "nin_shortcut", outputs, inputs, 1, 1)


def _video_residual(names: _Names, inputs: int, outputs: int) -> None:
    _plain_residual(names.at("spatial_res_block"), inputs, outputs)
    _residual(names.at("temporal_res_block", "time_stack"), outputs, outputs, 0, (3, 1, 1))
    names.one("time_mixer.mix_factor", "mix_factor", 1)


def _attention(names: _Names, channels: int) -> None:
    names.both("group_norm", "norm", channels)
    for ours, theirs in (("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "proj_out")):
        names.both(ours, theirs, channels, channels, transform=Transform.FLATTENED)


def _image_encoder(names: _Names, config: CLIPVisionConfig) -> None:
    width, patches = config.width, (config.size // config.patch) ** 2
    vision = names.at("vision_model")
    vision.one("embeddings.class_embedding", "class_embedding", width)
    vision.one("embeddings.patch_embedding.weight", "conv1.weight", width, config.channels, config.patch, config.patch)
    vision.one("embeddings.position_embedding.weight", "positional_embedding", patches + 1, width)
    vision.both("pre_layrnorm", "ln_pre", width)
    for i in range(config.layers):
        block = vision.at(f"encoder.layers.{i}", f"transformer.resblocks.{i}")
        block.both("layer_norm1", "ln_1", width)
        for ours, transform in zip("qkv", _THIRDS, strict=True):
            block.one(f"self_attn.{ours}_proj.weight", "attn.in_proj_weight", width, width, transform=transform)
            block.one(f"self_attn.{ours}_proj.bias", "attn.in_proj_bias", width, transform=transform)
        block.both("self_attn.out_proj", "attn.out_proj", width, width)
        block.both("layer_norm2", "ln_2", width)
        block.both("mlp.fc1", "mlp.c_fc", config.hidden, width)
        block.both("mlp.fc2", "mlp.c_proj", width, config.hidden)
    vision.both("post_layernorm", "ln_post", width)
    names.one("visual_projection.weight", "proj", config.projection, width, transform=Transform.TRANSPOSED)
