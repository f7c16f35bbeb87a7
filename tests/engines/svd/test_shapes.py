"""On an accelerator every chunked loop computes in one shape: MPS keeps memory for each shape it has seen.

Shown on the meta device, with tiny networks and clips of full size.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from types import FrameType
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from videoai.engines.svd import chunking, group_norm, unet, vae
from videoai.engines.svd.chunking import VAE_CHUNKS, ChunkSizes, at_a_time
from videoai.engines.svd.group_norm import Moments

META = torch.device("meta")
PRODUCTS = {"addmm", "convolution"}
OTHERS = {
    "mm",
    "_softmax",
    "_safe_softmax",
    "native_layer_norm",
    "gelu",
    "addcmul",
    "silu_",
    "mul_",
    "square_",
    "sum",
    "lerp_",
}
LAYER = ("self", "layer", "block", "conv", "up")
"""What the code calls a layer that it works with."""


class Shapes(TorchDispatchMode):
    """The shapes in which each place in the code computes for each layer."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[tuple[Any, ...], set[tuple[torch.Size, ...]]] = defaultdict(set)

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        result = operator(*args, **(kwargs or {}))
        name = operator._schema.name.removeprefix("aten::")
        if name in PRODUCTS or name in OTHERS:
            first = result[0] if isinstance(result, tuple) else result
            self.seen[(name, *_place(sys._getframe(1)))].add((args[0].shape, first.shape))
        return result

    def several(self) -> dict[str, set[tuple[torch.Size, ...]]]:
        """Operators in places that compute in more than one shape."""
        assert {key[0] for key in self.seen} >= PRODUCTS
        return {f"{key[0]} in {key[-1]}": shapes for key, shapes in self.seen.items() if len(shapes) > 1}


def _place(frame: FrameType | None) -> tuple[Any, ...]:
    """The lines of the engine that led here, with the layers that they work with; the layers' names at the end."""
    place: list[Any] = []
    layers: list[str] = []
    while frame is not None and frame.f_globals["__name__"] != __name__:
        if frame.f_globals["__name__"].startswith("videoai.engines.svd"):
            place.append(frame.f_lineno)
            for name in LAYER:
                layer = frame.f_locals.get(name)
                if layer is not None and not isinstance(layer, Moments):  # of which each chunk may have its own
                    place.append(id(layer))
                    layers.append(type(layer).__name__)
        frame = frame.f_back
    return (*place, " in ".join(layers))


SMALL = (13, 192, 256)
CLIPS = [
    SMALL,
    pytest.param((14, 384, 640), marks=pytest.mark.slow),
    pytest.param((25, 576, 1024), marks=pytest.mark.slow),
]


@pytest.fixture(autouse=True)
def _few_channels(monkeypatch):
    """Have the statistics of a tiny network's few channels gathered in parts too."""
    monkeypatch.setattr(group_norm, "_AT_ONCE", 2**14)


def run_unet(folder, clip) -> Shapes:
    frames, height, width = clip
    network = unet.load(folder / "unet", device="meta")
    context = network.conditioning(torch.zeros(1, 1, 32))
    latents = torch.empty(frames, 8, height // 8, width // 8, device="meta")
    with Shapes() as shapes:
        network(latents, 1.0, torch.tensor([5.0, 100.0, 0.02]), context)
    return shapes


@pytest.mark.parametrize("clip", CLIPS, ids=str)
def test_the_denoiser(tiny, clip):
    assert not run_unet(tiny, clip).several()


@pytest.mark.parametrize("clip", CLIPS, ids=str)
def test_the_decoder(tiny, clip):
    frames, height, width = clip[0] // 6, *clip[1:]
    decoder = vae.load_decoder(tiny / "vae", device="meta")
    with Shapes() as shapes:
        assert len(list(decoder.frames(torch.empty(frames, 4, height // 8, width // 8, device="meta")))) == frames
    assert not shapes.several()


@pytest.mark.parametrize("clip", CLIPS, ids=str)
def test_the_encoder(tiny, clip):
    encoder = vae.load_encoder(tiny / "vae", device="meta")
    with Shapes() as shapes:
        encoder(torch.empty(1, 3, *clip[1:], device="meta"))
    assert not shapes.several()


def test_a_smaller_last_part_is_seen(tiny, monkeypatch):
    monkeypatch.setattr(chunking, "_largest_divisor", min)
    found = " ".join(run_unet(tiny, SMALL).several())
    for loop in (
        "FeedForward",
        "_SpatialBlock",
        "_TemporalBlock",
        "TemporalResBlock",
        "SpatialResBlock",
        "sum in GroupNorm",
    ):
        assert loop in found


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_parts_are_equal_on_an_accelerator_and_nearly_so_on_the_cpu(count, most):
    equal, near = (at_a_time(count, most, torch.device(name)) for name in ("mps", "cpu"))
    assert 1 <= equal <= near <= most
    assert count % equal == 0
    assert -(-count // near) == -(-count // most), "as few parts as may be"


@pytest.mark.parametrize("frames", [14, 25])
def test_parts_stay_large_for_every_size_of_a_video(frames):
    """A divisor of a length that is a multiple of 64 is near: no part is less than half as large as it might be."""
    for high in range(4, 17):
        for wide in range(4, 17):
            for level in range(4):
                positions = 64 * high * wide // 4**level
                assert at_a_time(positions, ChunkSizes().positions(frames), META) * 2 > min(
                    positions, ChunkSizes().positions(frames)
                )
                if level:
                    continue
                rows = VAE_CHUNKS.band(1, 64 * wide)
                assert at_a_time(64 * high, rows, META) * 2 > rows
