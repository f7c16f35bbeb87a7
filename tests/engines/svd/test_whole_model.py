"""Networks that are not whole, or do not fit each other, are refused before anything is computed or written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.conftest import EXAMPLES
from tests.engines.svd import checkpoint
from tests.models.conftest import tiny_standard  # noqa: F401
from tests.weights.conftest import FIRST_STAGE, OPEN_CLIP, UNET, jsons, originals, tensors  # noqa: F401
from tests.weights.test_opening import write_gguf
from videoai.engines.devices import CPU
from videoai.engines.svd.generation import Generation
from videoai.errors import ModelDamaged
from videoai.models import local, store
from videoai.models.availability import available_weights
from videoai.models.convert import convert
from videoai.settings import GenerationSettings
from videoai.weights.model_files import ModelFiles

PHOTO = np.zeros((64, 128, 3), np.uint8)
SETTINGS = GenerationSettings(width=128, height=64, frames=4, steps=2, guidance_max=1.0, seed=7)
QUICK_UNET = {
    "block_out_channels": (32, 32),
    "down_block_types": ("DownBlockSpatioTemporal", "CrossAttnDownBlockSpatioTemporal"),
    "up_block_types": ("CrossAttnUpBlockSpatioTemporal", "UpBlockSpatioTemporal"),
    "num_attention_heads": 2,
    "layers_per_block": 1,
}
QUICK_VAE = {"block_out_channels": (32,) * 4, "layers_per_block": 1}


def with_network(quick: Path, tmp_path: Path, part: str, network: torch.nn.Module) -> Path:
    """A copy of the checkpoint in which one network is another, whole in itself."""
    folder = shutil.copytree(quick, tmp_path / "svd-model")
    shutil.rmtree(folder / part)
    network.save_pretrained(folder / part)
    return folder


def refused(files: ModelFiles, words: str) -> None:
    """By a run before its first event, and by a conversion before its first file."""
    for begin in (
        lambda: next(Generation(files, device=CPU).run(PHOTO, SETTINGS)),
        lambda: convert("svd-xt", 8, files, lambda event: None),
    ):
        with pytest.raises(ModelDamaged, match=words) as caught:
            begin()
        assert caught.value.hint
    assert not store.own_folder("svd-xt", 8).exists()


NETWORKS = {
    "other tokens": ("unet", lambda: checkpoint.unet(**QUICK_UNET | {"cross_attention_dim": 64}), "takes 64 numbers"),
    "four inputs": ("unet", lambda: checkpoint.unet(**QUICK_UNET | {"in_channels": 4}), "starts from text"),
    "one time id": (
        "unet",
        lambda: checkpoint.unet(**QUICK_UNET | {"projection_class_embeddings_input_dim": 32}),
        "SV3D_u",
    ),
    "other projection": (
        "image_encoder",
        lambda: checkpoint.clip(num_hidden_layers=1, projection_dim=16),
        "takes 32 numbers of the photo's description, and the image encoder gives 16",
    ),
    "larger picture": (
        "image_encoder",
        lambda: checkpoint.clip(num_hidden_layers=1, image_size=320),
        "takes 320×320 pixels of 3 colours, not 224×224 of 3",
    ),
    "other latents": (
        "vae",
        lambda: checkpoint.vae(**QUICK_VAE | {"latent_channels": 8}),
        "makes latents of 4 channels, and the autoencoder takes 8; "
        "the UNet takes 8 channels, and its own latents and the photo's have 12",
    ),
    "other size": (
        "vae",
        lambda: checkpoint.vae(
            **QUICK_VAE | {"block_out_channels": (32,) * 3, "down_block_types": ("DownEncoderBlock2D",) * 3}
        ),
        "makes a photo 4 times smaller, not 8",
    ),
    "shades of grey": ("vae", lambda: checkpoint.vae(**QUICK_VAE | {"in_channels": 1}), "makes 3 colours of 1"),
}


@pytest.mark.parametrize(("part", "network", "words"), NETWORKS.values(), ids=NETWORKS)
def test_networks_of_a_folder_that_do_not_fit_together(quick, tmp_path, part, network, words):
    refused(ModelFiles.in_folder(with_network(quick, tmp_path, part, network())), words)


CONFIGS = {
    "tokens": ("unet", {"cross_attention_dim": 64}, "takes 64 numbers"),
    "one of the tokens": ("unet", {"cross_attention_dim": [32, 48]}, "takes 48 numbers"),
    "latents": ("vae", {"latent_channels": 8}, "autoencoder takes 8"),
    "inputs": ("unet", {"in_channels": 4}, "starts from text"),
    "depth": ("vae", {"layers_per_block": 3}, "weights don't match this network: .* is missing"),
}


@pytest.mark.parametrize(("part", "changes", "words"), CONFIGS.values(), ids=CONFIGS)
def test_a_configuration_that_is_not_of_its_weights(quick, tmp_path, part, changes, words):
    folder = shutil.copytree(quick, tmp_path / "svd-model")
    path = folder / part / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    refused(ModelFiles.in_folder(folder), words)


def test_a_folder_whose_unet_predicts_something_else(quick, tmp_path):
    folder = shutil.copytree(quick, tmp_path / "svd-model")
    path = folder / "scheduler" / "scheduler_config.json"
    values = json.loads(path.read_text())
    path.write_text(json.dumps(values | {"prediction_type": "epsilon"}))
    with pytest.raises(ModelDamaged, match=r'scheduler_config\.json: prediction_type cannot be "epsilon"'):
        local.files_of(folder)
    del values["prediction_type"]
    path.write_text(json.dumps(values))
    assert local.files_of(folder).unet.weights.is_file()


@pytest.mark.parametrize(
    ("part", "name"),
    [("vae", "decoder.conv_out.weight"), ("unet", "conv_out.bias"), ("image_encoder", "visual_projection.weight")],
)
def test_a_network_that_is_not_whole_is_said_before_any_other_computes(quick, tmp_path, part, name):
    folder = shutil.copytree(quick, tmp_path / "svd-model")
    path = next((folder / part).glob("*.safetensors"))
    save_file({key: tensor for key, tensor in load_file(path).items() if key != name}, path)
    refused(ModelFiles.in_folder(folder), rf"{path.name}: The weights don't match this network: {name} is missing")


TENSORS = {
    "tokens": (f"{UNET}input_blocks.1.1.transformer_blocks.0.attn2.to_v.weight", (32, 64), r"is 32×64, not 32×32"),
    "projection": (f"{OPEN_CLIP}visual.proj", (64, 16), r"is 64×16, not 64×32"),
    "latents": (f"{FIRST_STAGE}decoder.conv_in.weight", (64, 8, 3, 3), r"is 64×8×3×3, not 64×4×3×3"),
    "size": (f"{OPEN_CLIP}visual.positional_embedding", (101, 64), r"is 101×64, not 50×64"),
}


@pytest.mark.parametrize("kind", ["safetensors", "gguf"])
@pytest.mark.parametrize(("name", "shape", "words"), TENSORS.values(), ids=TENSORS)
def test_a_single_file_of_another_model(tmp_path, tensors, tiny_standard, kind, name, shape, words):  # noqa: F811
    path = tmp_path / f"svd_xt.{kind}"
    tensors[name] = torch.zeros(shape)
    if kind == "gguf":
        write_gguf(path, tensors)
    else:
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
    refused(local.files_of(path), words)


def test_the_command_line_says_it_and_begins_nothing(quick, cli, tmp_path):
    network = checkpoint.vae(**QUICK_VAE | {"latent_channels": 8})
    folder = with_network(quick, tmp_path, "vae", network)
    small = ["--width", 256, "--height", 256, "--frames", 4, "--steps", 5]
    result = cli(EXAMPLES / "coffee.png", "--model", folder, *small, "--output", "out.mp4")
    assert result.returncode == 1
    assert "The networks of this model don't fit together: the UNet makes latents of 4 channels" in result.stderr
    assert "Use the folder of a complete Stable Video Diffusion checkpoint" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Analysing the photo" not in result.stderr
    assert not (tmp_path / "out.mp4").exists()
    with pytest.raises(ModelDamaged, match="don't fit together"):
        available_weights(str(folder))
