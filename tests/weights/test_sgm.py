"""The original single files give diffusers' networks, name by name and number by number."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
import torch
from diffusers import AutoencoderKLTemporalDecoder, UNetSpatioTemporalConditionModel
from diffusers.pipelines.stable_video_diffusion import StableVideoDiffusionPipeline
from safetensors.torch import save_file
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from tests.engines.svd.conftest import error
from tests.support import full_size
from tests.weights import original
from tests.weights.conftest import FIRST_STAGE, OPEN_CLIP, SECOND, UNET, Originals, read_config
from videoai.engines.svd.clip import CLIPVision
from videoai.engines.svd.unet import UNet
from videoai.engines.svd.vae import VAEDecoder, VAEEncoder
from videoai.engines.svd.weights import Weights
from videoai.errors import ModelDamaged
from videoai.weights import svd_configs
from videoai.weights.config import CONFIGS
from videoai.weights.safetensors_file import SafetensorsFile
from videoai.weights.sgm import SgmSource
from videoai.weights.tensor_source import MemorySource

PARTS = ("unet", "vae", "image_encoder")
BOUND = 1e-4
"""The original norms of the denoiser all add 1e-5 to the variance; some of diffusers' add 1e-6."""


@pytest.fixture(scope="module")
def full_tensors() -> dict[str, torch.Tensor]:
    with torch.device("meta"):
        return Originals(full=True).tensors()


@pytest.mark.parametrize("part", PARTS)
def test_the_full_size_table_is_that_of_diffusers_key_by_key(full_tensors, part):
    source = SgmSource(MemorySource(full_tensors), part, CONFIGS[part].standard())
    expected = {name: tensor.shape for name, tensor in full_size.reference(part).state_dict().items()}
    assert {name: source.shape(name) for name in source.names()} == expected
    assert {name: source.read(name).shape for name in source.names()} == expected


@pytest.mark.parametrize("part", PARTS)
def test_the_standard_configurations_are_what_the_files_say(tmp_path, part):
    assert read_config(part, svd_configs.FILES[f"{part}/config.json"], tmp_path) == CONFIGS[part].standard()


def weights(tensors, configs, part) -> Weights:
    return Weights(SgmSource(MemorySource(tensors), part, configs[part]))


def test_a_pass_of_the_denoiser(originals, tensors, configs):
    ours = UNet(configs["unet"], weights(tensors, configs, "unet"))
    latents, token, ids = torch.randn(5, 8, 8, 16), torch.randn(1, 1, 32), torch.tensor([5, 100, 0.02])
    expected = originals.unet(latents, 1.3, original.waves(ids, 32).flatten(), token)
    assert error(ours(latents, 1.3, ids, ours.conditioning(token)), expected) <= BOUND


def test_the_decoder(originals, tensors, configs):
    ours = VAEDecoder(configs["vae"], weights(tensors, configs, "vae"))
    latents = torch.randn(5, 4, 6, 10)
    expected = originals.decoder(latents / configs["vae"].scaling)
    assert error(torch.stack(list(ours.frames(latents))), expected) <= BOUND


def test_the_encoder_is_the_conditioners(originals, tensors, configs):
    ours = VAEEncoder(configs["vae"], weights(tensors, configs, "vae"))
    image = torch.rand(1, 3, 64, 96) * 2 - 1
    expected = originals.quant_conv(originals.encoder(image))[:, :4]
    assert error(ours(image), expected) <= BOUND
    assert error(originals.unused_encoder(image)[:, :4], expected) > BOUND


def test_the_image_tower(originals, tensors, configs):
    ours = CLIPVision(configs["image_encoder"], weights(tensors, configs, "image_encoder"))
    pixels = torch.randn(1, 3, 224, 224)
    assert error(ours(pixels), originals.tower(pixels)) <= BOUND


def diffusers_networks(tensors, configs, jsons) -> dict[str, torch.nn.Module]:
    """diffusers' own networks with what a SgmSource gives, nothing missing and nothing left over."""
    networks = {
        "unet": UNetSpatioTemporalConditionModel.from_config(jsons["unet"]),
        "vae": AutoencoderKLTemporalDecoder.from_config(jsons["vae"]),
        "image_encoder": CLIPVisionModelWithProjection(CLIPVisionConfig(**jsons["image_encoder"])),
    }
    for part, network in networks.items():
        source = SgmSource(MemorySource(tensors), part, configs[part])
        network.load_state_dict({name: source.read(name) for name in source.names()}, strict=True)
        network.eval()
    return networks


def test_diffusers_networks_give_the_same(originals, tensors, configs, jsons):
    networks = diffusers_networks(tensors, configs, jsons)
    latents, token, ids = torch.randn(3, 8, 8, 8), torch.randn(1, 1, 32), torch.tensor([[5, 100, 0.02]])
    theirs = networks["unet"](latents[None], 0.4, token, ids, return_dict=False)[0][0]
    assert error(theirs, originals.unet(latents, 0.4, original.waves(ids[0], 32).flatten(), token)) <= BOUND
    theirs = networks["vae"].decode(latents[:, :4], num_frames=3).sample
    assert error(theirs, originals.decoder(latents[:, :4])) <= BOUND
    image = torch.randn(1, 3, 32, 32)
    theirs = networks["vae"].encode(image).latent_dist.mode()
    assert error(theirs, originals.quant_conv(originals.encoder(image))[:, :4]) <= BOUND
    pixels = torch.randn(1, 3, 224, 224)
    assert error(networks["image_encoder"](pixels).image_embeds, originals.tower(pixels)) <= BOUND


def test_what_was_imported_makes_a_folder_that_diffusers_loads(tensors, configs, jsons, tmp_path):
    for path, content in svd_configs.FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        content = jsons[path.split("/")[0]] if path.endswith("/config.json") else content
        (tmp_path / path).write_text(json.dumps(dict(content)))
    names = {"unet": "diffusion_pytorch_model", "vae": "diffusion_pytorch_model", "image_encoder": "model"}
    for part, name in names.items():
        source = SgmSource(MemorySource(tensors), part, configs[part])
        content = {name: source.read(name).contiguous() for name in source.names()}
        save_file(content, tmp_path / part / f"{name}.safetensors", {"format": "pt"})
    pipeline = StableVideoDiffusionPipeline.from_pretrained(tmp_path)
    assert dict(pipeline.scheduler.config).items() >= svd_configs.SCHEDULER.items()
    assert list(pipeline.feature_extractor.image_mean) == svd_configs.FEATURE_EXTRACTOR["image_mean"]
    mixing = pipeline.unet.mid_block.resnets[1].time_mixer.mix_factor
    assert torch.equal(mixing, tensors[f"{UNET}middle_block.2.time_mixer.mix_factor"])


EXAMPLES = {
    "unet": f"{UNET}output_blocks.5.2.conv.weight",
    "vae": f"{FIRST_STAGE}decoder.up.0.block.1.time_stack.in_layers.2.weight",
    "image_encoder": f"{OPEN_CLIP}visual.transformer.resblocks.1.attn.in_proj_bias",
}


@pytest.mark.parametrize("part", PARTS)
def test_a_missing_tensor_is_named(tensors, configs, part):
    del tensors[EXAMPLES[part]]
    with pytest.raises(ModelDamaged, match=r"damaged: .*is missing") as failure:
        SgmSource(MemorySource(tensors), part, configs[part])
    assert EXAMPLES[part] in failure.value.message
    assert failure.value.hint


@pytest.mark.parametrize("part", PARTS)
def test_a_wrong_shape_is_named(tensors, configs, part):
    name = EXAMPLES[part]
    tensors[name] = torch.cat((tensors[name], tensors[name]))
    was, found = ("×".join(map(str, shape)) for shape in (tensors[name].chunk(2)[0].shape, tensors[name].shape))
    with pytest.raises(ModelDamaged, match="damaged") as failure:
        SgmSource(MemorySource(tensors), part, configs[part])
    assert f"{name} is {found}, not {was}" in failure.value.message


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("unet", f"{UNET}output_blocks.9.0.in_layers.0.weight"),
        ("unet", "lora_unet.alpha"),
        ("vae", f"{FIRST_STAGE}post_quant_conv.weight"),
        ("vae", f"{SECOND}encoder.conv_out.scale"),
        ("image_encoder", f"{OPEN_CLIP}visual.extra"),
        ("image_encoder", f"{OPEN_CLIP}transformer.resblocks.0.ln_1.weight"),
    ],
)
def test_a_surplus_tensor_is_named(tensors, configs, part, name):
    tensors[name] = torch.zeros(1)
    with pytest.raises(ModelDamaged, match=f"damaged: {name} does not belong"):
        SgmSource(MemorySource(tensors), part, configs[part])


def test_another_networks_trouble_is_not_this_ones(tensors, configs):
    del tensors[EXAMPLES["image_encoder"]]
    del tensors[EXAMPLES["vae"]]
    SgmSource(MemorySource(tensors), "unet", configs["unet"])


def test_what_training_leaves_behind_is_passed_over(tensors, configs):
    tensors |= {"model_ema.decay": torch.zeros(1), "model_ema.num_updates": torch.zeros(1, dtype=torch.int64)}
    tensors["denoiser.sigmas"] = torch.zeros(1000)
    for part in PARTS:
        source = SgmSource(MemorySource(tensors), part, configs[part])
        assert not any("ema" in name or "sigmas" in name for name in source.names())


def test_many_problems_are_told_at_once_but_not_all(tensors, configs):
    with pytest.raises(ModelDamaged, match=r"; and \d+ more\.$") as failure:
        SgmSource(MemorySource({"x": torch.zeros(1)}), "unet", configs["unet"])
    assert len(failure.value.message) < 1500


@pytest.mark.parametrize("prefix", [UNET, ""])
def test_a_file_with_the_denoiser_alone(originals, configs, prefix):
    alone = {prefix + name: tensor for name, tensor in originals.unet.state_dict().items()}
    source = SgmSource(MemorySource(alone), "unet", configs["unet"])
    assert torch.equal(source.read("conv_in.weight"), originals.unet.input_blocks[0][0].weight)
    alone["stowaway"] = torch.zeros(1)
    with pytest.raises(ModelDamaged, match="stowaway does not belong"):
        SgmSource(MemorySource(alone), "unet", configs["unet"])


def test_a_first_stage_alone_encodes_with_its_own_encoder(originals, tensors, configs, jsons):
    """As ComfyUI saves it, and as the original first stage does: without a quant_conv."""
    for name in [name for name in tensors if name.startswith("conditioner.embedders.3.")]:
        del tensors[name]
    source = SgmSource(MemorySource(tensors), "vae", configs["vae"])
    reference = AutoencoderKLTemporalDecoder.from_config(jsons["vae"])
    assert set(source.names()) == reference.state_dict().keys()
    ours = VAEEncoder(configs["vae"], Weights(source))
    image = torch.rand(1, 3, 64, 64) * 2 - 1
    assert error(ours(image), originals.unused_encoder(image)[:, :4]) <= BOUND


def test_a_first_stage_with_a_quant_conv_of_its_own_uses_it(originals, tensors, configs):
    for name in [name for name in tensors if name.startswith("conditioner.embedders.3.")]:
        del tensors[name]
    for name, tensor in originals.quant_conv.state_dict().items():
        tensors[f"{FIRST_STAGE}quant_conv.{name}"] = tensor
    source = SgmSource(MemorySource(tensors), "vae", configs["vae"])
    assert torch.equal(source.read("quant_conv.weight"), originals.quant_conv.weight)
    del tensors[f"{FIRST_STAGE}quant_conv.bias"]
    with pytest.raises(ModelDamaged, match=r"quant_conv\.bias is missing"):
        SgmSource(MemorySource(tensors), "vae", configs["vae"])


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
@pytest.mark.parametrize("part", PARTS)
def test_the_files_precision_is_kept(tensors, configs, part, dtype, tmp_path):
    save_file({name: tensor.to(dtype).contiguous() for name, tensor in tensors.items()}, tmp_path / "svd.safetensors")
    source = SgmSource(SafetensorsFile(tmp_path / "svd.safetensors"), part, configs[part])
    for name in source.names():
        tensor = source.read(name)
        assert tensor.dtype == dtype
        assert tensor.is_contiguous()
        assert tensor.shape == source.shape(name)
        assert tensor.untyped_storage().nbytes() == tensor.nbytes, "the rest of a fused tensor is held too"


def test_a_name_that_is_not_there_is_a_key_error(tensors, configs):
    source = SgmSource(MemorySource(tensors), "unet", configs["unet"])
    for ask in (source.shape, source.read):
        with pytest.raises(KeyError):
            ask("input_blocks.0.0.weight")


@dataclass
class _Packed:
    kept: torch.Tensor

    @property
    def shape(self) -> torch.Size:
        return self.kept.shape

    def dequantise(self, dtype: torch.dtype) -> torch.Tensor:
        return self.kept.to(dtype)


def test_packed_originals_are_unpacked(tensors, configs):
    name = f"{OPEN_CLIP}visual.transformer.resblocks.1.attn.in_proj_weight"
    whole = tensors[name]
    tensors[name] = _Packed(whole)
    source = SgmSource(MemorySource(tensors), "image_encoder", configs["image_encoder"])
    assert torch.equal(source.read("vision_model.encoder.layers.1.self_attn.k_proj.weight"), whole[64:128])
