"""A file is known by what is in it; what cannot be used is refused with the reason."""

from __future__ import annotations

import pickle
import zipfile

import gguf
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from tests.engines.svd import checkpoint
from tests.engines.svd.conftest import error
from tests.weights.conftest import FIRST_STAGE, OPEN_CLIP, SECOND, UNET
from videoai.engines.svd.unet import UNet
from videoai.engines.svd.vae import VAEDecoder
from videoai.engines.svd.weights import Weights
from videoai.errors import ModelDamaged, ModelMissing
from videoai.weights.opening import open_weights, parts_in
from videoai.weights.quantise import should_quantise
from videoai.weights.safetensors_file import SafetensorsFile
from videoai.weights.writing import ConversionPlan, write

PARTS = ("unet", "vae", "image_encoder")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """A tiny checkpoint, in the layout that diffusers writes."""
    with torch.no_grad():
        return checkpoint.save(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def place(tmp_path):
    return tmp_path / "weights.safetensors"


def save(path, tensors):
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
    return path


def write_gguf(path, tensors, *, quantised: bool = False):
    """As stable-diffusion.cpp does: four sides at most, the first two of five joined, at most one for a number."""
    writer = gguf.GGUFWriter(path, "sd")
    for name, tensor in tensors.items():
        data = tensor.float().numpy()
        data = data.reshape(-1, *data.shape[2:]) if data.ndim == 5 else data.reshape(data.shape or (1,))
        kind = gguf.GGMLQuantizationType.F32
        if quantised and data.ndim == 2 and data.shape[1] % 32 == 0:
            kind = gguf.GGMLQuantizationType.Q8_0
        writer.add_tensor(name, gguf.quantize(data, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def refused(path, reason: str, part: str = "unet") -> None:
    for ask in (parts_in, lambda path: open_weights(path, part)):
        with pytest.raises(ModelDamaged, match=reason) as failure:
            ask(path)
        assert failure.value.hint


def the_same(source, expected) -> None:
    assert {name: source.shape(name) for name in source.names()} == {name: t.shape for name, t in expected.items()}
    for name, tensor in expected.items():
        assert torch.equal(source.read(name), tensor)


FILES = {
    "unet": "unet/diffusion_pytorch_model.safetensors",
    "vae": "vae/diffusion_pytorch_model.safetensors",
    "image_encoder": "image_encoder/model.safetensors",
}


@pytest.mark.parametrize("part", PARTS)
def test_a_file_of_a_diffusers_folder(tiny, part):
    path = tiny / FILES[part]
    assert parts_in(path) == {part}
    source = open_weights(path, part)
    assert isinstance(source, SafetensorsFile), "or it could not be streamed"
    the_same(source, load_file(path))
    for other in set(PARTS) - {part}:
        with pytest.raises(ModelDamaged, match=r"does not contain .*: only its"):
            open_weights(path, other)


def test_a_whole_original_file(place, tensors, configs):
    save(place, tensors)
    assert parts_in(place) == set(PARTS)
    source = open_weights(place, "unet", configs["unet"])
    assert torch.equal(source.read("conv_in.weight"), tensors[f"{UNET}input_blocks.0.0.weight"])
    source = open_weights(place, "vae", configs["vae"])
    assert torch.equal(source.read("quant_conv.bias"), tensors[f"{SECOND}quant_conv.bias"])
    source = open_weights(place, "image_encoder", configs["image_encoder"])
    assert torch.equal(source.read("visual_projection.weight"), tensors[f"{OPEN_CLIP}visual.proj"].t())


def test_without_a_configuration_it_should_be_the_standard_one(place, tensors):
    save(place, tensors)
    with pytest.raises(ModelDamaged, match=r"weights\.safetensors: .*input_blocks\.7\.1\.norm\.weight is missing"):
        open_weights(place, "unet")


@pytest.mark.parametrize("prefix", ["", UNET])
@pytest.mark.parametrize("kind", ["safetensors", "gguf"])
def test_the_denoiser_alone(tmp_path, originals, configs, prefix, kind):
    alone = {prefix + name: tensor for name, tensor in originals.unet.state_dict().items()}
    path = tmp_path / f"weights.{kind}"
    (save if kind == "safetensors" else write_gguf)(path, alone)
    assert parts_in(path) == {"unet"}
    source = open_weights(path, "unet", configs["unet"])
    name = "mid_block.resnets.1.temporal_res_block.conv2.weight"
    assert torch.equal(source.read(name), originals.unet.middle_block[2].time_stack.out_layers[3].weight)


def test_a_whole_gguf_file_gives_every_tensor(tmp_path, tensors, configs):
    path, plain = tmp_path / "svd.gguf", tmp_path / "svd.safetensors"
    write_gguf(path, tensors)
    save(plain, tensors)
    assert parts_in(path) == set(PARTS)
    for part in PARTS:
        expected = open_weights(plain, part, configs[part])
        source = open_weights(path, part, configs[part])
        the_same(source, {name: expected.read(name) for name in expected.names()})


def test_a_quantised_gguf_file_makes_about_the_same_pass(tmp_path, originals, tensors, configs):
    path = write_gguf(tmp_path / "svd.gguf", tensors, quantised=True)
    ours = UNet(configs["unet"], Weights(open_weights(path, "unet", configs["unet"])))
    exact = UNet(
        configs["unet"], Weights(open_weights(save(tmp_path / "svd.safetensors", tensors), "unet", configs["unet"]))
    )
    latents, token, ids = torch.randn(3, 8, 8, 8), torch.randn(1, 1, 32), torch.tensor([5, 100, 0.02])
    one, other = (network(latents, 0.3, ids, network.conditioning(token)) for network in (ours, exact))
    assert 1e-5 < error(one, other) < 0.05


@pytest.mark.parametrize("part", PARTS)
def test_diffusers_names_in_a_gguf_file(tmp_path, tiny, configs, part):
    expected = load_file(tiny / FILES[part])
    path = write_gguf(tmp_path / "weights.gguf", expected)
    assert parts_in(path) == {part}
    the_same(open_weights(path, part, configs[part]), expected)


def test_an_original_autoencoder_alone(place, originals, configs):
    networks = {"encoder.": originals.encoder, "decoder.": originals.decoder, "quant_conv.": originals.quant_conv}
    save(place, {prefix + name: t for prefix, each in networks.items() for name, t in each.state_dict().items()})
    assert parts_in(place) == {"vae"}
    source = open_weights(place, "vae", configs["vae"])
    latents = torch.randn(2, 4, 4, 4)
    ours = torch.stack(list(VAEDecoder(configs["vae"], Weights(source)).frames(latents)))
    assert error(ours, originals.decoder(latents / configs["vae"].scaling)) <= 1e-4


def test_a_file_that_comfyui_saved(place, tiny, originals, configs):
    """The denoiser and the first stage have the original names, the image encoder diffusers' below the original's."""
    tower = load_file(tiny / FILES["image_encoder"])
    tensors = {UNET + name: tensor for name, tensor in originals.unet.state_dict().items()}
    tensors |= {f"{FIRST_STAGE}encoder.{name}": t for name, t in originals.encoder.state_dict().items()}
    tensors |= {f"{FIRST_STAGE}decoder.{name}": t for name, t in originals.decoder.state_dict().items()}
    tensors |= {f"{OPEN_CLIP}visual.{name}": tensor for name, tensor in tower.items()}
    save(place, tensors)
    assert parts_in(place) == set(PARTS)
    the_same(open_weights(place, "image_encoder"), tower)
    assert torch.equal(open_weights(place, "vae", configs["vae"]).read("quant_conv.bias"), torch.zeros(8))
    open_weights(place, "unet", configs["unet"])


def test_a_packed_file_of_ours(tmp_path, tiny, configs):
    source = SafetensorsFile(tiny / FILES["unet"])
    bits = {name: 8 if should_quantise(name, source.shape(name)) else 16 for name in source.names()}
    write(source, ConversionPlan(bits, "a test"), tmp_path / "packed.safetensors")
    assert parts_in(tmp_path / "packed.safetensors") == {"unet"}
    source = open_weights(tmp_path / "packed.safetensors", "unet")
    UNet(configs["unet"], Weights(source))
    assert not isinstance(source.read("mid_block.resnets.0.spatial_res_block.conv1.weight"), torch.Tensor)


def test_the_original_with_a_decoder_of_single_pictures(place, originals, tensors):
    for name in [name for name in tensors if name.startswith(f"{FIRST_STAGE}decoder.")]:
        del tensors[name]
    tensors |= {f"{FIRST_STAGE}decoder.{n}": t + 1 for n, t in originals.unused_decoder.state_dict().items()}
    save(place, tensors)
    assert parts_in(place) == {"unet", "image_encoder"}
    with pytest.raises(ModelDamaged, match=r"single images; use the autoencoder of svd_xt\.safetensors"):
        open_weights(place, "vae")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("cond_stage_model.transformer.text_model.embeddings.position_ids", "Stable Diffusion 1 checkpoint"),
        ("cond_stage_model.model.ln_final.weight", "Stable Diffusion 2 checkpoint"),
        ("conditioner.embedders.1.model.ln_final.weight", "Stable Diffusion XL checkpoint"),
        ("model.diffusion_model.joint_blocks.0.x", "Stable Diffusion 3 model"),
        ("double_blocks.0.img_attn.proj.weight", "Flux model"),
        ("lora_unet_down_blocks_0.lora_up.weight", "a LoRA"),
        ("unet.down_blocks.0.attn1.to_q.lora_A.weight", "a LoRA"),
        ("control_model.input_blocks.0.0.weight", "a ControlNet"),
        ("down_blocks.0.motion_modules.0.x", "AnimateDiff"),
        ("down_blocks.0.resnets.0.conv1.weight", "network for still images"),
        ("model.diffusion_model.middle_block.0.in_layers.0.weight", "network for still images"),
        ("decoder.up_blocks.0.resnets.0.conv1.weight", "autoencoder for still images"),
        ("text_model.encoder.layers.0.mlp.fc1.weight", "text encoder"),
        ("transformer.resblocks.0.attn.in_proj_weight", "text encoder"),
    ],
)
def test_other_models_are_called_by_their_names(place, name, what):
    still = {"model.diffusion_model.input_blocks.0.0.weight": torch.zeros(1)} if name.startswith("con") else {}
    still = still or ({"input_blocks.0.0.weight": torch.zeros(1)} if "middle_block" in name else {})
    refused(save(place, {name: torch.zeros(1), **still}), what)


def test_a_model_that_nobody_knows(place):
    what = r"weights\.safetensors (contains nothing|does not contain this network) of Stable Video Diffusion"
    refused(save(place, {"weight": torch.zeros(1)}), what)
    refused(save(place, {}), "of Stable Video Diffusion")


class Bomb:
    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return (open, (str(self.target), "w"))


@pytest.mark.parametrize("suffix", [".ckpt", ".PT", ".pth", ".bin", ".pkl", ".safetensors", ".gguf", ""])
@pytest.mark.parametrize("protocol", [2, 3, 4, 5, "zip"])
def test_pickles_are_refused_and_never_run(tmp_path, suffix, protocol):
    planted, path = tmp_path / "planted", tmp_path / f"svd{suffix}"
    if protocol == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(Bomb(planted)))
    else:
        path.write_bytes(pickle.dumps(Bomb(planted), protocol=protocol))
    refused(path, "pickled weights can run any program")
    with pytest.raises(ModelDamaged) as failure:
        parts_in(path)
    assert ".safetensors" in failure.value.hint
    assert not planted.exists()


@pytest.mark.parametrize("suffix", [".ckpt", ".PT", ".pth", ".bin"])
@pytest.mark.parametrize("protocol", [0, 1])
def test_old_pickles_are_refused_by_name(tmp_path, suffix, protocol):
    path = tmp_path / f"svd{suffix}"
    path.write_bytes(pickle.dumps({"a": 1}, protocol=protocol))
    refused(path, "pickled weights")


@pytest.mark.parametrize("first", [0, 2, 3, 4, 5])
def test_a_header_as_long_as_a_pickle_begins(place, first):
    """128 and a small number are the length of a safetensors header, too."""
    length = 128 + 256 * first
    header = b'{"double_blocks.0":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.ljust(length)
    place.write_bytes(length.to_bytes(8, "little") + header + bytes(4))
    refused(place, "Flux model")


def test_what_is_no_file(tmp_path):
    refused(tmp_path, "is not a file")
    for ask in (parts_in, lambda path: open_weights(path, "vae")):
        with pytest.raises(ModelMissing):
            ask(tmp_path / "none.safetensors")


@pytest.mark.timeout(10)
def test_a_pipe_is_not_waited_for(tmp_path):
    import os

    os.mkfifo(tmp_path / "pipe.safetensors")
    refused(tmp_path / "pipe.safetensors", "is not a file")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS did not download"),
        (b"<!DOCTYPE html><html></html>", "is a web page"),
        (b"\n <html>", "is a web page"),
        (b"", "is damaged: it is empty"),
        (b"GGUF", "is damaged"),
        (b"\x80", "pickled|is damaged"),
    ],
)
def test_what_is_no_weights(place, content, reason):
    place.write_bytes(content)
    refused(place, reason)


def test_a_web_page_is_told_from_a_header_of_sixty_bytes(place):
    place.write_bytes(
        (60).to_bytes(8, "little") + b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.ljust(60) + bytes(4)
    )
    assert place.read_bytes().startswith(b"<")
    refused(place, "of Stable Video Diffusion")


def test_names_out_of_a_file_cannot_steer_a_terminal(place, tensors, configs):
    tensors[f"{UNET}\x1b[2Jboo"] = torch.zeros(1)
    save(place, tensors)
    with pytest.raises(ModelDamaged, match="boo' does not belong") as failure:
        open_weights(place, "unet", configs["unet"])
    assert "\x1b" not in failure.value.message


def test_a_part_that_there_is_not(place):
    with pytest.raises(ValueError, match="not text_encoder"):
        open_weights(place, "text_encoder")


@given(names=st.lists(st.text(max_size=30), max_size=5, unique=True))
@settings(max_examples=50)
def test_any_names_at_all(tmp_path_factory, names):
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    try:
        save_file({name: torch.zeros(1) for name in names}, path)
    except Exception:
        return
    refused(path, "of Stable Video Diffusion")
