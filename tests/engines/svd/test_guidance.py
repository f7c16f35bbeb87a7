import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from videoai.engines.svd.conditioning import added_time_ids
from videoai.engines.svd.guidance import GuidedDenoiser, Interval, linear_guidance
from videoai.errors import NotFinite

FRAMES, HEIGHT, WIDTH = 5, 6, 7
PHOTO = torch.randn(4, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(1))
LATENTS = torch.randn(FRAMES, 4, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(2)) * 30


class ToyUNet:
    """Mixes all it is given, and remembers what that was."""

    def __init__(self):
        self.calls = []

    def __call__(self, latents, time, added_time_ids, context):
        self.calls.append((latents, time, added_time_ids, context))
        x, photo = latents.split(4, dim=1)
        return torch.sin(x * context + time) + 0.3 * photo.flip(0) - 0.01 * added_time_ids.sum()


def denoiser(unet, lowest=1.0, highest=3.0, interval=None):
    return GuidedDenoiser(
        unet,
        PHOTO,
        added_time_ids(6, 100, 0.02),
        conditional=2.0,
        unconditional=0.0,
        guidance=linear_guidance(lowest, highest, FRAMES),
        interval=interval,
    )


def pipelines_arithmetic(sigma, lowest, highest):
    """StableVideoDiffusionPipeline's step with both branches in one batch, in float64."""
    unet = ToyUNet()
    latents = torch.cat([LATENTS[None].double()] * 2) / math.sqrt(sigma**2 + 1)
    photo = torch.stack([torch.zeros_like(PHOTO), PHOTO]).double().unsqueeze(1).repeat(1, FRAMES, 1, 1, 1)
    both = torch.cat([latents, photo], dim=2)
    ids = torch.tensor([[5, 100, 0.02]])
    plain, conditional = (unet(both[i], 0.25 * math.log(sigma), ids, context) for i, context in ((0, 0.0), (1, 2.0)))
    scale = torch.linspace(lowest, highest, FRAMES).double()[:, None, None, None]
    prediction = plain + scale * (conditional - plain)
    return prediction * (-sigma / math.sqrt(sigma**2 + 1)) + LATENTS / (sigma**2 + 1)


@settings(max_examples=40, deadline=None)
@given(
    sigma=st.floats(0.002, 700),
    lowest=st.floats(0, 4),
    highest=st.floats(1.01, 8),
)
def test_the_guided_estimate_is_the_reference_pipelines(sigma, lowest, highest):
    ours = denoiser(ToyUNet(), lowest, highest)(LATENTS, sigma)
    reference = pipelines_arithmetic(sigma, lowest, highest)
    assert ours.dtype == torch.float32
    assert (ours - reference).abs().max() / reference.abs().max() < 1e-5


def test_the_network_sees_scaled_latents_the_unscaled_photo_and_a_quarter_of_log_sigma():
    unet = ToyUNet()
    denoiser(unet)(LATENTS, 3.0)
    (seen, time, ids, context), (bare, _, _, zero_context) = unet.calls
    assert torch.allclose(seen[:, :4], LATENTS / math.sqrt(10))
    assert torch.equal(seen[:, 4:], PHOTO.expand(FRAMES, -1, -1, -1))
    assert torch.equal(bare[:, :4], seen[:, :4])
    assert not bare[:, 4:].any()
    assert time == pytest.approx(0.25 * math.log(3))
    assert ids.tolist() == [[5.0, 100.0, pytest.approx(0.02)]]
    assert (context, zero_context) == (2.0, 0.0)


def test_guidance_rises_evenly_from_the_first_frame_to_the_last():
    assert linear_guidance(1.0, 3.0, 5).tolist() == [1.0, 1.5, 2.0, 2.5, 3.0]
    assert linear_guidance(1.0, 3.0, 1).tolist() == [1.0]


def test_guidance_of_one_everywhere_takes_one_pass_and_changes_nothing():
    once, twice = ToyUNet(), ToyUNet()
    single = denoiser(once, 1.0, 1.0)(LATENTS, 3.0)
    double = denoiser(twice, 1.0, 1.000001)(LATENTS, 3.0)
    assert (len(once.calls), len(twice.calls)) == (1, 2)
    assert torch.allclose(single, double, atol=1e-4)


def test_guidance_below_one_is_applied_too():
    unet = ToyUNet()
    estimate = denoiser(unet, 0.0, 1.0)(LATENTS, 3.0)
    assert len(unet.calls) == 2
    reference = pipelines_arithmetic(3.0, 0.0, 1.0)
    assert torch.allclose(estimate.double(), reference, atol=1e-4)


def test_outside_its_interval_guidance_is_off_and_costs_nothing():
    unet = ToyUNet()
    partly = denoiser(unet, interval=Interval(0.5, 50.0))
    assert [partly.passes(sigma) for sigma in (700.0, 50.1, 50.0, 3.0, 0.5, 0.4)] == [1, 1, 2, 2, 2, 1]
    unguided = denoiser(ToyUNet(), 1.0, 1.0)
    assert torch.equal(partly(LATENTS, 100.0), unguided(LATENTS, 100.0))
    assert len(unet.calls) == 1


def test_a_prediction_in_half_precision_is_guided_in_float32():
    def half(latents, time, ids, context):
        return ToyUNet()(latents, time, ids, context).half()

    assert denoiser(half)(LATENTS, 3.0).dtype == torch.float32


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_an_overflow_in_the_network_is_an_error_that_names_the_noise_level(wrong):
    def broken(latents, time, ids, context):
        out = ToyUNet()(latents, time, ids, context)
        out[2, 1, 0, 0] = wrong
        return out

    with pytest.raises(NotFinite, match=r"13\.68"):
        denoiser(broken)(LATENTS, 13.68)
