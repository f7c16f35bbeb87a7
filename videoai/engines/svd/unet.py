"""The denoiser: UNetSpatioTemporalConditionModel, for one clip and one guidance branch at a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from videoai.engines.allocator import trim
from videoai.engines.svd.chunking import ChunkSizes, at_a_time
from videoai.engines.svd.group_norm import GroupNorm, normalise_silu
from videoai.engines.svd.layers import Conv, Linear, UpsampleConv, sinusoidal_embedding
from videoai.engines.svd.resblocks import SpatioTemporalResBlock
from videoai.engines.svd.reuse import SHALLOW
from videoai.engines.svd.transformer import SpatioTemporalTransformer
from videoai.engines.svd.weights import Pack, Weights
from videoai.weights.config import UNetConfig
from videoai.weights.model_files import PartFiles
from videoai.weights.opening import open_part

Conditioning = list[list[torch.Tensor]]
"""What one branch's image token adds at each cross-attention, by transformer, in the order of a pass."""


@dataclass(slots=True)
class DeepFeatures:
    """What a whole pass of one branch keeps for the shallow ones after it: what enters the first of the layers that
    both end with, (frames, h, w, channels), in the computing dtype. None before it."""

    kept: torch.Tensor | None = None


class _Layer:
    """A residual block and, in blocks that attend, a transformer."""

    def __init__(
        self, weights: Weights, index: int, inputs: int, outputs: int, eps: float, config: UNetConfig, level: int | None
    ) -> None:
        """`level` is the resolution whose attention to use, or None for none."""
        self.resnet = SpatioTemporalResBlock(
            weights.at(f"resnets.{index}"),
            inputs,
            outputs,
            eps=eps,
            temporal_eps=eps,
            time_width=4 * config.channels[0],
        )
        self.transformer = None if level is None else _transformer(weights, index, outputs, config, level)
        self.place = 0  # the transformer's among all, in the order of a pass

    def groups(self) -> list[Weights]:
        """What it streams, in order."""
        return self.resnet.groups + ([] if self.transformer is None else self.transformer.groups)


def _transformer(
    weights: Weights, index: int, channels: int, config: UNetConfig, level: int
) -> SpatioTemporalTransformer:
    return SpatioTemporalTransformer(
        weights.at(f"attentions.{index}"),
        channels,
        config.heads[level],
        config.transformer_layers[level],
        config.cross_attention_dim[level],
    )


class _ForwardPass:
    """The activations of one pass. They live here alone, so that no caller's variable keeps an old one alive."""

    def __init__(
        self,
        x: torch.Tensor,
        time: torch.Tensor,
        conditioning: Conditioning,
        frame_embeddings: list[torch.Tensor],
        chunks: ChunkSizes,
        *,
        first: bool,
    ) -> None:
        """The `first` pass lays weights out that are kept so from then on."""
        self.x = x
        self._first = first
        self.time = time
        self.chunks = chunks
        self._skips: list[torch.Tensor] = []
        self._constants = list(zip(conditioning, frame_embeddings, strict=True))

    def push_skip(self) -> None:
        """Keep the present activation for the up blocks. Layers that follow make new ones."""
        self._skips.append(self.x)

    def layer(self, layer: _Layer, *, join: bool = False) -> None:
        """A residual block, of the activation with the last skip's channels after its own if `join`; a transformer."""
        block = layer.resnet
        spatial, temporal = block.groups
        spatial.enter()
        self.x = self._spatial(block, self._skips.pop() if join else None)
        temporal.enter()
        block.temporal.add_to([self.x.flatten(1, 2)], block.mix_factor, self.time, self.chunks)
        if layer.transformer is not None:
            constants, frame_embeddings = self._constants[layer.place]
            layer.transformer.add_to(self.x.flatten(1, 2), constants, frame_embeddings, self.chunks)
        if self._first:
            trim(self.x.device)  # what the weights were before; later on it is done where the size changes

    def _spatial(self, block: SpatioTemporalResBlock, skip: torch.Tensor | None) -> torch.Tensor:
        """A few frames at a time, so that they are never all joined with their skips."""
        frames, height, width, _ = self.x.shape
        bias = block.spatial.first_bias(self.time)
        parts = self._frame_chunks(height, width)
        if len(parts) == 1:
            return block.spatial(self._joined(skip, parts[0]), bias, self.chunks, owned=skip is not None)
        out = self.x.new_empty(frames, height, width, block.outputs)
        for some in parts:
            block.spatial(self._joined(skip, some), bias, self.chunks, owned=skip is not None, out=out[some])
        return out

    def _joined(self, skip: torch.Tensor | None, some: slice) -> torch.Tensor:
        return self.x[some] if skip is None else torch.cat((self.x[some], skip[some]), -1)

    def convolve(self, conv: Conv) -> None:
        """A convolution, perhaps to half the size."""
        conv.weights.enter()
        frames, height, width, _ = self.x.shape
        out = self.x.new_empty(frames, -(-height // conv.stride), -(-width // conv.stride), conv.outputs)
        for some in self._frame_chunks(height, width):
            out[some] = conv(self.x[some])
        self.x = out
        trim(self.x.device)

    def upsample(self, up: UpsampleConv) -> None:
        """To the size of the next skip."""
        up.weights.enter()
        height, width = self._skips[-1].shape[1:3]
        out = self.x.new_empty(self.x.shape[0], height, width, self.x.shape[3])
        for some in self._frame_chunks(height, width):
            out[some] = up(self.x[some], height, width)
        self.x = out
        trim(self.x.device)

    def _frame_chunks(self, height: int, width: int) -> list[slice]:
        step = at_a_time(self.x.shape[0], self.chunks.frames(height * width), self.x.device)
        return [slice(at, at + step) for at in range(0, self.x.shape[0], step)]


class UNet:
    """Calls are passes of one branch; `conditioning` prepares a branch."""

    def __init__(self, config: UNetConfig, weights: Weights, chunks: ChunkSizes | None = None) -> None:
        """Raises ModelDamaged if the weights are not those of `config`."""
        self.config = config
        self.chunks = chunks or ChunkSizes()
        self.device, self.dtype = weights.device, weights.dtype
        self._frame_embeddings: tuple[int, list[torch.Tensor]] = (0, [])
        width, time_width = config.channels[0], 4 * config.channels[0]
        self._conv_in = Conv(weights, "conv_in", config.in_channels, width)
        self._time1 = Linear(weights, "time_embedding.linear_1", width, time_width)
        self._time2 = Linear(weights, "time_embedding.linear_2", time_width, time_width)
        self._ids1 = Linear(weights, "add_embedding.linear_1", config.time_ids * config.time_id_width, time_width)
        self._ids2 = Linear(weights, "add_embedding.linear_2", time_width, time_width)
        skips = self._build_down(weights)
        self._build_mid(weights.at("mid_block"))
        self._build_up(weights, skips)
        self._transformers = self._number_transformers()
        self._weights = weights
        self._ran = False
        self._norm_out = GroupNorm(weights, "conv_norm_out", width, 1e-5)
        self._conv_out = Conv(weights, "conv_out", width, config.out_channels)
        weights.finish()

    def _build_down(self, weights: Weights) -> list[int]:
        """Make the down blocks; the channels of the skips they leave."""
        config = self.config
        channels = config.channels[0]
        skips = [channels]
        self._down: list[tuple[list[_Layer], Conv | None]] = []
        for level, outputs in enumerate(config.channels):
            below = weights.at(f"down_blocks.{level}")
            attends = config.down_attention[level]
            layers = []
            for i in range(config.layers[level]):
                eps = 1e-6 if attends else 1e-5
                layers.append(_Layer(below, i, channels, outputs, eps, config, level if attends else None))
                channels = outputs
                skips.append(channels)
            last = level == len(config.channels) - 1
            if not last:
                skips.append(channels)
            down = None if last else Conv(below.at("downsamplers.0", group=True), "conv", channels, channels, stride=2)
            self._down.append((layers, down))
        return skips

    def _build_mid(self, weights: Weights) -> None:
        config, channels = self.config, self.config.channels[-1]
        level = len(config.channels) - 1
        self._mid1 = _Layer(weights, 0, channels, channels, 1e-5, config, level)
        self._mid2 = _Layer(weights, 1, channels, channels, 1e-5, config, None)

    def _build_up(self, weights: Weights, skips: list[int]) -> None:
        config = self.config
        channels = config.channels[-1]
        self._up: list[tuple[list[_Layer], UpsampleConv | None]] = []
        for block, attends in enumerate(config.up_attention):
            level = len(config.channels) - 1 - block
            below = weights.at(f"up_blocks.{block}")
            layers = []
            for i in range(config.layers[level] + 1):
                outputs = config.channels[level]
                inputs = channels + skips.pop()
                layers.append(_Layer(below, i, inputs, outputs, 1e-6, config, level if attends else None))
                channels = outputs
            up = UpsampleConv(below.at("upsamplers.0", group=True), "conv", channels) if level else None
            self._up.append((layers, up))
        # The last layers stand apart: a shallow pass is they, after the first one.
        finest, _ = self._up[-1]
        self._first, self._last = self._down[0][0][:SHALLOW], finest[-SHALLOW - 1 :]
        del finest[-SHALLOW - 1 :]

    def _number_transformers(self) -> list[SpatioTemporalTransformer]:
        """All in the order of a pass; each layer learns the place of its own."""
        layers = [layer for block, _ in self._down for layer in block]
        layers += [self._mid1, self._mid2]
        layers += [layer for block, _ in self._up for layer in block]
        layers += self._last
        found: list[SpatioTemporalTransformer] = []
        for layer in layers:
            if layer.transformer is not None:
                layer.place = len(found)
                found.append(layer.transformer)
        return found

    def conditioning(self, image_embedding: torch.Tensor) -> Conditioning:
        """The constants of one branch, of its CLIP image token, (…, width): computed once, used at every step."""
        token = image_embedding.to(self.device, self.dtype).reshape(1, -1)
        return [transformer.constants(token) for transformer in self._transformers]

    def __call__(
        self,
        latents: torch.Tensor,
        timestep: float,
        added_time_ids: torch.Tensor,
        conditioning: Conditioning,
        deep: DeepFeatures | None = None,
    ) -> torch.Tensor:
        """One pass: (frames, in_channels, h, w) to (frames, out_channels, h, w), in the computing dtype.

        `timestep` is ¼·ln σ; `added_time_ids`, three numbers of any shape, are (fps − 1, motion, noise). With `deep`
        it is a whole pass that keeps its features there if there are none yet, and a shallow one if there are.
        """
        frames = latents.shape[0]
        if self._frame_embeddings[0] != frames:
            self._frame_embeddings = (frames, [each.frame_embeddings(frames) for each in self._transformers])
        x = latents.to(self.device, self.dtype).permute(0, 2, 3, 1).contiguous()
        run = _ForwardPass(
            x,
            self._time(timestep, added_time_ids),
            conditioning,
            self._frame_embeddings[1],
            self.chunks,
            first=not self._ran,
        )
        del x
        run.convolve(self._conv_in)
        run.push_skip()
        if deep is not None and deep.kept is not None:
            self._shallow(run, deep.kept)
        else:
            self._deep(run)
            if deep is not None:
                deep.kept = run.x
        for layer in self._last:
            run.layer(layer, join=True)
        self._ran = True
        return self._finish(run.x)

    def _shallow(self, run: _ForwardPass, kept: torch.Tensor) -> None:
        """The skips that the last layers take, and in place of all that lies between what was kept of it."""
        self._weights.follow([group for layer in self._first + self._last for group in layer.groups()])
        for layer in self._first:
            run.layer(layer)
            run.push_skip()
        run.x = kept

    def _deep(self, run: _ForwardPass) -> None:
        """All but the last layers."""
        self._weights.follow(None)
        for layers, down in self._down:
            for layer in layers:
                run.layer(layer)
                run.push_skip()
            if down is not None:
                run.convolve(down)
                run.push_skip()
        run.layer(self._mid1)
        run.layer(self._mid2)
        for layers, up in self._up:
            for layer in layers:
                run.layer(layer, join=True)
            if up is not None:
                run.upsample(up)

    def _time(self, timestep: float, added_time_ids: torch.Tensor) -> torch.Tensor:
        """The time embedding after its SiLU, which is how every block uses it: (1, width)."""
        now = torch.tensor([timestep], dtype=torch.float32, device=self.device)
        waves = sinusoidal_embedding(now, self.config.channels[0]).to(self.dtype)
        time = self._time2(nn.functional.silu(self._time1(waves)))
        ids = added_time_ids.to(self.device, torch.float32).flatten()
        id_waves = sinusoidal_embedding(ids, self.config.time_id_width).reshape(1, -1).to(self.dtype)
        return nn.functional.silu(time + self._ids2(nn.functional.silu(self._ids1(id_waves))))

    def _finish(self, x: torch.Tensor) -> torch.Tensor:
        frames = []
        for frame in torch.split(x, 1):
            scale, offset = (each[:, None] for each in self._norm_out.per_frame(frame.flatten(1, 2)))
            frames.append(self._conv_out(normalise_silu(frame, scale, offset)))
        return torch.cat(frames).permute(0, 3, 1, 2).contiguous()


def load(
    files: PartFiles | Path,
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    storage_dtype: torch.dtype | None = None,
    pack: Pack | None = None,
    streamed: bool = False,
    chunks: ChunkSizes | None = None,
) -> UNet:
    """The UNet in `files`, or in a checkpoint's `unet` folder. `storage_dtype`, `pack` and `streamed`: see Weights.

    Raises ModelMissing or ModelDamaged.
    """
    config, source = open_part(files, UNetConfig)
    weights = Weights(source, device=device, dtype=dtype, storage_dtype=storage_dtype, pack=pack, streamed=streamed)
    return UNet(config, weights, chunks)
