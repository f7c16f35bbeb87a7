"""The autoencoder: a picture to a latent, the latents of a whole clip to its frames.

The decoder is exact over all frames. Frames are separate tensors: each passes through the spatial layers alone and is
given up as soon as the next one exists, and the temporal layers change them in place. So no more is held than one
full-resolution activation of the clip.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn

from videoai.engines.allocator import give_back
from videoai.engines.svd.attention import AttentionProjections, attend
from videoai.engines.svd.chunking import VAE_CHUNKS, ChunkSizes, at_a_time
from videoai.engines.svd.group_norm import GroupNorm, normalise_silu
from videoai.engines.svd.kernels import Convolution
from videoai.engines.svd.layers import Conv, UpsampleConv
from videoai.engines.svd.offload import FrameStore, InFiles, InMemory
from videoai.engines.svd.resblocks import SpatialResBlock, SpatioTemporalResBlock, normed_conv
from videoai.engines.svd.weights import Pack, Weights
from videoai.weights.config import VAEConfig
from videoai.weights.model_files import PartFiles
from videoai.weights.opening import open_part

"""Full-resolution activations have few channels, so more positions fit in the cache."""

_EPS = 1e-6
_TEMPORAL_EPS = 1e-5


class _Attention:
    """Attention with one head over the positions of a frame."""

    def __init__(self, weights: Weights, channels: int) -> None:
        self.norm = GroupNorm(weights, "group_norm", channels, _EPS)
        self.projections = AttentionProjections(weights, channels, bias=True)

    def add_to(self, x: torch.Tensor, chunks: ChunkSizes) -> None:
        """x += attention of norm(x), (1, positions, channels), in place."""
        scale, offset = self.norm.per_frame(x)
        mixed = attend(*self.projections.qkv(torch.addcmul(offset, x, scale)), 1, chunks.scores)
        x.copy_(self.projections.add_output(x, mixed))


class VAEEncoder:
    """A picture to the mode of its latent distribution, always in fp32: halves overflow in it."""

    def __init__(self, config: VAEConfig, weights: Weights, chunks: ChunkSizes = VAE_CHUNKS) -> None:
        """Raises ModelDamaged if the weights are not those of `config`."""
        self.config = config
        self.chunks = chunks
        self.device, self.dtype = weights.device, weights.dtype
        below = weights.at("encoder")
        channels = config.channels[0]
        self._conv_in = Conv(below, "conv_in", config.in_channels, channels)
        self._down: list[tuple[list[SpatialResBlock], Conv | None]] = []
        for level, outputs in enumerate(config.channels):
            block = below.at(f"down_blocks.{level}")
            layers = []
            for i in range(config.layers):
                layers.append(SpatialResBlock(block.at(f"resnets.{i}"), channels, outputs, _EPS))
                channels = outputs
            last = level == len(config.channels) - 1
            down = None if last else Conv(block, "downsamplers.0.conv", channels, channels, stride=2, padding=0)
            self._down.append((layers, down))
        self._mid1 = SpatialResBlock(below.at("mid_block.resnets.0"), channels, channels, _EPS)
        self._attention = _Attention(below.at("mid_block.attentions.0"), channels)
        self._mid2 = SpatialResBlock(below.at("mid_block.resnets.1"), channels, channels, _EPS)
        self._norm_out = GroupNorm(below, "conv_norm_out", channels, _EPS)
        self._conv_out = Conv(below, "conv_out", channels, 2 * config.latent_channels)
        self._moments = Conv(
            weights, "quant_conv", 2 * config.latent_channels, 2 * config.latent_channels, size=1, padding=0
        )
        weights.finish(others=("decoder.",))

    def __call__(self, image: torch.Tensor) -> torch.Tensor:
        """(1, 3, height, width) in [−1, 1] to the unscaled mode, (1, latent_channels, height/8, width/8)."""
        x = self._conv_in(image.to(self.device, self.dtype).permute(0, 2, 3, 1).contiguous())
        for layers, down in self._down:
            for layer in layers:
                x = layer(x, layer.conv1.bias, self.chunks, owned=True)
            if down is not None:
                x = down(nn.functional.pad(x, (0, 0, 0, 1, 0, 1)))
        x = self._mid1(x, self._mid1.conv1.bias, self.chunks, owned=True)
        self._attention.add_to(x.flatten(1, 2), self.chunks)
        x = self._mid2(x, self._mid2.conv1.bias, self.chunks, owned=True)
        moments = self._moments(self._conv_out(_normed(x, self._norm_out)))
        return moments[..., : self.config.latent_channels].permute(0, 3, 1, 2).contiguous()


def _normed(x: torch.Tensor, norm: GroupNorm) -> torch.Tensor:
    scale, offset = (each[:, None] for each in norm.per_frame(x.flatten(1, 2)))
    return normalise_silu(x, scale, offset)


class VAEDecoder:
    """The latents of a clip to its frames."""

    def __init__(
        self, config: VAEConfig, weights: Weights, chunks: ChunkSizes = VAE_CHUNKS, offload: Path | None = None
    ) -> None:
        """With `offload`, a folder, frames wait their turn in files there. Raises ModelDamaged if the weights are not
        those of `config`."""
        self.config = config
        self.work(chunks, offload)
        self.device, self.dtype = weights.device, weights.dtype
        below = weights.at("decoder")
        channels = config.channels[-1]
        self._conv_in = Conv(below, "conv_in", config.latent_channels, channels)
        mid = below.at("mid_block")
        # The reference attends after the first block only, and never reaches a third.
        self._mid = [_resblock(mid, i, channels, channels) for i in range(config.layers)][:2]
        self._attention = _Attention(mid.at("attentions.0"), channels)
        self._up: list[tuple[list[SpatioTemporalResBlock], UpsampleConv | None]] = []
        for index, outputs in enumerate(reversed(config.channels)):
            block = below.at(f"up_blocks.{index}")
            layers = []
            for i in range(config.layers + 1):
                layers.append(_resblock(block, i, channels, outputs))
                channels = outputs
            last = index == len(config.channels) - 1
            self._up.append((layers, None if last else UpsampleConv(block, "upsamplers.0.conv", channels)))
        self._norm_out = GroupNorm(below, "conv_norm_out", channels, _EPS)
        self._conv_out = Conv(below, "conv_out", channels, config.out_channels)
        out = config.out_channels
        self._time_weight = below.tensor("time_conv_out.weight", out, out, 3, 1, 1).squeeze(-1)
        self._time_bias = below.tensor("time_conv_out.bias", out)
        weights.finish(others=("encoder.", "quant_conv."))

    def work(self, chunks: ChunkSizes, offload: Path | None) -> None:
        """From now on so much at a time. With `offload`, a folder, frames wait their turn in files there."""
        self.chunks = chunks
        self.store: FrameStore = InMemory() if offload is None else InFiles(offload)

    def frames(self, latents: torch.Tensor) -> Iterator[torch.Tensor]:
        """The frames of (frames, latent_channels, h, w), in order, each (3, 8h, 8w), about in [−1, 1].

        The latents are as the denoiser leaves them: they are divided by the config's scaling here.
        """
        x = self._begin(latents)
        pixels: list[torch.Tensor] = []
        while x:
            pixels.append(self._finish(x.pop(0).to(self.device)))
        for at in range(len(pixels)):
            yield self._over_time(pixels, at)

    def _finish(self, x: torch.Tensor) -> torch.Tensor:
        """The last norm and spatial convolution: (1, height, width, channels) to (height, width, 3)."""
        rows = at_a_time(x.shape[1], self.chunks.band(1, x.shape[2]), x.device)
        out = normed_conv(x, self._norm_out, self._conv_out, self._conv_out.bias, rows)
        self.store.release()
        return out[0]

    def _begin(self, latents: torch.Tensor) -> list[torch.Tensor]:
        """All layers but the last norm and convolutions: for each frame (1, height, width, channels)."""
        z = (latents.to(self.device, torch.float32) / self.config.scaling).to(self.dtype)
        x = [self._conv_in(frame) for frame in z.permute(0, 2, 3, 1).contiguous().chunk(len(z))]
        for index, layer in enumerate(self._mid):
            if index == 1:
                for _ in range(len(x)):
                    frame = x.pop(0).to(self.device)
                    self._attention.add_to(frame.flatten(1, 2), self.chunks)
                    x.append(self.store.keep(frame))
            self._run(layer, x, None)
        upsample: UpsampleConv | None = None
        for layers, up in self._up:
            for layer in layers:
                self._run(layer, x, upsample)
                upsample = None
            upsample = up
            give_back(self.device)
        return x

    def _run(self, layer: SpatioTemporalResBlock, x: list[torch.Tensor], upsample: UpsampleConv | None) -> None:
        """A block, after an enlargement if given, over all frames, replacing each in the list as it is done."""
        for _ in range(len(x)):
            if upsample is not None:
                _, height, width, _ = x[0].shape
                x[0] = upsample(x[0].to(self.device), 2 * height, 2 * width)
            # Taken out of the list, so that the block can free or change it.
            y = layer.spatial(x.pop(0).to(self.device), layer.spatial.conv1.bias, self.chunks, owned=True)
            x.append(self.store.keep(y))
            del y
        tokens = [frame.view(1, -1, frame.shape[-1]) for frame in x]
        layer.temporal.add_to(tokens, layer.mix_factor, None, self.chunks, self.store)

    def _over_time(self, pixels: list[torch.Tensor], at: int) -> torch.Tensor:
        """The last convolution, over three frames, (height, width, 3) each: frame `at`, (3, height, width)."""
        blank = torch.zeros_like(pixels[0])
        near = [pixels[i] if 0 <= i < len(pixels) else blank for i in (at - 1, at, at + 1)]
        three = torch.stack(near).flatten(1, 2)[None]
        frame = Convolution(self._time_weight, three)(three, self._time_bias)[0, 0]
        return frame.view(pixels[0].shape).permute(2, 0, 1).contiguous()


def _resblock(weights: Weights, index: int, inputs: int, outputs: int) -> SpatioTemporalResBlock:
    return SpatioTemporalResBlock(
        weights.at(f"resnets.{index}"), inputs, outputs, eps=_EPS, temporal_eps=_TEMPORAL_EPS, inverse=True
    )


def load_encoder(
    files: PartFiles | Path,
    *,
    device: torch.device | str = "cpu",
    pack: Pack | None = None,
    chunks: ChunkSizes = VAE_CHUNKS,
) -> VAEEncoder:
    """The encoder in `files`, or in a checkpoint's `vae` folder. `pack`: see Weights.

    Raises ModelMissing or ModelDamaged.
    """
    config, source = open_part(files, VAEConfig)
    weights = Weights(source, device=device, dtype=torch.float32, pack=pack)
    return VAEEncoder(config, weights, chunks)


def load_decoder(
    files: PartFiles | Path,
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    storage_dtype: torch.dtype | None = None,
    pack: Pack | None = None,
    chunks: ChunkSizes = VAE_CHUNKS,
    offload: Path | None = None,
) -> VAEDecoder:
    """The decoder in `files`, or in a checkpoint's `vae` folder.

    `storage_dtype` and `pack`: see Weights; `offload`: see VAEDecoder. Raises ModelMissing or ModelDamaged.
    """
    config, source = open_part(files, VAEConfig)
    weights = Weights(source, device=device, dtype=dtype, storage_dtype=storage_dtype, pack=pack)
    return VAEDecoder(config, weights, chunks, offload)
