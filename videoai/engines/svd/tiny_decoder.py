"""A tiny decoder: the latents of a clip to its frames, for a sixteenth of the exact decoder's arithmetic.

This is TAESDV's decoder, written after its published architecture (github.com/madebyollin/taesdv, MIT licence, © 2024
Ollin Boer Bohan). Fine detail is what it loses. A frame is computed with what its blocks were given for the frame
before it; so frames come one after the other, and nothing of a clip is held but that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from videoai.engines.svd.cost.layers import TINY_BLOCKS, TINY_CHANNELS, TINY_ENDS
from videoai.engines.svd.kernels import Convolution, kernel_layout
from videoai.engines.svd.layers import Conv, UpsampleConv
from videoai.engines.svd.weights import Weights
from videoai.errors import ModelDamaged
from videoai.language import say
from videoai.weights.keeping import check_numbers
from videoai.weights.opening import open_file
from videoai.weights.tensor_source import unpacked


class TinyDecoder:
    """The latents of a clip to its frames, nearly."""

    def __init__(self, weights: Weights) -> None:
        """`weights` are those below `decoder`, where there is an encoder too. Raises ModelDamaged if they are another
        network's."""
        self.device, self.dtype = weights.device, weights.dtype
        # The file numbers its layers, those without weights too: a clamp at 0, an activation at 2, enlargements.
        self._conv_in = Conv(weights, "1", TINY_ENDS[0], TINY_CHANNELS)
        self._levels: list[tuple[list[_MemoryBlock], UpsampleConv | None]] = []
        at = 3
        for count in TINY_BLOCKS:
            blocks = [_MemoryBlock(weights.at(str(at + index))) for index in range(count)]
            at += count + 2
            last = len(self._levels) == len(TINY_BLOCKS) - 1
            self._levels.append(
                (blocks, None if last else UpsampleConv(weights, str(at - 1), TINY_CHANNELS, bias=False))
            )
        self._conv_out = Conv(weights, str(at - 2), TINY_CHANNELS, TINY_ENDS[1])
        weights.finish(others=("encoder.",))

    def frames(self, latents: torch.Tensor) -> Iterator[torch.Tensor]:
        """The frames of (frames, 4, h, w), in order, each (3, 8h, 8w), about in [−1, 1], float32.

        The latents are as the denoiser leaves them, of about unit variance: it was trained for those, and not for
        what the autoencoder divides by its scaling.
        """
        memory: dict[_MemoryBlock, torch.Tensor] = {}
        for frame in latents:
            yield self._frame(frame, memory)

    def alone(self, latents: torch.Tensor) -> torch.Tensor:
        """One frame, (4, h, w) to (3, 8h, 8w), as if none had been before it."""
        return self._frame(latents, None)

    def _frame(self, latents: torch.Tensor, memory: dict[_MemoryBlock, torch.Tensor] | None) -> torch.Tensor:
        z = (latents.to(self.device, torch.float32) / 3).tanh() * 3
        x = self._conv_in(z.to(self.dtype).permute(1, 2, 0)[None].contiguous()).relu_()
        for blocks, upsample in self._levels:
            for block in blocks:
                given = x
                x = block(given, None if memory is None else memory.get(block))
                if memory is not None:
                    memory[block] = given
                del given
            if upsample is not None:
                x = upsample(x, 2 * x.shape[1], 2 * x.shape[2])
        return self._conv_out(x)[0].permute(2, 0, 1).float().contiguous() * 2 - 1


class _MemoryBlock:
    """Three 3×3 convolutions, the first of which sees the frame before too; and the input, added to them."""

    def __init__(self, weights: Weights) -> None:
        self._first = weights.weight("conv.0.weight", TINY_CHANNELS, 2 * TINY_CHANNELS, 3, 3)
        self._first_bias = weights.tensor("conv.0.bias", TINY_CHANNELS)
        self._second = Conv(weights, "conv.2", TINY_CHANNELS, TINY_CHANNELS)
        self._third = Conv(weights, "conv.4", TINY_CHANNELS, TINY_CHANNELS)

    def __call__(self, x: torch.Tensor, before: torch.Tensor | None) -> torch.Tensor:
        """(1, height, width, channels) to the same; `before` is what it was given for the frame before, if any."""
        # Two convolutions instead of one over both side by side: no copy of either, and of nothing before, no work.
        now, then = self._first.laid_out(
            lambda weight, kept: [
                Convolution(kernel_layout(half), x, kept=kept) for half in weight.split(TINY_CHANNELS, 1)
            ]
        )
        y = now(x, self._first_bias, (1, 1))
        if before is not None:
            then.add_to(y, before, None, (1, 1))
        y = self._second(y.relu_()).relu_()
        y = self._third(y)
        y += x
        return y.relu_()


def load(path: Path, *, device: torch.device | str = "cpu", dtype: torch.dtype = torch.float32) -> TinyDecoder:
    """The decoder in a file, with or without its encoder. Raises ModelMissing or ModelDamaged."""
    with _of_the_tiny_decoder():
        source = open_file(path)
        weights = Weights(source, device=device, dtype=dtype, storage_dtype=dtype)
        whole = any(name.startswith("decoder.") for name in source.names())
        return TinyDecoder(weights.at("decoder") if whole else weights)


def check(path: Path) -> None:
    """Read all of it. Raises ModelMissing, and ModelDamaged also for a number that is infinite, or none."""
    load(path)
    with _of_the_tiny_decoder():
        source = open_file(path)
        for name in source.names():
            check_numbers(name, unpacked(source.read(name)), _LARGEST)


_LARGEST = torch.finfo(torch.float32).max


@contextmanager
def _of_the_tiny_decoder() -> Iterator[None]:
    try:
        yield
    except ModelDamaged as error:
        raise ModelDamaged(
            say("The tiny decoder cannot be used. {trouble}", trouble=error.message),
            say("It has to be TAESDV's weights, as .safetensors: videoai models pull tiny-decoder."),
        ) from error
