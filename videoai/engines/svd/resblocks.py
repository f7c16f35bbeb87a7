"""The residual blocks: a spatial one over the pixels of each frame, a temporal one over the frames at each pixel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import nn

from videoai.engines.svd import kernels
from videoai.engines.svd.chunking import ChunkSizes, at_a_time
from videoai.engines.svd.group_norm import GroupNorm, Moments, normalise_silu
from videoai.engines.svd.kernels import Product
from videoai.engines.svd.layers import Conv, Linear, TemporalConv
from videoai.engines.svd.offload import FrameStore
from videoai.engines.svd.weights import Weights


class SpatialResBlock:
    """norm, SiLU, 3×3, norm, SiLU, 3×3, and the input or a 1×1 convolution of it."""

    def __init__(self, weights: Weights, inputs: int, outputs: int, eps: float, time_width: int = 0) -> None:
        self.norm1 = GroupNorm(weights, "norm1", inputs, eps)
        self.conv1 = Conv(weights, "conv1", inputs, outputs)
        self.time = Linear(weights, "time_emb_proj", time_width, outputs) if time_width else None
        self.norm2 = GroupNorm(weights, "norm2", outputs, eps)
        self.conv2 = Conv(weights, "conv2", outputs, outputs)
        self.shortcut = (
            Conv(weights, "conv_shortcut", inputs, outputs, size=1, padding=0) if inputs != outputs else None
        )

    def first_bias(self, time: torch.Tensor | None) -> torch.Tensor:
        """The bias of the first convolution with the time embedding's part, the same for all frames, added."""
        return _with_time(self.conv1.bias, self.time, time)

    def __call__(
        self,
        x: torch.Tensor,
        bias: torch.Tensor,
        chunks: ChunkSizes,
        *,
        owned: bool = False,
        out: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """(frames, height, width, inputs) to (frames, height, width, outputs). `bias` is what first_bias gave.

        An input that is `owned` may be changed and given back as the output; the caller should hold it no more.
        `out` is where the output is to be, if that is to be decided by the caller.
        """
        rows = at_a_time(x.shape[1], chunks.band(x.shape[0], x.shape[2]), x.device)
        hidden = normed_conv(x, self.norm1, self.conv1, bias, rows)
        copied = out is not None and self.shortcut is None
        through = x if copied else self._through(x, owned, rows)
        del x
        out = through if out is None else out.copy_(through)
        normed_conv(hidden, self.norm2, self.conv2, self.conv2.bias, rows, out)
        del hidden
        return out if out.untyped_storage().nbytes() == out.nbytes else out.clone()

    def _through(self, x: torch.Tensor, owned: bool, rows: int) -> torch.Tensor:
        """What the residual is added to. A large input that is owned makes room for its own reduction.

        That is 0.12 GiB less than beside it, in the last block of a decode at 384×640.
        """
        if self.shortcut is None:
            return x if owned else x.clone()
        frames, height, width, inputs = x.shape
        outputs = self.conv1.outputs
        product = self.shortcut.weight.laid_out(lambda weight, kept: Product(weight.flatten(1), kept))
        if not owned or frames > 1 or rows >= height or outputs > inputs:
            return product(x, self.shortcut.bias)
        out = x.view(-1)[: height * width * outputs].view(1, height, width, outputs)
        for top in range(0, height, rows):
            # These rows' results end before the rows that are still to be read begin.
            out[:, top : top + rows] = product(x[:, top : top + rows], self.shortcut.bias)
        return out


def normed_conv(
    x: torch.Tensor,
    norm: GroupNorm,
    conv: Conv,
    bias: torch.Tensor | None,
    rows: int,
    out: torch.Tensor | None = None,
) -> torch.Tensor:
    """The 3×3 convolution of silu(norm(x)), in bands of `rows` rows; added to `out`, if given."""
    frames, height, width, _ = x.shape
    scale, offset = (each[:, None] for each in norm.per_frame(x.flatten(1, 2)))
    if rows >= height:
        normed = normalise_silu(x, scale, offset)
        kernel = conv.kernel(normed)
        if out is None:
            return kernel(normed, bias, (1, 1))
        kernel.add_to(out, normed, bias, (1, 1))
        return out
    kernel = conv.kernel(x[:, : rows + 2])
    found = x.new_empty(frames, height, width, conv.outputs) if out is None else out
    for top in range(0, height, rows):
        band = slice(top, min(height, top + rows))
        normed = _with_edges(x, scale, offset, band)
        if out is None:
            found[:, band] = kernel(normed, bias, (0, 1))
        else:
            kernel.add_to(found[:, band], normed, bias, (0, 1))
    return found


def _with_edges(x: torch.Tensor, scale: torch.Tensor, offset: torch.Tensor, band: slice) -> torch.Tensor:
    """silu(x·scale + offset) of a band of rows and of the row on each side; beyond the picture there are zeros.

    At the edges, where there is none, a row within is computed in its place and left out: the shapes are the same.
    """
    height, rows = x.shape[1], band.stop - band.start + 2
    above, below = band.start - 1, band.stop + 1
    start = max(0, min(above, height - rows))
    normed = normalise_silu(x[:, start : start + rows], scale, offset)
    if above >= 0 and below <= height:
        return normed
    inside = normed[:, max(0, above) - start : min(height, below) - start]
    return nn.functional.pad(inside, (0, 0, 0, 0, int(above < 0), int(below > height)))


class TemporalResBlock:
    """norm, SiLU, conv, norm, SiLU, conv over three frames each; the norms' statistics are of all frames together."""

    def __init__(self, weights: Weights, channels: int, eps: float, time_width: int = 0) -> None:
        self.norm1 = GroupNorm(weights, "norm1", channels, eps)
        self.conv1 = TemporalConv(weights, "conv1", channels, channels)
        self.time = Linear(weights, "time_emb_proj", time_width, channels) if time_width else None
        self.norm2 = GroupNorm(weights, "norm2", channels, eps)
        self.conv2 = TemporalConv(weights, "conv2", channels, channels)

    def add_to(
        self,
        clip: Sequence[torch.Tensor],
        mix_factor: float,
        time: torch.Tensor | None,
        chunks: ChunkSizes,
        store: FrameStore | None = None,
    ) -> None:
        """Add `mix_factor` of the block's residual to the frames of a clip, in place: to all that lie together, or to
        one tensor after the other, each (frames, positions, channels).

        A blend of the block's input and output, with `mix_factor` of the output, is just that. The first convolution's
        result is held; but if the frames are in a `store`, it is computed a second time instead, so that beside the
        frames there is only one chunk.
        """
        release = store.release if store is not None else _nothing
        bias = _with_time(self.conv1.bias, self.time, time)
        frames, positions = sum(map(len, clip)), clip[0].shape[1]
        step = at_a_time(positions, chunks.positions(frames), bias.device)
        parts = [slice(at, at + step) for at in range(0, positions, step)]
        scale, offset = self._statistics(clip, bias, release)
        first = self.conv1.kernel(_like(clip, parts[0]))

        def convolved(part: slice) -> torch.Tensor:
            release()
            return first(_gather(clip, part, scale, offset)[None], bias, (1, 0))[0]

        second = Moments(pooled=True)
        stored = [_measured(second, convolved(part), store is None) for part in parts]
        self._finish(clip, parts, stored, convolved, second, mix_factor)

    def _statistics(
        self, clip: Sequence[torch.Tensor], like: torch.Tensor, release: Callable[[], None]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        moments = Moments(pooled=True)
        for frames in clip:
            moments.add(frames.to(like.device))
            release()
        scale, offset = self.norm1.affine(moments, clip[0].dtype)
        return scale[0], offset[0]

    def _finish(
        self,
        clip: Sequence[torch.Tensor],
        parts: Sequence[slice],
        stored: list[torch.Tensor | None],
        convolved: Callable[[slice], torch.Tensor],
        moments: Moments,
        mix_factor: float,
    ) -> None:
        second = self.conv2.kernel(_like(clip, parts[0]))
        scale, offset = self.norm2.affine(moments, clip[0].dtype)
        for index, part in enumerate(parts):
            hidden = stored[index]
            stored[index] = None
            if hidden is None:
                hidden = convolved(part)
            residual = second(normalise_silu(hidden, scale, offset, out=hidden)[None], self.conv2.bias, (1, 0))[0]
            for frames, more in zip(clip, residual.split([*map(len, clip)]), strict=True):
                frames[:, part].add_(more.to(frames.device), alpha=mix_factor)


def _nothing() -> None:
    return


def _like(clip: Sequence[torch.Tensor], part: slice) -> torch.Tensor:
    """Of the shape of what is convolved over frames: (1, frames, positions, channels)."""
    return clip[0][0, part].expand(1, sum(map(len, clip)), -1, -1)


def _measured(moments: Moments, x: torch.Tensor, store: bool) -> torch.Tensor | None:
    moments.add(x)
    return x if store else None


def _gather(clip: Sequence[torch.Tensor], part: slice, scale: torch.Tensor, offset: torch.Tensor) -> torch.Tensor:
    """The same positions of all frames, normalised: (frames, positions, channels)."""
    if clip[0].device == scale.device and kernels.fuses_silu(clip[0][0, part], scale):
        return kernels.scaled_silu(torch.cat([frames[:, part] for frames in clip]), scale, offset)
    out = scale.new_empty(sum(map(len, clip)), *clip[0][0, part].shape)
    for frames, rows in zip(clip, out.split([*map(len, clip)]), strict=True):
        torch.addcmul(offset, frames[:, part].to(scale.device), scale, out=rows)
    return nn.functional.silu(out, inplace=True)


def _with_time(bias: torch.Tensor, layer: Linear | None, time: torch.Tensor | None) -> torch.Tensor:
    if layer is None or time is None:
        return bias
    return bias + layer(time)[0]


class SpatioTemporalResBlock:
    """The two blocks, and the learned share of the temporal one."""

    def __init__(
        self,
        weights: Weights,
        inputs: int,
        outputs: int,
        *,
        eps: float,
        temporal_eps: float,
        time_width: int = 0,
        inverse: bool = False,
    ) -> None:
        """The checkpoint's mixing factor is the spatial share before its sigmoid; the temporal one if `inverse`."""
        self.groups = [weights.at(f"{kind}_res_block", group=True) for kind in ("spatial", "temporal")]
        self.spatial = SpatialResBlock(self.groups[0], inputs, outputs, eps, time_width)
        self.temporal = TemporalResBlock(self.groups[1], outputs, temporal_eps, time_width)
        self.outputs = outputs
        self.mix_factor = temporal_mix_factor(weights, inverse=inverse)


def temporal_mix_factor(weights: Weights, *, inverse: bool = False) -> float:
    """How much of the temporal branch a time mixer takes in."""
    factor = weights.scalar("time_mixer.mix_factor")
    mix_factor = torch.sigmoid(torch.tensor(factor if inverse else -factor))
    return float(mix_factor)
