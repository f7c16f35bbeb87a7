"""Frames that wait in files are the same frames."""

from __future__ import annotations

import gc

import pytest
import torch

from videoai.engines.svd import vae
from videoai.engines.svd.chunking import ChunkSizes
from videoai.engines.svd.offload import InFiles
from videoai.errors import WriteFailed


def test_a_decode_through_files_is_the_same_bit_for_bit(tiny, tmp_path):
    latents = torch.randn(4, 4, 5, 7)
    chunks = ChunkSizes(tokens=100)
    expected = list(vae.load_decoder(tiny / "vae", chunks=chunks).frames(latents))
    offloaded = list(vae.load_decoder(tiny / "vae", chunks=chunks, offload=tmp_path).frames(latents))
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(offloaded, expected, strict=True))
    assert not list(tmp_path.iterdir())


def test_a_kept_frame_can_be_changed_in_place(tmp_path):
    store = InFiles(tmp_path)
    kept = store.keep(torch.arange(6.0).view(2, 3))
    kept[1:].add_(10)
    store.release()
    assert kept.tolist() == [[0, 1, 2], [13, 14, 15]]


def test_a_file_goes_with_its_tensor(tmp_path):
    store = InFiles(tmp_path)
    kept = store.keep(torch.zeros(3))
    assert len(store._maps) == 1
    del kept
    gc.collect()
    assert not store._maps


def test_a_full_disk_is_an_error_and_not_a_signal(small_disk):
    store = InFiles(small_disk)
    with pytest.raises(WriteFailed, match="disk is full"):
        store.keep(torch.zeros(100_000))
