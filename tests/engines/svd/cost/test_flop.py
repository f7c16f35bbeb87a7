"""The arithmetic of a run, against what was counted of the reference's networks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videoai.engines.svd.cost import flop
from videoai.engines.svd.cost.activations import NumberBytes, unet_peak
from videoai.engines.svd.cost.preview import preview_frames
from videoai.engines.svd.cost.tiny import tiny_flop, tiny_peak
from videoai.engines.svd.plan import SVDPlan
from videoai.presets import PRESETS
from videoai.settings import GenerationSettings


@pytest.mark.parametrize(
    ("size", "tflop"),
    [((10, 256, 448), 5.2), ((14, 384, 640), 16.5), ((14, 576, 1024), 44.7), ((25, 576, 1024), 79.8)],
)
def test_a_pass_is_what_torch_counts_of_the_reference(size, tflop):
    assert flop.unet_pass_flop(*size) == pytest.approx(tflop * 1e12, rel=0.01)


@pytest.mark.parametrize("size", [(10, 256, 448), (14, 384, 640), (25, 576, 1024)])
def test_decoding_is_a_few_passes(size):
    assert 2.1 < flop.decode_flop(*size) / flop.unet_pass_flop(*size) < 2.6


def test_the_autoencoder_is_what_torch_counts_of_the_reference():
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from tests.support import full_size

    network = full_size.reference("vae")
    with FlopCounterMode(display=False) as counter:
        network.decode(torch.zeros(4, 4, 32, 32, device="meta"), num_frames=4)
    assert flop.decode_flop(4, 256, 256) == pytest.approx(counter.get_total_flops(), rel=0.02)
    with FlopCounterMode(display=False) as counter:
        network.encode(torch.zeros(1, 3, 256, 256, device="meta"))
    # Without what does not depend on the size, but for a 1/16.
    clip = flop.condition_flop(256, 256) - flop.condition_flop(64, 64)
    assert clip == pytest.approx(counter.get_total_flops() * 15 / 16, rel=0.05)


def settings(**values):
    return GenerationSettings(seed=1, steps=20, **values)


def test_guidance_is_two_passes_a_step():
    assert flop.unet_passes(settings()) == (40, 0)
    assert flop.unet_passes(settings(guidance_min=1.0, guidance_max=1.0)) == (20, 0)


def test_guidance_in_an_interval_is_two_passes_in_a_part_of_the_steps():
    everywhere, nowhere, some = (
        flop.unet_passes(settings(guidance_interval=interval)).whole
        for interval in ((0.0, 700.0), (0.0, 0.0001), (0.5, 30.0))
    )
    assert (everywhere, nowhere) == (40, 20)
    assert 20 < some < 40


@pytest.mark.parametrize(("steps", "reuse", "whole"), [(20, 3, 7), (20, 2, 10), (7, 7, 1), (8, 7, 2)])
def test_with_reuse_one_of_so_many_steps_is_whole(steps, reuse, whole):
    asked = replace(settings(), steps=steps, reuse=reuse)
    assert flop.unet_passes(asked) == (2 * whole, 2 * (steps - whole))
    found, all_whole = (flop.run_flop(each)["denoise"] for each in (asked, replace(asked, reuse=1)))
    assert found / all_whole == pytest.approx((whole + 0.211 * (steps - whole)) / steps, rel=0.01)


def test_the_stages_of_a_run():
    found = flop.run_flop(settings(frames=14, width=640, height=384))
    assert list(found) == ["condition", "denoise", "decode"]
    assert found["denoise"] == pytest.approx(40 * 16.5e12, rel=0.01)


@pytest.mark.parametrize("size", [(4, 256, 256), (14, 384, 640)])
def test_the_tiny_decoder_is_what_torch_counts_of_its_reference(size):
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from tests.support import tiny_decoder

    frames, height, width = size
    with torch.device("meta"):
        network = tiny_decoder.Reference()
    with FlopCounterMode(display=False) as counter:
        network.all_at_once(torch.empty(frames, 4, height // 8, width // 8, device="meta"))
    assert tiny_flop(*size) == counter.get_total_flops()
    assert flop.run_flop(settings(frames=frames, height=height, width=width, decoder="tiny"))["decode"] == tiny_flop(
        *size
    )
    assert 16 < flop.decode_flop(*size) / tiny_flop(*size) < 18


SIDES = st.integers(4, 16).map(lambda n: 64 * n)


@given(st.integers(4, 25), SIDES, SIDES, st.floats(1, 10), st.sampled_from((4, 2)))
def test_previews_take_three_hundredths_of_a_step_and_no_memory_of_their_own(frames, height, width, guidance, size):
    asked = settings(frames=frames, height=height, width=width, guidance_max=guidance)
    plan = SVDPlan(8)
    count = preview_frames(asked, plan, size)
    assert 0 <= count <= frames
    step = flop.run_flop(asked)["denoise"] / asked.steps / 0.72
    assert count * tiny_flop(1, height, width, alone=True) / 0.95 <= 0.03 * step
    if count:
        assert tiny_peak(height, width, size, alone=True) <= unet_peak(
            frames, height, width, plan.unet, NumberBytes(size)
        )


def test_a_short_clip_of_large_frames_has_rough_previews():
    assert preview_frames(settings(frames=4, width=1024, height=1024), SVDPlan(8), 4) == 0
    assert preview_frames(settings(frames=25, width=1024, height=1024), SVDPlan(8), 4) > 4


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_every_preset_has_sharp_previews(preset):
    assert preview_frames(GenerationSettings(**preset.settings_for((1600, 900))), SVDPlan(8), 4) >= 4
