"""A file that is not the depth network's is refused, and the refusal says what is wrong with it."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.engines.depth import checkpoint
from videoai.engines.depth import network
from videoai.errors import ModelDamaged, ModelMissing


@pytest.fixture(scope="module")
def tensors(tmp_path_factory):
    return load_file(checkpoint.save(tmp_path_factory.mktemp("depth")))


def refusal(path) -> ModelDamaged:
    with pytest.raises(ModelDamaged) as refused:
        network.load(path, config=checkpoint.TINY)
    assert refused.value.message.startswith("The depth network cannot be used. ")
    assert "Depth Anything V2 Small" in refused.value.hint
    return refused.value


CHANGES = {
    "backbone.embeddings.cls_token": None,
    "backbone.encoder.layer.3.layer_scale2.lambda1": None,
    "neck.fusion_stage.layers.3.residual_layer1.convolution2.bias": None,
    "neck.convs.1.weight": torch.zeros(32, 99, 3, 3),
    "backbone.embeddings.position_embeddings": torch.zeros(1, 10, 32),
    "backbone.encoder.layer.5.norm1.weight": torch.zeros(32),
    "head.conv4.bias": torch.zeros(1),
}
"""What is missing, for None; of another shape; or of a network that has more."""


@pytest.mark.parametrize("name", CHANGES)
def test_another_networks_weights_are_refused_by_name(tmp_path, tensors, name):
    changed = {other: tensor for other, tensor in tensors.items() if other != name}
    if CHANGES[name] is not None:
        changed[name] = CHANGES[name]
    save_file(changed, tmp_path / "model.safetensors")
    assert name in refusal(tmp_path / "model.safetensors").message


def test_a_file_without_what_no_depth_needs_is_taken(tmp_path, tensors):
    spare = ("mask_token", "fusion_stage.layers.0.residual_layer1")
    needed = {name: tensor for name, tensor in tensors.items() if not any(part in name for part in spare)}
    assert len(needed) == len(tensors) - 5
    save_file(needed, tmp_path / "model.safetensors")
    network.load(tmp_path / "model.safetensors", config=checkpoint.TINY)


@pytest.mark.parametrize("cut", [0, 7, 1000, -1])
def test_a_part_of_a_file_is_refused(tmp_path, tensors, cut):
    path = tmp_path / "model.safetensors"
    save_file(tensors, path)
    path.write_bytes(path.read_bytes()[:cut])
    refusal(path)


def test_a_file_that_is_not_there_is_missing(tmp_path):
    with pytest.raises(ModelMissing):
        network.load(tmp_path / "none.safetensors", config=checkpoint.TINY)


def test_a_larger_networks_file_is_refused(tmp_path, tensors):
    save_file(tensors, tmp_path / "model.safetensors")
    with pytest.raises(ModelDamaged):
        network.load(tmp_path / "model.safetensors")
