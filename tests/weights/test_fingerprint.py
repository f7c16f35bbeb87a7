"""Weights are told apart without reading all of them."""

from __future__ import annotations

import random

import pytest

from videoai.weights import fingerprint as module
from videoai.weights.fingerprint import fingerprint
from videoai.weights.model_files import ModelFiles, PartFiles


@pytest.fixture
def files(tmp_path, monkeypatch) -> ModelFiles:
    monkeypatch.setattr(module, "_WHOLE_BYTES", 1 << 16)
    chance = random.Random(1)
    found = {}
    for part, size in (("image_encoder", 1000), ("vae", 70_000), ("unet", 1 << 21)):
        path = tmp_path / f"{part}.safetensors"
        path.write_bytes(chance.randbytes(size))
        (tmp_path / f"{part}.json").write_text("{}")
        found[part] = PartFiles(path, tmp_path / f"{part}.json")
    return ModelFiles(**found)


def test_the_same_weights_have_one_name_wherever_they_are(files, tmp_path):
    first = fingerprint(files)
    moved = tmp_path / "moved.safetensors"
    files.unet.weights.rename(moved)
    assert fingerprint(ModelFiles(files.image_encoder, files.vae, PartFiles(moved, files.unet.config))) == first


@pytest.mark.parametrize("part", ["image_encoder", "vae", "unet"])
def test_other_weights_have_another(files, part):
    first, path = fingerprint(files), files.of(part).weights
    whole = path.read_bytes()
    path.write_bytes(bytes(byte ^ 1 for byte in whole))  # each number a little different, as after training
    assert fingerprint(files) != first
    path.write_bytes(whole + b"x")
    assert fingerprint(files) != first
    path.write_bytes(whole)
    assert fingerprint(files) == first
    files.of(part).config.write_text('{"layers": 2}')
    assert fingerprint(files) != first
