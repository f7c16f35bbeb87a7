import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from videoai.errors import ModelDamaged
from videoai.weights.codebook import CODEBOOK
from videoai.weights.quantise import BLOCK, GROUP, Quantised, quantise, should_quantise

BITS = [8, 4]


def gaussian(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)) * 0.03


def sqnr(weight, packed):
    """Signal to quantisation noise, in dB."""
    error = weight.double() - packed.dequantise().double()
    return float(10 * torch.log10(weight.double().square().sum() / error.square().sum()))


@pytest.mark.parametrize(("bits", "least"), [(8, 46.0), (4, 23.5)])
@pytest.mark.parametrize("shape", [(640, 320), (160, 128, 3, 3), (320, 320, 3, 1, 1)])
def test_gaussian_weights_keep_their_promised_precision(bits, least, shape):
    weight = gaussian(*shape)
    assert sqnr(weight, quantise(weight, bits)) > least


@pytest.mark.parametrize(("bits", "most"), [(8, 8.6), (4, 4.6)])
def test_a_weight_takes_no_more_bits_than_promised_all_included(bits, most):
    weight = gaussian(1280, 640)
    assert quantise(weight, bits).nbytes * 8 / weight.numel() <= most


@pytest.mark.parametrize(("bits", "least"), [(8, 44.0), (4, 22.5)])
def test_heavy_tails_cost_little(bits, least):
    torch.manual_seed(0)
    weight = torch.distributions.StudentT(4.0).sample((512, 640)) * 0.02
    assert sqnr(weight, quantise(weight, bits)) > least


@pytest.mark.parametrize(("bits", "least"), [(8, 45.0), (4, 22.5)])
def test_channels_far_larger_than_the_rest_do_not_spoil_the_rest(bits, least):
    weight = gaussian(512, 640)
    weight[::64] *= 30
    others = torch.ones(512, dtype=torch.bool)
    others[::64] = False
    error = (weight - quantise(weight, bits).dequantise())[others].double()
    assert 10 * torch.log10(weight[others].double().square().sum() / error.square().sum()) > least


@pytest.mark.parametrize("bits", BITS)
@settings(max_examples=30, deadline=None)
@given(
    shape=st.lists(st.integers(1, 13), min_size=1, max_size=4),
    magnitude=st.sampled_from([1e-20, 1e-6, 1.0, 1e4]),
    dtype=st.sampled_from([torch.float32, torch.bfloat16]),
)
def test_any_shape_and_size_of_weight_comes_back_close(bits, shape, magnitude, dtype):
    weight = (gaussian(*shape) * magnitude).to(dtype)
    packed = quantise(weight, bits)
    back = packed.dequantise()
    assert packed.shape == back.shape == weight.shape
    assert back.is_contiguous()
    step = float(weight.abs().max()) * (1 / 127 if bits == 8 else 0.15)
    assert (back - weight.float()).abs().max() <= step


@pytest.mark.parametrize("bits", BITS)
def test_each_error_is_within_half_a_step_of_its_own_group(bits):
    weight = gaussian(64, 128)
    groups, error = weight.view(-1, GROUP), (weight - quantise(weight, bits).dequantise()).view(-1, GROUP)
    largest_step = 1 / 127 if bits == 8 else max(b - a for a, b in itertools.pairwise(CODEBOOK)) * 1.15
    assert (error.abs() / groups.abs().amax(1, keepdim=True)).max() < largest_step * 0.75


@pytest.mark.parametrize("bits", BITS)
def test_zeros_come_back_as_zeros(bits):
    weight = torch.zeros(4, 300)
    weight[2, 5] = 0.5
    back = quantise(weight, bits).dequantise()
    assert not back[0].any()
    assert back[2, 5] == pytest.approx(0.5, rel=0.03)
    assert not quantise(torch.zeros(BLOCK), bits).dequantise().any()


def test_each_level_is_the_mean_of_the_weights_it_stands_for():
    """Lloyd's condition: moving any level alone would make the error larger."""
    weight = gaussian(1 << 19)
    packed = quantise(weight, 4)
    codes = torch.stack([packed.codes & 15, packed.codes >> 4], dim=1).view(-1).long()
    steps = (packed.scales.view(-1, BLOCK // GROUP) * packed.blocks[:, None]).view(-1, 1).expand(-1, GROUP).reshape(-1)
    weighted = torch.zeros(16).index_add_(0, codes, weight * steps)
    total = torch.zeros(16).index_add_(0, codes, steps.square())
    assert (weighted / total).tolist() == pytest.approx(list(CODEBOOK), abs=0.01)


@pytest.mark.parametrize("bits", BITS)
def test_packing_and_unpacking_are_deterministic(bits):
    weight = gaussian(200, 300)
    one, two = quantise(weight, bits), quantise(weight.clone(), bits)
    for name, tensor in one.tensors().items():
        assert torch.equal(tensor, two.tensors()[name])
    assert torch.equal(one.dequantise(), two.dequantise())


@pytest.mark.parametrize("bits", BITS)
def test_half_precision_is_the_float32_weight_rounded_once(bits):
    packed = quantise(gaussian(300, 200), bits)
    for dtype in (torch.float16, torch.bfloat16):
        assert torch.equal(packed.dequantise(dtype), packed.dequantise().to(dtype))


@pytest.mark.parametrize("bits", BITS)
def test_a_tensor_of_many_chunks_is_the_same_as_its_pieces(bits):
    weight = gaussian(3, 1 << 18)
    whole = quantise(weight, bits).dequantise()
    for row, piece in zip(whole, weight, strict=True):
        assert torch.equal(row, quantise(piece, bits).dequantise())


@pytest.mark.parametrize("bits", BITS)
def test_a_packed_weight_can_be_made_again_from_its_tensors(bits):
    packed = quantise(gaussian(33, 17, 3, 3), bits)
    again = Quantised.from_tensors(packed.tensors())
    assert again.shape == packed.shape
    assert again.bits == bits
    assert again.nbytes == sum(tensor.nbytes for tensor in packed.tensors().values())
    assert torch.equal(again.dequantise(), packed.dequantise())


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("part", ["codes", "scales", "blocks", "shape"])
def test_tensors_that_do_not_fit_together_are_refused(bits, part):
    tensors = quantise(gaussian(64, 64), bits).tensors()
    missing = {name: tensor for name, tensor in tensors.items() if name != part}
    for wrong in (missing, tensors | {part: tensors[part][:-1]}, tensors | {part: tensors[part].to(torch.float64)}):
        with pytest.raises(ModelDamaged, match="packed weight"):
            Quantised.from_tensors(wrong)


def test_weights_that_are_not_finite_are_refused():
    for wrong in (math.nan, math.inf):
        weight = gaussian(64, 64)
        weight[3, 4] = wrong
        with pytest.raises(ModelDamaged, match="not a number"):
            quantise(weight, 8)


def test_other_bits_are_refused():
    with pytest.raises(ValueError, match="8 or 4"):
        quantise(gaussian(64), 5)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight", (320, 320)),
        ("down_blocks.1.resnets.0.spatial_res_block.conv1.weight", (640, 320, 3, 3)),
        ("down_blocks.0.resnets.0.temporal_res_block.conv1.weight", (320, 320, 3, 1, 1)),
        ("up_blocks.1.resnets.0.temporal_res_block.conv2.weight", (1280, 1280, 3, 1, 1)),
        ("mid_block.attentions.0.temporal_transformer_blocks.0.ff.net.0.proj.weight", (10240, 1280)),
        ("down_blocks.1.downsamplers.0.conv.weight", (640, 640, 3, 3)),
        ("vision_model.encoder.layers.0.mlp.fc1.weight", (5120, 1280)),
    ],
)
def test_the_large_weights_are_packed(name, shape):
    assert should_quantise(name, shape)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("conv_in.weight", (320, 8, 3, 3)),
        ("conv_out.weight", (4, 320, 3, 3)),
        ("decoder.time_conv_out.weight", (3, 3, 3, 1, 1)),
        ("time_embedding.linear_1.weight", (1280, 320)),
        ("add_embedding.linear_2.weight", (1280, 1280)),
        ("conv_norm_out.weight", (320,)),
        ("down_blocks.0.attentions.0.norm.weight", (320,)),
        ("down_blocks.0.resnets.0.time_mixer.mix_factor", (1,)),
        ("down_blocks.0.attentions.0.proj_in.bias", (320,)),
        ("vision_model.embeddings.patch_embedding.weight", (1280, 3, 14, 14)),
        ("vision_model.embeddings.position_embedding.weight", (257, 1280)),
        ("down_blocks.0.downsamplers.0.conv.weight", (320, 320, 3, 3)),
        ("up_blocks.3.resnets.2.spatial_res_block.conv2.weight", (320, 320, 3, 3)),
        ("up_blocks.3.attentions.0.proj_out.weight", (320, 320)),
        ("a.tiny.weight", (8, 8)),
    ],
)
def test_what_is_small_or_at_a_networks_ends_stays_exact(name, shape):
    assert not should_quantise(name, shape)
