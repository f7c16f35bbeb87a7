"""Chunk sizes change memory and speed, never the result."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engines.svd.conftest import error
from videoai.engines.svd import clip, kernels, unet, vae
from videoai.engines.svd.chunking import ChunkSizes

BOUND = 1e-5
WHOLE = ChunkSizes(tokens=2**30, rows=2**30, scores=2**30)
ANY = st.builds(ChunkSizes, tokens=st.integers(1, 400), rows=st.integers(1, 400), scores=st.integers(1, 5000))
quickly = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _attend_in_chunks(monkeypatch):
    """Make the tiny networks' short sequences take the way of the long ones."""
    monkeypatch.setattr("videoai.engines.svd.attention._LONG", 20)


@quickly
@given(chunks=ANY, frames=st.integers(1, 6), height=st.integers(4, 13), width=st.integers(4, 13), own=st.booleans())
def test_the_denoiser(tiny, chunks, frames, height, width, own):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "_HAS_ONEDNN", own and kernels._HAS_ONEDNN)
        whole, chunked = unet.load(tiny / "unet", chunks=WHOLE), unet.load(tiny / "unet", chunks=chunks)
        latents, token, ids = torch.randn(frames, 8, height, width), torch.randn(1, 1, 32), torch.tensor([5, 100, 0.02])
        expected = whole(latents, 1.3, ids, whole.conditioning(token))
        assert error(chunked(latents, 1.3, ids, chunked.conditioning(token)), expected) <= BOUND


@quickly
@given(chunks=ANY, frames=st.integers(1, 5), height=st.integers(2, 9), width=st.integers(2, 9))
def test_the_decoder(tiny, chunks, frames, height, width):
    latents = torch.randn(frames, 4, height, width)
    expected = torch.stack(list(vae.load_decoder(tiny / "vae", chunks=WHOLE).frames(latents)))
    ours = torch.stack(list(vae.load_decoder(tiny / "vae", chunks=chunks).frames(latents)))
    assert error(ours, expected) <= BOUND


@quickly
@given(chunks=ANY, height=st.integers(2, 6), width=st.integers(2, 6))
def test_the_encoder(tiny, chunks, height, width):
    image = torch.rand(1, 3, 8 * height, 8 * width) * 2 - 1
    expected = vae.load_encoder(tiny / "vae", chunks=WHOLE)(image)
    assert error(vae.load_encoder(tiny / "vae", chunks=chunks)(image), expected) <= BOUND


@quickly
@given(chunks=ANY)
def test_the_image_tower(tiny, chunks):
    pixels = torch.randn(1, 3, 224, 224)
    expected = clip.load(tiny / "image_encoder", chunks=WHOLE)(pixels)
    assert error(clip.load(tiny / "image_encoder", chunks=chunks)(pixels), expected) <= BOUND


def test_a_chunk_holds_at_least_one():
    with pytest.raises(ValueError, match="at least one"):
        ChunkSizes(tokens=0)
