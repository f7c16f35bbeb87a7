"""What an accelerator is asked to do in a pass: few launches for packed weights, and no waiting for a number.

Shown on the meta device, which has no numbers: whatever asks for one fails there.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from tests.engines.svd.conftest import packed_at
from videoai.engines.svd import clip, unet, vae
from videoai.engines.svd.chunking import ChunkSizes
from videoai.engines.svd.guidance import GuidedDenoiser, Interval, linear_guidance
from videoai.engines.svd.recent import RECENT_BYTES, RecentWeights
from videoai.engines.svd.sampler import SAMPLERS, State
from videoai.engines.svd.schedule import sigmas_for
from videoai.weights import quantise as packing
from videoai.weights.quantise import Quantised, quantise

FREE = {"empty", "new_empty", "empty_like", "empty_strided", "_unsafe_view"}
"""What is no view and launches nothing."""
WAITS = {"_local_scalar_dense", "nonzero", "masked_select", "equal"}
PARTS = ChunkSizes(tokens=64, rows=64, scores=2**12)
FRAMES, HEIGHT, WIDTH = 2, 8, 8


class Launches(TorchDispatchMode):
    """Counts what is launched to make weights dense, and for everything else, and what waits for its result."""

    def __init__(self) -> None:
        super().__init__()
        self.count: Counter[str] = Counter()
        self.waits: list[str] = []

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        name = operator._schema.name.removeprefix("aten::")
        if name in WAITS:
            self.waits.append(name)
        result = operator(*args, **(kwargs or {}))
        if not operator.is_view and name not in FREE:
            self.count["weights" if _in("_dense", "dense", "dequantise") else "pass"] += 1
        return result


def _in(*functions: str) -> bool:
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_name in functions and frame.f_globals["__name__"].startswith("videoai"):
            return True
        frame = frame.f_back
    return False


def load_unet(folder, bits: int | None = None, *, streamed: bool = False, chunks: ChunkSizes = PARTS) -> unet.UNet:
    pack = None if bits is None else packed_at(bits)
    return unet.load(folder / "unet", device="meta", dtype=torch.float16, pack=pack, streamed=streamed, chunks=chunks)


@cache
def launches_of(folder, way: str, chunks: ChunkSizes = PARTS) -> Launches:
    """Of a pass of the denoiser."""
    network = load_unet(folder, **WAYS[way], chunks=chunks)
    context = network.conditioning(torch.zeros(1, 1, 32))
    latents, ids = torch.empty(FRAMES, 8, HEIGHT, WIDTH, device="meta"), torch.tensor([5.0, 100.0, 0.02])
    # The first pass embeds the frames, which reads and packs weights.
    network._frame_embeddings = (FRAMES, [each.frame_embeddings(FRAMES) for each in network._transformers])
    with Launches() as launches:
        network(latents, 1.0, ids, context)
    return launches


WAYS: dict[str, dict[str, Any]] = {
    "whole": {},
    "8 bits": {"bits": 8},
    "4 bits": {"bits": 4},
    "streamed": {"streamed": True},
}


@pytest.mark.parametrize(
    "way", ["whole", "4 bits", *(pytest.param(each, marks=pytest.mark.slow) for each in ("8 bits", "streamed"))]
)
def test_a_pass_waits_for_no_number(tiny, way):
    launches = launches_of(tiny, way)
    assert launches.count["pass"] > 1000
    assert not launches.waits


def run_encoder(folder):
    vae.load_encoder(folder / "vae", device="meta")(torch.empty(1, 3, 64, 64, device="meta"))


def run_decoder(folder):
    decoder = vae.load_decoder(folder / "vae", device="meta", dtype=torch.float16)
    list(decoder.frames(torch.empty(3, 4, 8, 8, device="meta")))


def run_clip(folder):
    clip.load(folder / "image_encoder", device="meta", dtype=torch.float16)(torch.empty(1, 3, 224, 224, device="meta"))


@pytest.mark.parametrize("run", [run_encoder, run_decoder, run_clip])
def test_no_other_network_waits_for_a_number(tiny, run: Callable[..., None], monkeypatch):
    real = vae.VAEDecoder.frames

    def frames(self, latents) -> Iterator[torch.Tensor]:
        with Launches() as launches:
            yield from list(real(self, latents))
        assert launches.count["pass"] > 100
        assert not launches.waits

    monkeypatch.setattr(vae.VAEDecoder, "frames", frames)
    run(tiny)  # an item() of a tensor on the meta device is an error


def test_what_waits_is_seen():
    with Launches() as launches:
        assert bool((torch.ones(3) > 0).all())
        float(torch.ones(1))
        torch.ones(3).nonzero()
    assert launches.waits == ["_local_scalar_dense", "_local_scalar_dense", "nonzero"]
    with pytest.raises(RuntimeError, match="meta"):
        torch.empty(1, device="meta").item()
    with pytest.raises(NotImplementedError, match="meta"):
        torch.empty(1, device="meta").cpu()


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_step_waits_once_to_know_that_it_is_finite(name):
    """The network is a stub that computes something: what waits is the denoiser's and the sampler's own."""

    def network(latents, time, ids, context):
        return latents[:, :4] * context

    outside = Interval(1e6, 1e7)
    guidance = linear_guidance(1.0, 3.0, FRAMES)
    photo = torch.zeros(4, HEIGHT, WIDTH)
    denoiser = GuidedDenoiser(network, photo, torch.zeros(1, 3), 0.5, 0.1, guidance, outside)
    sigmas = sigmas_for(name, "karras", 6)
    steps = SAMPLERS[name](denoiser, State(0, torch.randn(FRAMES, 4, HEIGHT, WIDTH)), sigmas, lambda step: photo)
    next(steps)  # the schedule is read as plain numbers, on the CPU, before the first
    with Launches() as launches:
        assert len(list(steps)) == 5
    assert launches.waits == ["_local_scalar_dense"] * 5


LIMITS = {8: 3, 4: 5}
"""Launches for a packed weight of up to four million numbers: its groups' steps, perhaps its levels, the product and
its rounding to half precision."""


@pytest.mark.parametrize(
    ("chunks", "bits"),
    [
        pytest.param(PARTS, 8, id="in parts-8"),
        pytest.param(ChunkSizes(), 4, id="whole-4"),
        pytest.param(PARTS, 4, id="in parts-4", marks=pytest.mark.slow),
        pytest.param(ChunkSizes(), 8, id="whole-8", marks=pytest.mark.slow),
    ],
)
def test_a_packed_weight_is_made_dense_once_a_pass(tiny, bits, chunks):
    plain, packed = (launches_of(tiny, way, chunks) for way in ("whole", f"{bits} bits"))
    assert packed.count["pass"] == plain.count["pass"]
    weights = [each for each in _kept(tiny, bits) if isinstance(each, Quantised)]
    others = packed.count["weights"] - LIMITS[bits] * len(weights)
    assert len(weights) > 50
    assert 0 <= others < 60, "float32 weights of this checkpoint, cast to half precision"


def _kept(folder, bits):
    network = load_unet(folder, bits)
    return [each.kept for each in network._conv_in.weights._shared.resident]


@pytest.mark.parametrize("bits", LIMITS)
def test_a_large_packed_weight_takes_a_launch_more_for_each_piece(bits):
    pieces = 7
    size = pieces * packing._DEVICE_CHUNK
    shapes = packing.layout(torch.Size((size,)), bits)
    tensors = {name: torch.empty(sides, dtype=dtype, device="meta") for name, (dtype, sides) in shapes.items()}
    weight = Quantised(torch.Size((size,)), tensors["codes"], tensors["scales"], tensors["blocks"])
    weight.dequantise(torch.float16)  # the first one brings the levels to the device
    with Launches() as launches:
        assert weight.dequantise(torch.float16).shape == (size,)
    assert launches.count.total() == 1 + (LIMITS[bits] - 1) * pieces


@pytest.mark.parametrize("bits", LIMITS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
@pytest.mark.parametrize("count", [5000, 512 * 9])
def test_an_accelerator_computes_the_same_bits(bits, dtype, count, monkeypatch):
    packed = quantise(torch.randn(count), bits)
    wanted = packed.dequantise(dtype)
    monkeypatch.setattr(packing, "_times", lambda numbers, factors: numbers.view(len(factors), -1) * factors)
    for size in (1 << 22, 1024):
        monkeypatch.setattr(packing, "_DEVICE_CHUNK", size)
        assert torch.equal(packed._on_device(dtype)[:count], wanted)


def test_recent_weights_are_kept_within_their_room():
    recent, made = RecentWeights(torch.device("meta")), []

    def weight(name: str, share: float) -> torch.Tensor:
        def make() -> torch.Tensor:
            made.append(name)
            return torch.empty(int(RECENT_BYTES * share), dtype=torch.uint8, device="meta")

        return recent.get(name, make)

    for name, share in (
        ("a", 0.4),
        ("b", 0.4),
        ("a", 0.4),
        ("c", 0.4),
        ("a", 0.4),
        ("huge", 1.1),
        ("a", 0.4),
        ("b", 0.4),
    ):
        weight(name, share)
    assert made == ["a", "b", "c", "huge", "b"]


def test_the_cpu_keeps_none():
    recent, made = RecentWeights(torch.device("cpu")), []
    for _ in range(2):
        recent.get("a", lambda: made.append(1) or torch.empty(1))
    assert len(made) == 2
