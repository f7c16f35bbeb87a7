"""A whole file of another model is called what it is, and never damaged; what training wraps around names is known."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.engines.svd import checkpoint
from tests.weights.test_opening import write_gguf
from videoai.errors import ModelDamaged, ModelMissing
from videoai.models.local import files_of, guess_id
from videoai.weights.config import UNetConfig
from videoai.weights.fingerprint import fingerprint
from videoai.weights.model_files import PartFiles
from videoai.weights.opening import open_part, open_weights, parts_in

ORIGINAL, DIFFUSERS = "model.diffusion_model.", ""
UNET = "unet/diffusion_pytorch_model.safetensors"


def a_unet(style: str, *, inputs: int = 8, outputs: int = 4, numbers: int = 3) -> dict[str, torch.Tensor]:
    """The tensors that say what kind of UNet it is, as wide as real ones; the rest does not matter here."""
    names = {
        ORIGINAL: ("input_blocks.0.0.weight", "out.2.weight", "label_emb.0.0.weight", "middle_block.0.time_mixer"),
        DIFFUSERS: (
            "conv_in.weight",
            "conv_out.weight",
            "add_embedding.linear_1.weight",
            "mid_block.resnets.0.time_mixer",
        ),
    }[style]
    shapes = [(320, inputs, 3, 3), (outputs, 320, 3, 3), (1280, 256 * numbers)]
    tensors = {style + name: torch.zeros(shape) for name, shape in zip(names, shapes, strict=False)}
    return tensors | {f"{style}{names[3]}.mix_factor": torch.zeros(1)}


KINDS = {
    "SV3D_u": ({"numbers": 1}, "SV3D_u"),
    "SV3D_p": ({"numbers": 5}, "SV3D_p"),
    "from text": ({"inputs": 4}, "starts from text or noise"),
    "of more inputs": ({"inputs": 12}, "takes 12 channels"),
    "of other outputs": ({"outputs": 8}, "another video model"),
}


@pytest.mark.parametrize("style", [ORIGINAL, DIFFUSERS], ids=["original", "diffusers"])
@pytest.mark.parametrize(("what", "words"), KINDS.values(), ids=KINDS)
def test_a_cousin_is_called_what_it_is(tmp_path, style, what, words):
    path = tmp_path / "model.safetensors"
    save_file(a_unet(style, **what), path)
    for ask in (parts_in, lambda path: open_weights(path, "unet"), files_of):
        with pytest.raises(ModelDamaged, match=words) as refused:
            ask(path)
        assert "damaged" not in refused.value.message
        assert "ownload it again" not in refused.value.hint


def test_a_cousin_in_a_gguf_file_is_too(tmp_path):
    path = write_gguf(tmp_path / "model.gguf", a_unet(ORIGINAL, numbers=5))
    with pytest.raises(ModelDamaged, match="SV3D_p"):
        parts_in(path)


def test_a_lora_is_called_one(tmp_path):
    path = tmp_path / "lora.safetensors"
    save_file({"lora_unet_down_blocks_0.lora_up.weight": torch.zeros(4, 4)}, path)
    with pytest.raises(ModelDamaged, match="a LoRA"):
        files_of(path)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    return checkpoint.save(tmp_path_factory.mktemp("tiny"), quick=True)


@pytest.fixture
def folder(tiny, tmp_path):
    return shutil.copytree(tiny, tmp_path / "model")


CONFIGS = {
    "one number": {"projection_class_embeddings_input_dim": 32, "addition_time_embed_dim": 32},
    "four inputs": {"in_channels": 4},
    "endless layers": {"layers_per_block": 10**7},
    "endless transformers": {"transformer_layers_per_block": 10**9},
    "endless width": {"block_out_channels": [32 * 10**6, 32, 32, 32]},
    "endless levels": {"block_out_channels": [32] * 10**5},
}


@pytest.mark.parametrize("changes", CONFIGS.values(), ids=CONFIGS)
def test_a_configuration_of_another_or_of_an_impossible_network_is_refused_at_once(folder, changes):
    path = folder / "unet" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(ModelDamaged):
        UNetConfig.read(path)


@pytest.mark.parametrize("wrapped", ["module.", "_orig_mod.", "state_dict.", "module._orig_mod.", "state_dict.module."])
def test_what_training_wraps_around_names_is_taken_off(folder, wrapped):
    tensors = load_file(folder / UNET)
    wanted = {name: tensor.shape for name, tensor in tensors.items()}
    save_file({wrapped + name: tensor for name, tensor in tensors.items()}, folder / UNET)
    _, source = open_part(PartFiles(folder / UNET, folder / "unet" / "config.json"), UNetConfig)
    assert {name: source.shape(name) for name in source.names()} == wanted
    name = next(iter(tensors))
    assert torch.equal(source.read(name), tensors[name])


def in_two(folder, *, index: bool):
    """The UNet in two files, as large ones are published."""
    tensors, parts = load_file(folder / UNET), ({}, {})
    for number, (name, tensor) in enumerate(tensors.items()):
        parts[number % 2][name] = tensor
    names = [f"diffusion_pytorch_model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    for name, part in zip(names, parts, strict=True):
        save_file(part, folder / "unet" / name)
    (folder / UNET).unlink()
    if index:
        table = {tensor: name for name, part in zip(names, parts, strict=True) for tensor in part}
        file = folder / "unet" / "diffusion_pytorch_model.safetensors.index.json"
        file.write_text(json.dumps({"metadata": {}, "weight_map": table}))
    return tensors, [folder / "unet" / name for name in names]


def test_a_network_in_several_files_is_whole(folder):
    before = fingerprint(files_of(folder))
    tensors, files = in_two(folder, index=True)
    _, source = open_part(files_of(folder).unet, UNetConfig)
    assert {name: source.shape(name) for name in source.names()} == {name: t.shape for name, t in tensors.items()}
    assert all(torch.equal(source.read(name), tensor) for name, tensor in tensors.items())
    assert fingerprint(files_of(folder)) != before
    files[1].unlink()
    with pytest.raises(ModelMissing, match=r"-00002-of-00002\.safetensors is not next to it"):
        open_part(files_of(folder).unet, UNetConfig)


def test_one_of_several_files_stands_for_all(folder):
    tensors, files = in_two(folder, index=False)
    assert set(open_weights(files[0], "unet").names()) == tensors.keys()


@pytest.mark.parametrize("names", [["../x.safetensors"], ["/etc/passwd"], [], [1]])
def test_an_index_names_files_beside_it_and_no_others(folder, names):
    (folder / UNET).unlink()
    index = folder / "unet" / "diffusion_pytorch_model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {str(number): name for number, name in enumerate(names)}}))
    with pytest.raises(ModelDamaged, match="is not an index"):
        open_weights(index, "unet")


NAMES = {
    "svd": "svd",
    "svd_xt": "svd-xt",
    "svdXt": "svd-xt",
    "SVD-XT": "svd-xt",
    "stable-video-diffusion-img2vid-xt": "svd-xt",
    "svd_xt_1_1": "svd-xt-1.1",
    "svd_xt_v1.1": "svd-xt-1.1",
    "svd_xt11": "svd-xt-1.1",
    "svdxt11": "svd-xt-1.1",
    "SVD_img2vid_XT_11": "svd-xt-1.1",
    "stable-video-diffusion-img2vid-xt-1-1-fp16": "svd-xt-1.1",
    "AnimateLCM-SVD-xt-1.1": "animatelcm-svd-xt",
    "svd_extra": "svd",
    "my_svd_xt_110_steps": "svd-xt",
}


@pytest.mark.parametrize(("name", "model"), NAMES.items())
def test_a_file_is_known_by_the_ways_people_write_its_name(tmp_path, name, model):
    assert guess_id(tmp_path / f"{name}.safetensors") == model
