"""A plan is what really runs: its chunks, where the weights and the frames are, and how many bits they have."""

from __future__ import annotations

import functools
import itertools
import math
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.utils._python_dispatch import TorchDispatchMode

from tests.conftest import EXAMPLES
from tests.engines.svd.conftest import error
from videoai.engines.devices import CPU
from videoai.engines.svd import unet, vae
from videoai.engines.svd.chunking import VAE_CHUNKS, ChunkSizes
from videoai.engines.svd.engine import ENGINE
from videoai.engines.svd.generation import Generation
from videoai.engines.svd.packing import tensor_bits
from videoai.engines.svd.plan import SVDPlan
from videoai.errors import BadOutput, ModelDamaged
from videoai.events import Checkpoint, Event, Frame, Pixels, Stage, Step
from videoai.media.photo import read_photo
from videoai.settings import GenerationSettings
from videoai.weights.keeping import keep
from videoai.weights.model_files import ModelFiles

WIDTH, HEIGHT, FRAMES = 128, 64, 4
SETTINGS = GenerationSettings(width=WIDTH, height=HEIGHT, frames=FRAMES, steps=2, guidance_max=1.0, seed=5)
UNET_WEIGHTS = "unet/diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="module")
def photo() -> Pixels:
    return read_photo(EXAMPLES / "coffee.png").fitted(WIDTH, HEIGHT)


@pytest.fixture
def folder(tiny, tmp_path) -> Path:
    """A copy of the tiny checkpoint that a test may change."""
    return shutil.copytree(tiny, tmp_path / "model")


def run(
    folder: Path, photo: Pixels, plan: SVDPlan, *, scratch: Path | None = None, resume: Checkpoint | None = None
) -> Iterator[Event]:
    engine = Generation(ModelFiles.in_folder(folder), device=CPU, plan=plan, scratch=scratch)
    return engine.run(photo, SETTINGS, resume)


def states(events: Iterator[Event]) -> list[Checkpoint]:
    """Those after each step; then no more is computed."""
    return list(itertools.islice((event for event in events if isinstance(event, Checkpoint)), SETTINGS.steps))


def latents(events: Iterator[Event]) -> torch.Tensor:
    """The last ones."""
    return torch.tensor(states(events)[-1].arrays["latents"])


def pixels(events: Iterator[Event]) -> np.ndarray:
    return np.stack([event.pixels for event in events if isinstance(event, Frame)])


@pytest.fixture(scope="module")
def last_state(tiny, photo) -> Checkpoint:
    """All that is left to do is decoding."""
    return states(run(tiny, photo, SVDPlan()))[-1]


class Product(NamedTuple):
    """A matrix product, a convolution or an attention: the shape of its result, and how many scores there were."""

    name: str
    shape: tuple[int, ...]
    scores: int = 0


class Products(TorchDispatchMode):
    """Notes each of them."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Product] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **kwargs or {})
        name = func.name().split("::")[-1]
        if "scaled_dot_product" in name:
            queries, keys = args[:2]
            self.seen.append(Product(name, tuple(queries.shape), queries.shape[:-1].numel() * keys.shape[-2]))
        elif any(kind in name for kind in ("mm", "linear", "conv")) and "reorder" not in name:  # of a weight
            self.seen.append(Product(name, tuple(result.shape)))
        return result


def products_of(events: Iterator[Event], stage: str, last: type[Event]) -> list[Product]:
    """Those of a stage of a run, up to its first event of the type `last`."""
    for event in events:
        if isinstance(event, Stage) and event.name == stage:
            break
    with Products() as products:
        next(event for event in events if isinstance(event, last))
    return products.seen


@functools.cache
@torch.inference_mode()
def passed(tiny: Path, chunks: ChunkSizes) -> list[Product]:
    """The products of a pass of the denoiser itself."""
    network = unet.load(tiny / "unet", chunks=chunks)
    conditioning = network.conditioning(torch.ones(1, 32))
    with Products() as products:
        network(torch.zeros(FRAMES, 8, HEIGHT // 8, WIDTH // 8), 1.0, torch.ones(1, 3), conditioning)
    return products.seen


@functools.cache
@torch.inference_mode()
def decoded(tiny: Path, chunks: ChunkSizes) -> list[Product]:
    """Those of the decoder itself, up to the first frame."""
    with Products() as products:
        decoder = vae.load_decoder(tiny / "vae", chunks=chunks)
        next(decoder.frames(torch.zeros(FRAMES, 4, HEIGHT // 8, WIDTH // 8)))
    return products.seen


@pytest.mark.parametrize("size", [{"tokens": 300}, {"rows": 100}, {"scores": 2000}], ids=str)
def test_the_denoiser_takes_as_much_at_a_time_as_the_plan_says(tiny, photo, size):
    chunks = replace(ChunkSizes(), **size)
    expected = passed(tiny, chunks)
    assert expected != passed(tiny, ChunkSizes()), "such chunks change nothing here"
    assert products_of(run(tiny, photo, SVDPlan(unet=chunks)), "denoise", Step) == expected


@pytest.mark.parametrize("size", [{"tokens": 3000}, {"scores": 2000}], ids=str)
def test_the_decoder_takes_as_much_at_a_time_as_the_plan_says(tiny, photo, last_state, size):
    chunks = replace(VAE_CHUNKS, **size)
    expected = decoded(tiny, chunks)
    assert expected != decoded(tiny, VAE_CHUNKS), "such chunks change nothing here"
    assert products_of(run(tiny, photo, SVDPlan(vae=chunks), resume=last_state), "decode", Frame) == expected


def test_no_more_is_computed_at_a_time_than_the_sizes_say(tiny):
    """A frame of the latents has 128 positions, and attention within it two heads."""
    whole = passed(tiny, ChunkSizes())
    assert (most_positions(whole), most_expanded(whole), most_scores(whole)) == (512, 512, FRAMES * 2 * 128**2)
    assert 200 < most_positions(passed(tiny, ChunkSizes(tokens=300))) <= 300
    assert 50 < most_expanded(passed(tiny, ChunkSizes(rows=100))) <= 100
    assert 1000 < most_scores(passed(tiny, ChunkSizes(scores=2000))) <= 2000


def most_positions(products: list[Product]) -> int:
    """Pixels × frames."""
    convolved = [math.prod(each.shape) // each.shape[1] for each in products if "conv" in each.name]
    return max(convolved + [math.prod(each.shape[:-1]) for each in products if "linear" in each.name])


def most_expanded(products: list[Product]) -> int:
    """Tokens of a feed-forward layer, which expands the channels of a block, 32 or 64, four times."""
    return max(math.prod(each.shape[:-1]) for each in products if each.shape[-1] in (4 * 32, 4 * 64))


def most_scores(products: list[Product]) -> int:
    """Of the attentions within frames. Those over the frames are bound by the positions."""
    return max(each.scores for each in products if each.scores and each.shape[-2] != FRAMES)


def test_streamed_weights_stay_on_the_disk(folder, photo):
    """A file that is cut off after the first step: only who still reads it can tell."""
    whole = (folder / UNET_WEIGHTS).read_bytes()
    expected = latents(run(folder, photo, SVDPlan()))

    def cut_off_meanwhile(plan: SVDPlan) -> Iterator[Event]:
        (folder / UNET_WEIGHTS).write_bytes(whole)
        for event in run(folder, photo, plan):
            yield event
            if isinstance(event, Checkpoint):
                (folder / UNET_WEIGHTS).write_bytes(whole[: len(whole) // 2])

    with pytest.raises(ModelDamaged, match="ends inside"):
        list(cut_off_meanwhile(SVDPlan(streamed=True)))
    assert torch.equal(latents(cut_off_meanwhile(SVDPlan())), expected)
    (folder / UNET_WEIGHTS).write_bytes(whole)
    assert error(latents(run(folder, photo, SVDPlan(streamed=True))), expected) <= 1e-5


def test_offloaded_frames_wait_in_files(tiny, photo, last_state, tmp_path):
    """Where there can be no files, only who needs them can tell."""
    nowhere = tmp_path / "missing"
    expected = pixels(run(tiny, photo, SVDPlan(), scratch=nowhere, resume=last_state))
    with pytest.raises(BadOutput):
        list(run(tiny, photo, SVDPlan(offload=True), scratch=nowhere, resume=last_state))
    offloaded = pixels(run(tiny, photo, SVDPlan(offload=True), scratch=tmp_path, resume=last_state))
    assert np.array_equal(offloaded, expected)
    assert list(tmp_path.iterdir()) == []


def test_the_engine_hands_on_plan_folder_and_state(tiny, photo, last_state, tmp_path):
    """It has only to decode, which it cannot for want of the folder."""
    how = {"plan": SVDPlan(offload=True), "scratch": tmp_path / "missing", "resume": last_state}
    events = ENGINE.run(photo, SETTINGS, files=ModelFiles.in_folder(tiny), **how)
    assert next(events) == Stage("decode", FRAMES)
    with pytest.raises(BadOutput, match="missing"):
        list(events)


def as_kept(folder: Path, bits: int) -> None:
    """Replace each weight by what a model of these bits has in its place."""
    for part in ("image_encoder", "vae", "unet"):
        path = next((folder / part).glob("*.safetensors"))
        save_file({name: _as_kept(part, name, tensor, bits) for name, tensor in load_file(path).items()}, path)


def _as_kept(part: str, name: str, tensor: torch.Tensor, bits: int) -> torch.Tensor:
    folded = any(each in name for each in ("attn2.to_v", "attn2.to_out.0.weight", "time_pos_embed.linear"))
    use = "exact" if tensor.ndim < 2 else "folded" if folded else "packable"
    kept = keep(name, tensor, tensor_bits(part, name, tensor.shape, use, bits))
    return kept.float() if isinstance(kept, torch.Tensor) else kept.dequantise()


@pytest.mark.parametrize(
    "plan",
    [
        SVDPlan(16, streamed=True),
        SVDPlan(4),
        *(pytest.param(SVDPlan(bits), marks=pytest.mark.slow) for bits in (16, 8)),
    ],
    ids=["16, streamed", "4", "16", "8"],
)
def test_weights_have_the_bits_of_the_plan(tiny, folder, photo, last_state, plan):
    """The checkpoint's have 32, and a plan of none leaves them so."""
    ours, exact = latents(run(tiny, photo, plan)), torch.tensor(last_state.arrays["latents"])
    as_kept(folder, plan.bits)
    assert error(ours, latents(run(folder, photo, SVDPlan()))) <= 1e-5
    assert error(ours, exact) > 5e-5
