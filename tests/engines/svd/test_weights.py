"""Strict about what is loaded, whatever form it is kept in."""

from __future__ import annotations

import json
import weakref
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.engines.svd import checkpoint
from tests.engines.svd.conftest import error
from videoai.engines.svd import unet, vae
from videoai.engines.svd.chunking import ChunkSizes
from videoai.engines.svd.weights import Weights
from videoai.errors import ModelDamaged, ModelMissing
from videoai.system import heap
from videoai.weights.config import CLIPVisionConfig, UNetConfig, VAEConfig
from videoai.weights.safetensors_file import SafetensorsFile
from videoai.weights.tensor_source import MemorySource


@pytest.fixture
def folder(tiny, tmp_path) -> Path:
    """A copy of the tiny denoiser that a test may spoil."""
    for name in ("config.json", "diffusion_pytorch_model.safetensors"):
        (tmp_path / name).write_bytes((tiny / "unet" / name).read_bytes())
    return tmp_path


def weights_of(folder: Path) -> Path:
    return folder / "diffusion_pytorch_model.safetensors"


def spoil_weights(folder: Path, change) -> None:
    tensors = load_file(weights_of(folder))
    change(tensors)
    save_file(tensors, weights_of(folder))


def a_pass(network: unet.UNet, height: int = 8, width: int = 8) -> torch.Tensor:
    generator = torch.Generator().manual_seed(5)
    latents = torch.randn(3, 8, height, width, generator=generator)
    token = torch.randn(1, 1, 32, generator=generator)
    return network(latents, 0.7, torch.tensor([5, 100, 0.02]), network.conditioning(token))


def test_a_missing_tensor_is_named(folder):
    spoil_weights(folder, lambda tensors: tensors.pop("mid_block.resnets.0.spatial_res_block.conv1.weight"))
    with pytest.raises(ModelDamaged, match=r"mid_block.resnets.0.spatial_res_block.conv1.weight is missing"):
        unet.load(folder)


def test_an_unexpected_tensor_is_named(folder):
    spoil_weights(folder, lambda tensors: tensors.update(stowaway=torch.zeros(3)))
    with pytest.raises(ModelDamaged, match=r"stowaway does not belong"):
        unet.load(folder)


def test_a_wrong_shape_is_named(folder):
    spoil_weights(folder, lambda tensors: tensors.update({"conv_in.weight": torch.zeros(32, 8, 5, 5)}))
    with pytest.raises(ModelDamaged, match=r"conv_in.weight is 32×8×5×5, not 32×8×3×3") as failure:
        unet.load(folder)
    assert failure.value.hint


def test_what_folding_leaves_unused_may_be_missing_but_not_wrong(folder):
    name = "mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight"
    expected = a_pass(unet.load(folder))
    spoil_weights(folder, lambda tensors: tensors.pop(name))
    assert torch.equal(a_pass(unet.load(folder)), expected)
    spoil_weights(folder, lambda tensors: tensors.update({name: torch.zeros(3, 3)}))
    with pytest.raises(ModelDamaged, match=name):
        unet.load(folder)


def test_many_problems_are_told_at_once_but_not_all(folder):
    spoil_weights(folder, lambda tensors: [tensors.pop(name) for name in list(tensors)[:30]])
    with pytest.raises(ModelDamaged, match=r"and 20 more"):
        unet.load(folder)


def test_a_file_that_is_cut_off(folder):
    whole = weights_of(folder).read_bytes()
    weights_of(folder).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelDamaged, match=r"is damaged"):
        unet.load(folder)


@pytest.mark.parametrize("content", [b"", b"\x00" * 4, b"\xff" * 64, b"<html>no such file</html>"])
def test_a_file_that_is_something_else(folder, content):
    weights_of(folder).write_bytes(content)
    with pytest.raises(ModelDamaged):
        unet.load(folder)


def test_a_folder_without_weights(folder):
    weights_of(folder).unlink()
    with pytest.raises(ModelMissing, match=r"diffusion_pytorch_model"):
        unet.load(folder)


def test_a_folder_without_config(folder):
    (folder / "config.json").unlink()
    with pytest.raises(ModelMissing, match=r"config.json"):
        unet.load(folder)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("block_out_channels", [33, 64, 64]),
        ("block_out_channels", []),
        ("num_attention_heads", [3, 4, 4]),
        ("num_attention_heads", [2, 4]),
        ("down_block_types", ["DownBlock2D"] * 3),
        ("in_channels", -8),
        ("in_channels", "eight"),
        ("in_channels", True),
        ("layers_per_block", None),
        ("_class_name", "UNet2DConditionModel"),
        ("projection_class_embeddings_input_dim", 97),
    ],
)
def test_a_nonsensical_config_is_refused(folder, name, value):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {name: value}))
    with pytest.raises(ModelDamaged, match=name if name != "_class_name" else str(value)) as failure:
        unet.load(folder)
    assert failure.value.hint


@pytest.mark.parametrize("text", ["", "[]", "{", "\x00"])
@pytest.mark.parametrize("kind", [UNetConfig, VAEConfig, CLIPVisionConfig])
def test_a_config_that_is_no_config(tmp_path, kind, text):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ModelDamaged):
        kind.read(tmp_path / "config.json")


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_streamed_is_resident_bit_for_bit(tiny, dtype):
    """In halves, too, whose resident weights are laid out once and for all."""
    kept = None if dtype == torch.float32 else dtype
    streamed = unet.load(tiny / "unet", dtype=dtype, storage_dtype=kept, streamed=True)
    resident = a_pass(unet.load(tiny / "unet", dtype=dtype, storage_dtype=kept))
    for _ in range(3):
        assert torch.equal(a_pass(streamed), resident)


def test_streamed_is_resident_in_parts_of_different_sizes_too(tiny):
    """Of three frames two are computed together, then one, whose positions by themselves are few."""
    chunks = ChunkSizes(tokens=2048)
    streamed, resident = (unet.load(tiny / "unet", streamed=streamed, chunks=chunks) for streamed in (True, False))
    assert torch.equal(a_pass(streamed, 24, 40), a_pass(resident, 24, 40))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_a_network_was_used_for_before_does_not_matter(tiny, dtype):
    """Its weights are laid out for few positions, then for many, and then for few again."""
    used = unet.load(tiny / "unet", dtype=dtype, storage_dtype=dtype)
    for size in ((8, 8), (24, 40), (8, 8)):
        assert torch.equal(
            a_pass(used, *size), a_pass(unet.load(tiny / "unet", dtype=dtype, storage_dtype=dtype), *size)
        )


class Laid:
    """What a layout makes of a weight."""


def test_a_weight_is_never_held_in_two_layouts():
    weights = Weights(MemorySource({"w": torch.zeros(4, 4)}))
    weight, made = weights.weight("w", 4, 4), []
    weights.finish()

    def layout(dense: torch.Tensor, kept: bool) -> Laid:
        assert kept
        assert [each() for each in made] == [None] * len(made)
        laid = Laid()
        made.append(weakref.ref(laid))
        return laid

    few = weight.laid_out(layout, "few")
    assert weight.laid_out(layout, "few") is few
    del few
    for key in ("many", "few", "many"):
        weight.laid_out(layout, key)
    assert len(made) == 4


def test_halves_are_preferred_and_computed_in_fp32(tmp_path):
    checkpoint.save(tmp_path, variant="fp16")
    halves = load_file(tmp_path / "unet" / "diffusion_pytorch_model.fp16.safetensors")
    config = UNetConfig.read(tmp_path / "unet" / "config.json")
    widened = unet.UNet(config, Weights(MemorySource({name: t.float() for name, t in halves.items()})))
    expected = a_pass(widened)
    for streamed in (False, True):
        ours = a_pass(unet.load(tmp_path / "unet", streamed=streamed))
        assert ours.dtype == torch.float32
        assert error(ours, expected) <= 1e-6


@dataclass
class PackedTensor:
    """A stand-in for a quantised weight: kept in double, so that any use of it as it is would fail."""

    kept: torch.Tensor
    shape: torch.Size

    def to(self, device: torch.device) -> PackedTensor:
        return self

    def dequantise(self, dtype: torch.dtype) -> torch.Tensor:
        return self.kept.to(dtype)


def pack(name: str, weight: torch.Tensor, use: str = "packable") -> torch.Tensor | PackedTensor:
    return PackedTensor(weight.double(), weight.shape) if use == "packable" else weight


def test_packed_weights_are_unpacked_where_they_are_used(tiny):
    assert torch.equal(a_pass(unet.load(tiny / "unet", pack=pack)), a_pass(unet.load(tiny / "unet")))


def test_packed_weights_in_memory(tiny):
    tensors = load_file(weights_of(tiny / "unet"))
    packed = {name: pack(name, tensor) if tensor.ndim > 1 else tensor for name, tensor in tensors.items()}
    config = UNetConfig.read(tiny / "unet" / "config.json")
    assert torch.equal(a_pass(unet.UNet(config, Weights(MemorySource(packed)))), a_pass(unet.load(tiny / "unet")))


def test_two_networks_share_the_file_of_the_autoencoder(tiny, tmp_path):
    name = "diffusion_pytorch_model.safetensors"
    (tmp_path / "config.json").write_bytes((tiny / "vae" / "config.json").read_bytes())
    tensors = load_file(tiny / "vae" / name)
    save_file({k: v for k, v in tensors.items() if not k.startswith("encoder.conv_out")}, tmp_path / name)
    vae.load_decoder(tmp_path)
    with pytest.raises(ModelDamaged, match=r"encoder.conv_out"):
        vae.load_encoder(tmp_path)


def test_loading_holds_each_weight_once(tiny):
    """A weight that is kept as it is read is the very tensor that was read."""
    tensors = load_file(weights_of(tiny / "unet"))
    config = UNetConfig.read(tiny / "unet" / "config.json")
    network = unet.UNet(config, Weights(MemorySource(tensors)))
    kept = network._time1.weight.kept
    assert kept.data_ptr() == tensors["time_embedding.linear_1.weight"].data_ptr()


def test_a_weight_laid_out_for_its_kernel_is_kept_so_alone():
    """And is read anew for a layer that needs it otherwise."""
    tensors = {"a.weight": torch.randn(32, 32, 3, 3)}
    weights = Weights(MemorySource(tensors))
    weight = weights.weight("a.weight", 32, 32, 3, 3)
    weights.finish()
    made = []

    def layout(dense: torch.Tensor, kept: bool) -> torch.Tensor:
        made.append(kept)
        return dense * 2

    first = weight.laid_out(layout)
    assert weight.laid_out(layout) is first
    assert weight.kept is None
    assert torch.equal(weight.laid_out(layout, key="other"), tensors["a.weight"] * 2)
    assert made == [True, True]


def test_a_weight_kept_in_another_type_is_laid_out_at_each_use():
    weights = Weights(MemorySource({"a.weight": torch.randn(32, 32).half()}))
    weight = weights.weight("a.weight", 32, 32)
    weights.finish()
    made = []
    for _ in range(2):
        weight.laid_out(lambda dense, kept: made.append((dense.dtype, kept)))
    assert made == [(torch.float32, False)] * 2


def test_a_file_that_shrinks_while_it_is_streamed(folder):
    network = unet.load(folder, streamed=True)
    a_pass(network)
    with weights_of(folder).open("r+b") as file:
        file.truncate(weights_of(folder).stat().st_size // 2)
    with pytest.raises(ModelDamaged, match=r"ends inside"):
        a_pass(network)


def test_streaming_holds_no_more_than_two_groups(tiny):
    source = SafetensorsFile(weights_of(tiny / "unet"))
    weights = Weights(source, streamed=True)
    network = unet.UNet(UNetConfig.read(tiny / "unet" / "config.json"), weights)
    a_pass(network)
    groups = weights._shared.streamer._groups
    assert len(groups) > 20
    assert sum(b.nbytes for b in weights._shared.streamer._buffers) == 2 * max(group.size for group in groups)
    resident = sum(source.entries[weight.name].size for weight in weights._shared.resident)
    assert resident < sum(entry.size for entry in source.entries.values()) / 8


def test_the_heap_is_trimmed_after_each_layer_of_the_first_pass_and_of_streamed_ones(tiny, monkeypatch):
    """The first lays weights out, and frees what they were before; streaming is for who is short of memory."""
    trims: list[None] = []
    monkeypatch.setattr(heap, "trim", lambda: trims.append(None))
    network, streamed = unet.load(tiny / "unet"), unet.load(tiny / "unet", streamed=True)
    layers = sum(len(block) for block, _ in network._down + network._up) + 2 + len(network._last)

    def of_a_pass(network):
        before = len(trims)
        a_pass(network)
        return len(trims) - before

    first, second, third = (of_a_pass(network) for _ in range(3))
    assert first == second + layers
    assert second == third < 10
    assert of_a_pass(streamed) > of_a_pass(streamed) > layers
