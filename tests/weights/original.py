"""The networks in their original layout, to run: what the files with the original names hold.

Written from the architecture in Stability-AI/generative-models and open_clip, module by module in the order of
theirs, without looking at the tables of names under test. They work on one clip; frames are the first dimension.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F


def waves(values: torch.Tensor, width: int) -> torch.Tensor:
    """Cosines, then sines."""
    rates = torch.exp(-math.log(10000) * torch.arange(width // 2) / (width // 2))
    angles = values.float()[:, None] * rates
    return torch.cat((angles.cos(), angles.sin()), -1)


def perceptron(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, hidden), nn.SiLU(), nn.Linear(hidden, outputs))


class Residual(nn.Module):
    """A ResBlock of openaimodel.py; `emb` 0 for none."""

    def __init__(self, inputs: int, outputs: int, emb: int, *, over_time: bool = False) -> None:
        super().__init__()

        def conv(channels: int) -> nn.Module:
            if over_time:
                return nn.Conv3d(channels, outputs, (3, 1, 1), padding=(1, 0, 0))
            return nn.Conv2d(channels, outputs, 3, padding=1)

        self.in_layers = nn.Sequential(nn.GroupNorm(32, inputs), nn.SiLU(), conv(inputs))
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(emb, outputs)) if emb else None
        self.out_layers = nn.Sequential(nn.GroupNorm(32, outputs), nn.SiLU(), nn.Dropout(0.0), conv(outputs))
        self.skip_connection = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: torch.Tensor, emb: torch.Tensor | None = None) -> torch.Tensor:
        hidden = self.in_layers(x)
        if emb is not None:
            hidden = hidden + self.emb_layers(emb).reshape(1, -1, *(1 for _ in x.shape[2:]))
        return self.skip_connection(x) + self.out_layers(hidden)


def as_video(frames: torch.Tensor) -> torch.Tensor:
    """(frames, channels, …) to (1, channels, frames, …), and back with `as_frames`."""
    return frames.transpose(0, 1)[None]


def as_frames(video: torch.Tensor) -> torch.Tensor:
    return video[0].transpose(0, 1)


class Mixer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mix_factor = nn.Parameter(torch.zeros(1))

    def forward(self, spatial: torch.Tensor, temporal: torch.Tensor) -> torch.Tensor:
        share = torch.sigmoid(self.mix_factor)
        return share * spatial + (1 - share) * temporal


class VideoResidual(Residual):
    """VideoResBlock of video_model.py."""

    def __init__(self, inputs: int, outputs: int, emb: int) -> None:
        super().__init__(inputs, outputs, emb)
        self.time_stack = Residual(outputs, outputs, emb, over_time=True)
        self.time_mixer = Mixer()

    def forward(self, x: torch.Tensor, emb: torch.Tensor) -> torch.Tensor:
        x = super().forward(x, emb)
        return self.time_mixer(x, as_frames(self.time_stack(as_video(x), emb)))


class Attention(nn.Module):
    def __init__(self, width: int, heads: int, context: int | None = None) -> None:
        super().__init__()
        self.heads = heads
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k = nn.Linear(context or width, width, bias=False)
        self.to_v = nn.Linear(context or width, width, bias=False)
        self.to_out = nn.Sequential(nn.Linear(width, width), nn.Dropout(0.0))

    def forward(self, x: torch.Tensor, context: torch.Tensor | None = None) -> torch.Tensor:
        context = x if context is None else context
        q, k, v = (
            each.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for each in (self.to_q(x), self.to_k(context), self.to_v(context))
        )
        return self.to_out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class Gated(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj = nn.Linear(width, 8 * width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        values, gate = self.proj(x).chunk(2, -1)
        return values * F.gelu(gate)


class FeedForward(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.net = nn.Sequential(Gated(width), nn.Dropout(0.0), nn.Linear(4 * width, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x)


class Block(nn.Module):
    """BasicTransformerBlock, or with `over_time` VideoTransformerBlock, whose tokens are the frames of a pixel."""

    def __init__(self, width: int, heads: int, context: int, *, over_time: bool = False) -> None:
        super().__init__()
        self.over_time = over_time
        if over_time:
            self.norm_in, self.ff_in = nn.LayerNorm(width), FeedForward(width)
        self.attn1 = Attention(width, heads)
        self.ff = FeedForward(width)
        self.attn2 = Attention(width, heads, context)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))

    def forward(self, x: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        """(frames, pixels, width)."""
        if self.over_time:
            x = x.transpose(0, 1)
            x = x + self.ff_in(self.norm_in(x))
        x = x + self.attn1(self.norm1(x))
        x = x + self.attn2(self.norm2(x), context.expand(len(x), -1, -1))
        x = x + self.ff(self.norm3(x))
        return x.transpose(0, 1) if self.over_time else x


class VideoTransformer(nn.Module):
    """SpatialVideoTransformer of video_attention.py."""

    def __init__(self, width: int, heads: int, context: int, depth: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(32, width, eps=1e-6)
        self.proj_in = nn.Linear(width, width)
        self.transformer_blocks = nn.ModuleList(Block(width, heads, context) for _ in range(depth))
        self.proj_out = nn.Linear(width, width)
        self.time_stack = nn.ModuleList(Block(width, heads, context, over_time=True) for _ in range(depth))
        self.time_pos_embed = perceptron(width, 4 * width, width)
        self.time_mixer = Mixer()

    def forward(self, x: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        tokens = self.proj_in(self.norm(x).flatten(2).transpose(1, 2))
        places = self.time_pos_embed(waves(torch.arange(len(x)), x.shape[1]))[:, None]
        for block, over_time in zip(self.transformer_blocks, self.time_stack, strict=True):
            tokens = block(tokens, context)
            tokens = self.time_mixer(tokens, over_time(tokens + places, context))
        return x + self.proj_out(tokens).transpose(1, 2).reshape(x.shape)


class Downsample(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.op = nn.Conv2d(channels, channels, 3, stride=2, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.op(x)


class Upsample(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class VideoUNet(nn.Module):
    """`levels` are (channels, heads, depth of the transformers or 0 for none), from the finest."""

    def __init__(
        self, inputs: int, outputs: int, levels: list[tuple[int, int, int]], layers: int, context: int, adm: int
    ) -> None:
        super().__init__()
        first = levels[0][0]
        emb = 4 * first
        self.width = first
        self.time_embed = perceptron(first, emb, emb)
        self.label_emb = nn.Sequential(perceptron(adm, emb, emb))
        self.input_blocks = nn.ModuleList([nn.Sequential(nn.Conv2d(inputs, first, 3, padding=1))])
        skips, channels = [first], first
        for level, (width, heads, depth) in enumerate(levels):
            for _ in range(layers):
                entry: list[nn.Module] = [VideoResidual(channels, width, emb)]
                if depth:
                    entry.append(VideoTransformer(width, heads, context, depth))
                self.input_blocks.append(nn.Sequential(*entry))
                channels = width
                skips.append(channels)
            if level < len(levels) - 1:
                self.input_blocks.append(nn.Sequential(Downsample(channels)))
                skips.append(channels)
        _, heads, depth = levels[-1]
        self.middle_block = nn.Sequential(
            VideoResidual(channels, channels, emb),
            VideoTransformer(channels, heads, context, depth or 1),
            VideoResidual(channels, channels, emb),
        )
        self.output_blocks = nn.ModuleList()
        for level, (width, heads, depth) in reversed(list(enumerate(levels))):
            for layer in range(layers + 1):
                entry = [VideoResidual(channels + skips.pop(), width, emb)]
                if depth:
                    entry.append(VideoTransformer(width, heads, context, depth))
                if level and layer == layers:
                    entry.append(Upsample(width))
                self.output_blocks.append(nn.Sequential(*entry))
                channels = width
        self.out = nn.Sequential(nn.GroupNorm(32, first), nn.SiLU(), nn.Conv2d(first, outputs, 3, padding=1))

    def forward(self, x: torch.Tensor, time: float, vector: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        emb = self.time_embed(waves(torch.tensor([time]), self.width)) + self.label_emb(vector[None])
        skips = []
        for entry in self.input_blocks:
            x = self._run(entry, x, emb, context)
            skips.append(x)
        x = self._run(self.middle_block, x, emb, context)
        for entry in self.output_blocks:
            x = self._run(entry, torch.cat((x, skips.pop()), 1), emb, context)
        return self.out(x)

    @staticmethod
    def _run(entry: nn.Module, x: torch.Tensor, emb: torch.Tensor, context: torch.Tensor) -> torch.Tensor:
        for module in entry:
            if isinstance(module, VideoResidual):
                x = module(x, emb)
            elif isinstance(module, VideoTransformer):
                x = module(x, context)
            else:
                x = module(x)
        return x


class PlainResidual(nn.Module):
    """ResnetBlock of diffusionmodules/model.py."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(32, inputs, eps=1e-6)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm2 = nn.GroupNorm(32, outputs, eps=1e-6)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        if inputs != outputs:
            self.nin_shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = self.conv1(F.silu(self.norm1(x)))
        hidden = self.conv2(F.silu(self.norm2(hidden)))
        return hidden + (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x)


class DecoderResidual(PlainResidual):
    """VideoResBlock of temporal_ae.py: here the factor is the share of what went over time."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs)
        self.time_stack = Residual(outputs, outputs, 0, over_time=True)
        self.mix_factor = nn.Parameter(torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = super().forward(x)
        share = torch.sigmoid(self.mix_factor)
        return share * as_frames(self.time_stack(as_video(x))) + (1 - share) * x


class PixelAttention(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(32, channels, eps=1e-6)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(channels, channels, 1) for _ in range(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        normed = self.norm(x)
        q, k, v = (each(normed).flatten(2).transpose(1, 2) for each in (self.q, self.k, self.v))
        mixed = F.scaled_dot_product_attention(q[:, None], k[:, None], v[:, None])[:, 0]
        return x + self.proj_out(mixed.transpose(1, 2).reshape(x.shape))


def a_middle(kind: type[PlainResidual], channels: int) -> nn.Module:
    mid = nn.Module()
    mid.block_1, mid.attn_1, mid.block_2 = (
        kind(channels, channels),
        PixelAttention(channels),
        kind(channels, channels),
    )
    return mid


class Encoder(nn.Module):
    def __init__(self, inputs: int, z: int, widths: list[int], layers: int) -> None:
        super().__init__()
        channels = widths[0]
        self.conv_in = nn.Conv2d(inputs, channels, 3, padding=1)
        self.down = nn.ModuleList()
        for level, width in enumerate(widths):
            down = nn.Module()
            down.block, down.attn = nn.ModuleList(), nn.ModuleList()
            for _ in range(layers):
                down.block.append(PlainResidual(channels, width))
                channels = width
            if level < len(widths) - 1:
                down.downsample = nn.Module()
                down.downsample.conv = nn.Conv2d(channels, channels, 3, stride=2)
            self.down.append(down)
        self.mid = a_middle(PlainResidual, channels)
        self.norm_out = nn.GroupNorm(32, channels, eps=1e-6)
        self.conv_out = nn.Conv2d(channels, 2 * z, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv_in(x)
        for down in self.down:
            for block in down.block:
                x = block(x)
            if hasattr(down, "downsample"):
                x = down.downsample.conv(F.pad(x, (0, 1, 0, 1)))
        x = self.mid.block_2(self.mid.attn_1(self.mid.block_1(x)))
        return self.conv_out(F.silu(self.norm_out(x)))


class Decoder(nn.Module):
    """The plain one, of the second autoencoder, or with `video` VideoDecoder of temporal_ae.py."""

    def __init__(self, outputs: int, z: int, widths: list[int], layers: int, *, video: bool) -> None:
        super().__init__()
        kind = DecoderResidual if video else PlainResidual
        channels = widths[-1]
        self.conv_in = nn.Conv2d(z, channels, 3, padding=1)
        self.mid = a_middle(kind, channels)
        self.up = nn.ModuleList()
        for level in reversed(range(len(widths))):
            up = nn.Module()
            up.block, up.attn = nn.ModuleList(), nn.ModuleList()
            for _ in range(layers + 1):
                up.block.append(kind(channels, widths[level]))
                channels = widths[level]
            if level:
                up.upsample = Upsample(channels)
            self.up.insert(0, up)
        self.norm_out = nn.GroupNorm(32, channels, eps=1e-6)
        self.conv_out = nn.Conv2d(channels, outputs, 3, padding=1)
        if video:
            self.conv_out.time_mix_conv = nn.Conv3d(outputs, outputs, (3, 1, 1), padding=(1, 0, 0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv_in(x)
        x = self.mid.block_2(self.mid.attn_1(self.mid.block_1(x)))
        for up in reversed(self.up):
            for block in up.block:
                x = block(x)
            if hasattr(up, "upsample"):
                x = up.upsample(x)
        x = self.conv_out(F.silu(self.norm_out(x)))
        return as_frames(self.conv_out.time_mix_conv(as_video(x)))


class Tower(nn.Module):
    """open_clip's VisionTransformer."""

    def __init__(self, width: int, layers: int, heads: int, hidden: int, size: int, patch: int, outputs: int) -> None:
        super().__init__()
        self.class_embedding = nn.Parameter(torch.zeros(width))
        self.positional_embedding = nn.Parameter(torch.zeros((size // patch) ** 2 + 1, width))
        self.proj = nn.Parameter(torch.zeros(width, outputs))
        self.conv1 = nn.Conv2d(3, width, patch, stride=patch, bias=False)
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.transformer = nn.Module()
        self.transformer.resblocks = nn.ModuleList()
        for _ in range(layers):
            block = nn.Module()
            block.ln_1, block.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
            block.attn = nn.MultiheadAttention(width, heads, batch_first=True)
            block.mlp = nn.Module()
            block.mlp.c_fc, block.mlp.c_proj = nn.Linear(width, hidden), nn.Linear(hidden, width)
            self.transformer.resblocks.append(block)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        patches = self.conv1(pixels).flatten(2).transpose(1, 2)
        first = self.class_embedding.expand(len(pixels), 1, -1)
        x = self.ln_pre(torch.cat((first, patches), 1) + self.positional_embedding)
        for block in self.transformer.resblocks:
            normed = block.ln_1(x)
            x = x + block.attn(normed, normed, normed, need_weights=False)[0]
            x = x + block.mlp.c_proj(F.gelu(block.mlp.c_fc(block.ln_2(x))))
        return self.ln_post(x)[:, 0] @ self.proj
