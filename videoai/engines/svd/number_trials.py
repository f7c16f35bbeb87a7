"""The layers that the probe of numbers runs: of the networks' own widths, and in shapes of theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from torch import Tensor

from videoai.engines.svd.attention import attend, attend_over_frames
from videoai.engines.svd.layers import Conv, FeedForward, LayerNorm, Linear, TemporalConv, UpsampleConv
from videoai.engines.svd.weights import Weights

Run = Callable[[Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Trial:
    """A layer at its own width, and the shape of its input; one that is timed has `flop`, and is tried at first with
    dimension `cut` of its input shorter."""

    kind: str
    weights: dict[str, tuple[int, ...]]
    shape: tuple[int, ...]
    build: Callable[[Weights], Run]
    flop: float = 0.0
    cut: int = 0

    def sizes(self) -> Iterator[tuple[float, tuple[int, ...]]]:
        """Shares of the work, and the inputs' shapes: a sixteenth, a quarter, all of it."""
        for part in (16, 4, 1) if self.flop else (1,):
            length = max(1, self.shape[self.cut] // part)
            yield length / self.shape[self.cut], (*self.shape[: self.cut], length, *self.shape[self.cut + 1 :])


def _linear(inputs: int, outputs: int) -> Callable[[Weights], Run]:
    def build(weights: Weights) -> Run:
        layer = Linear(weights, "l", inputs, outputs)
        weights.finish()
        return layer

    return build


def _feed_forward(channels: int) -> Callable[[Weights], Run]:
    def build(weights: Weights) -> Run:
        norm, layer = LayerNorm(weights, "n", channels), FeedForward(weights, "f", channels)
        weights.finish()

        def run(x: Tensor) -> Tensor:
            out = x.clone()
            layer.add_to(out, norm, 4096)
            return out

        return run

    return build


def _conv(inputs: int, outputs: int, stride: int = 1) -> Callable[[Weights], Run]:
    def build(weights: Weights) -> Run:
        layer = Conv(weights, "c", inputs, outputs, stride=stride)
        weights.finish()
        return layer

    return build


def _temporal(channels: int) -> Callable[[Weights], Run]:
    def build(weights: Weights) -> Run:
        layer = TemporalConv(weights, "c", channels, channels)
        weights.finish()
        return lambda x: layer.kernel(x[None])(x[None], layer.bias, (1, 0))[0]

    return build


def _upsample(channels: int) -> Callable[[Weights], Run]:
    def build(weights: Weights) -> Run:
        layer = UpsampleConv(weights, "c", channels)
        weights.finish()
        return lambda x: layer(x, 2 * x.shape[1], 2 * x.shape[2])

    return build


def _attention(heads: int, *, over_frames: bool = False) -> Callable[[Weights], Run]:
    def build(weights: Weights) -> Run:
        weights.finish()

        def run(x: Tensor) -> Tensor:
            q, k, v = (part.contiguous() for part in x.chunk(3, -1))
            return attend_over_frames(q, k, v, heads) if over_frames else attend(q, k, v, heads, 2**24)

        return run

    return build


def _weights(name: str, *shape: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


def _geglu(c: int) -> dict[str, tuple[int, ...]]:
    return _weights("n", c) | _weights("f.net.0.proj", 8 * c, c) | _weights("f.net.2", c, 4 * c)


TIMED = (
    Trial("product", _geglu(320), (1024, 320), _feed_forward(320), 24 * 1024 * 320**2),
    Trial("product", _weights("l", 1280, 1280), (480, 1280), _linear(1280, 1280), 2 * 480 * 1280**2),
    Trial("convolution", _weights("c", 320, 320, 3, 3), (1, 48, 80, 320), _conv(320, 320), 18 * 3840 * 320**2, cut=1),
    Trial("convolution", _weights("c", 320, 320, 3, 1, 1), (14, 240, 320), _temporal(320), 6 * 3360 * 320**2, cut=1),
    Trial("attention", {}, (2, 960, 3 * 320), _attention(5), 4 * 2 * 960**2 * 320, cut=1),
    Trial("attention", {}, (14, 240, 3 * 320), _attention(5, over_frames=True), 4 * 14**2 * 240 * 320, cut=1),
)
"""What the time goes into: of the UNet's widths, those that are measured soonest."""

CHECKED = (
    Trial("convolution", _weights("c", 320, 8, 3, 3), (2, 32, 56, 8), _conv(8, 320)),
    Trial("convolution", _weights("c", 4, 320, 3, 3), (2, 32, 56, 320), _conv(320, 4)),
    Trial("convolution", _weights("c", 320, 320, 3, 3), (2, 32, 56, 320), _conv(320, 320, 2)),
    Trial("convolution", _weights("c", 320, 320, 3, 3), (2, 6, 10, 320), _conv(320, 320)),
    Trial("convolution", _weights("c", 320, 320, 3, 3), (2, 5, 7, 320), _conv(320, 320, 2)),
    Trial("convolution", _weights("c", 320, 320, 3, 3), (1, 24, 28, 320), _upsample(320)),
    Trial("convolution", _weights("c", 3, 3, 3, 1, 1), (6, 4096, 3), _temporal(3)),
    Trial("attention", {}, (2, 60, 3 * 320), _attention(5)),
    Trial("attention", {}, (1, 1024, 3 * 512), _attention(1)),
    Trial("product", _weights("l", 320, 1280), (1, 1280), _linear(1280, 320)),
)
"""What is only looked at whether it is right: the first and last layers, halved and doubled maps, small ones, the
autoencoder's attention and last convolution."""
