"""Checkpoints that are on the disk already become models, whatever they look like; hostile ones become nothing."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import gguf
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.conftest import EXAMPLES
from tests.engines.svd.conftest import error
from videoai.catalogue import MODELS
from videoai.engines.svd import clip, unet, vae
from videoai.errors import BadInput, ModelDamaged, ModelMissing
from videoai.models import local, manager, store
from videoai.weights.model_files import ModelFiles

UNET = "unet/diffusion_pytorch_model.fp16.safetensors"
SMALL = ("--width", 256, "--height", 256, "--frames", 4, "--steps", 5, "--guidance-max", 1, "--seed", 1, "--quiet")


def ignore(event: object) -> None:
    pass


@pytest.fixture
def original(tmp_path, tensors):
    """A whole single file with the original names, as ComfyUI's users have it."""
    path = tmp_path / "svd_xt.safetensors"
    save_file({name: tensor.half().contiguous() for name, tensor in tensors.items()}, path)
    return path


def the_same_networks(a: ModelFiles, b: ModelFiles, bound: float) -> None:
    with torch.no_grad():
        pixels, latents = torch.randn(1, 3, 224, 224), torch.randn(3, 4, 8, 8)
        assert error(clip.load(a.image_encoder)(pixels), clip.load(b.image_encoder)(pixels)) <= bound
        frames = [torch.stack(list(vae.load_decoder(one.vae).frames(latents))) for one in (a, b)]
        assert error(*frames) <= bound
        x, ids, token = torch.randn(3, 8, 8, 8), torch.tensor([5, 100, 0.02]), torch.randn(1, 1, 32)
        networks = [unet.load(one.unet) for one in (a, b)]
        assert error(*(network(x, 0.7, ids, network.conditioning(token)) for network in networks)) <= bound


@pytest.mark.parametrize(("precision", "bound"), [pytest.param("16", 1e-6, marks=pytest.mark.slow), ("8", 0.04)])
def test_a_diffusers_folder(tiny_fp16, tmp_path, precision, bound):
    folder = tmp_path / "stable-video-diffusion-img2vid-xt"
    shutil.copytree(tiny_fp16, folder)
    found = manager.import_(folder, None, precision, ignore)
    assert (found.model.id, found.bits) == ("svd-xt", int(precision))
    the_same_networks(found.files, ModelFiles.in_folder(folder), bound)
    shutil.rmtree(folder)
    assert manager.ready("svd-xt", precision, ignore, offline=True).bits == int(precision)


def test_an_original_single_file(original, tiny_standard):
    found = manager.import_(original, None, "16", ignore)
    assert found.model.id == "svd-xt"
    the_same_networks(found.files, local.files_of(original), 1e-6)
    assert original.exists()


def test_an_imported_single_file_is_a_folder_that_diffusers_loads(original, tiny_standard):
    from diffusers import StableVideoDiffusionPipeline

    folder = manager.import_(original, None, "16", ignore).folder
    pipeline = StableVideoDiffusionPipeline.from_pretrained(folder, variant="fp16")
    expected = load_file(folder / UNET)
    assert pipeline.unet.state_dict().keys() == expected.keys()


def test_a_unet_alone_takes_the_others_from_svd_xt(tiny_fp16, tmp_path):
    path = tmp_path / "AnimateLCM-SVD-xt.safetensors"
    shutil.copy(tiny_fp16 / UNET, path)
    (tmp_path / "config.json").write_text((tiny_fp16 / "unet/config.json").read_text())
    with pytest.raises(ModelMissing, match="contains only a UNet"):
        manager.import_(path, None, "8", ignore)
    manager.import_(tiny_fp16, "svd-xt", "8", ignore)


def test_a_unet_alone_with_its_base(tiny_fp16, tmp_path, tiny_standard):
    path = tmp_path / "AnimateLCM-SVD-xt.safetensors"
    save_file({name: tensor.float() for name, tensor in load_file(tiny_fp16 / UNET).items()}, path)
    base = manager.import_(tiny_fp16, "svd-xt", "8", ignore)
    found = manager.import_(path, None, "8", ignore)
    assert found.model.id == "animatelcm-svd-xt"
    assert found.files.vae.weights.samefile(base.files.vae.weights)
    the_same_networks(found.files, base.files, 0.02)


def test_a_gguf_unet(tiny_fp16, tmp_path, tiny_standard):
    path = tmp_path / "animatelcm-svd-xt.gguf"
    tensors = load_file(tiny_fp16 / UNET)
    writer = gguf.GGUFWriter(path, "svd")
    for name, tensor in tensors.items():
        values = tensor.numpy()
        writer.add_tensor(name, values.reshape(-1, *values.shape[2:]) if values.ndim > 4 else values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    base = manager.import_(tiny_fp16, "svd-xt", "16", ignore)
    found = manager.import_(path, None, "16", ignore)
    the_same_networks(found.files, base.files, 1e-6)


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("svd.safetensors", "svd"),
        ("svd_xt.safetensors", "svd-xt"),
        ("svd_xt_1_1.safetensors", "svd-xt-1.1"),
        ("SVD_XT-1.1 fp16.safetensors", "svd-xt-1.1"),
        ("stable-video-diffusion-img2vid-xt-1-1", "svd-xt-1.1"),
        ("stable-video-diffusion-img2vid", "svd"),
        ("models--stabilityai--stable-video-diffusion-img2vid-xt/snapshots/0a1b2c", "svd-xt"),
        ("AnimateLCM-SVD-xt-1.1.safetensors", "animatelcm-svd-xt"),
        ("extra/next svd.safetensors", "svd"),
    ],
)
def test_a_models_name_says_which_it_is(tmp_path, name, id):
    assert local.guess_id(tmp_path / name) == id


def test_a_name_that_says_nothing_is_asked_about(tmp_path):
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(BadInput, match=r"can't tell which model model\.safetensors is") as failure:
        local.guess_id(tmp_path / "model.safetensors")
    assert failure.value.hint == "Choose it with --as: svd, svd-xt, svd-xt-1.1, animatelcm-svd-xt, tiny-decoder, depth."
    with pytest.raises(BadInput, match=f"can't tell which model {tmp_path.anchor} is"):
        local.guess_id(Path(tmp_path.anchor))


@pytest.mark.slow
def test_a_file_is_a_model_without_being_imported(original, tiny_standard, tmp_path):
    from videoai import generate

    video = generate(
        EXAMPLES / "coffee.png",
        tmp_path / "a.mp4",
        model=str(original),
        width=256,
        height=256,
        frames=4,
        steps=5,
        guidance_max=1,
    )
    assert video.path.exists()


@pytest.mark.parametrize("name", [pytest.param("svd_xt.ckpt", marks=pytest.mark.slow), "svd_xt.safetensors"])
def test_pickles_are_refused_with_the_reason(videoai, tmp_path, name):
    (tmp_path / name).write_bytes(pickle.dumps({"model.diffusion_model.x": 1}))
    run = videoai("models", "import", tmp_path / name)
    assert run.returncode == 1
    assert "can run any program" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("how", ["cut", "renamed", "missing", "nan"])
def test_a_spoilt_file_leaves_nothing_installed(original, tensors, tiny_standard, how):
    if how == "cut":
        original.write_bytes(original.read_bytes()[:-1000])
    else:
        name = next(name for name in tensors if name.endswith("time_stack.in_layers.2.weight"))
        halves = {other: tensor.half().contiguous() for other, tensor in tensors.items()}
        weight = halves.pop(name)
        if how == "renamed":
            halves[name + "x"] = weight
        if how == "nan":
            halves[name] = weight * float("nan")
        save_file(halves, original)
    with pytest.raises(ModelDamaged, match="damaged"):
        manager.import_(original, None, "8", ignore)
    assert store.installed(MODELS["svd-xt"]) == []


def test_what_was_imported_is_not_imported_twice(tiny_fp16):
    manager.import_(tiny_fp16, "svd-xt", "8", ignore)
    with pytest.raises(BadInput, match="at 8 bits is already in"):
        manager.import_(tiny_fp16, "svd-xt", "8", ignore)


@pytest.mark.slow
def test_the_verbs_speak_json(videoai, quick_fp16):
    def said(*words: object) -> object:
        run = videoai("models", *words, "--json")
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    imported = said("import", quick_fp16, "--as", "svd-xt", "--precision", "8", "--quiet")
    assert (imported["id"], imported["precision"]) == ("svd-xt", 8)
    rows = {row["id"]: row for row in said("list")}
    assert rows.keys() == MODELS.keys()
    assert {"id", "state", "precision", "size_bytes", "fits", "licence"} <= rows["svd"].keys()
    assert rows["svd"]["state"] == "missing"
    assert (rows["draft"]["state"], rows["draft"]["fits"]) == ("built in", True)
    assert (rows["svd-xt"]["state"], rows["svd-xt"]["precision"]) == ("ready", [8])
    assert rows["svd-xt"]["size_bytes"] == imported["size_bytes"]
    shown = said("show", "svd-xt-1.1")
    assert shown["gated"]
    assert shown["licence_url"].endswith("img2vid-xt-1-1")
    assert len(shown["files"]) == 9
    assert said("path", "svd-xt") == {"id": "svd-xt", "precision": 8, "path": imported["path"]}
    assert said("convert", "svd-xt", "--precision", "4", "--quiet")["precision"] == 4
    assert all(check["ok"] for check in said("verify", "svd-xt"))
    removed = said("remove", "svd-xt", "--precision", "8", "--quiet")
    assert removed["freed_bytes"] > 0
    assert said("path", "svd-xt")["precision"] == 4


def test_errors_of_the_verbs_are_sentences(videoai, tmp_path):
    for words, code, told in (
        (("show", "svd-tx"), 2, "Did you mean svd-xt?"),
        (("path", "svd-xt"), 3, "not on this computer"),
        (("verify", "svd-xt"), 3, "svd-xt is not on this computer"),
        (("convert", "svd-xt"), 3, "converted to 8 bits"),
        (("import", tmp_path / "none"), 2, "The file or folder "),
        (("import", tmp_path / "svd.safetensors"), 2, "does not exist"),
        (("pull", "draft"), 2, "built in"),
    ):
        run = videoai("models", *words)
        assert run.returncode == code, (words, run.stderr)
        assert told in run.stderr
        assert run.stderr.startswith("Error: ")
        assert "Traceback" not in run.stderr
