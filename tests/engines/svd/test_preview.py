import numpy as np
import pytest
import torch

from tests.support import tiny_decoder as support
from videoai.engines.svd import tiny_decoder
from videoai.engines.svd.preview import SharpPreview, preview


def test_a_preview_has_every_frame_at_the_latents_size():
    clip = preview(torch.randn(14, 4, 6, 10))
    assert clip.shape == (14, 6, 10, 3)
    assert clip.dtype == np.uint8


def test_empty_latents_are_middle_grey():
    assert np.all(preview(torch.zeros(1, 4, 2, 2)) == 128)


@pytest.mark.parametrize(
    ("channel", "colour"),
    [(0, (0.3512, 0.2297, 0.3227)), (1, (0.3250, 0.4974, 0.2350)), (2, (-0.2829, 0.1762, 0.2721))],
)
def test_each_channel_adds_its_own_colour(channel, colour):
    latents = torch.zeros(1, 4, 1, 1)
    latents[0, channel] = 1.0
    expected = [(value + 1) * 127.5 for value in colour]
    assert preview(latents)[0, 0, 0] == pytest.approx(expected, abs=0.51)


def test_colours_out_of_range_end_at_black_and_white():
    bright, dark = torch.zeros(1, 4, 1, 1), torch.zeros(1, 4, 1, 1)
    bright[0, 1], dark[0, 1] = 100.0, -100.0
    assert np.all(preview(bright) == 255)
    assert np.all(preview(dark) == 0)


def test_a_frame_is_shown_the_same_whatever_the_others_are():
    latents = torch.randn(5, 4, 8, 8)
    assert np.array_equal(preview(latents)[3], preview(latents[3:4])[0])


def test_half_precision_latents_can_be_shown():
    assert preview(torch.randn(2, 4, 4, 4).half()).shape == (2, 4, 4, 3)


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return tiny_decoder.load(support.save(tmp_path_factory.mktemp("tiny-decoder")))


@pytest.mark.parametrize(("count", "shown"), [(1, [2] * 5), (2, [1, 1, 1, 3, 3]), (5, [0, 1, 2, 3, 4])])
def test_a_sharp_preview_draws_some_frames_and_shows_them_for_all(network, count, shown):
    latents = torch.randn(5, 4, 6, 10)
    clip = SharpPreview(network, count)(latents)
    assert clip.shape == (5, 12, 20, 3)
    assert clip.dtype == np.uint8
    for frame, at in zip(clip, shown, strict=True):
        colours = support.reference().one_by_one(latents[at : at + 1])[0]
        small = colours.reshape(3, 12, 4, 20, 4).mean((2, 4)).permute(1, 2, 0)
        assert np.abs(frame - (small * 255).clamp(0, 255).numpy()).max() <= 0.51


def test_a_sharp_preview_that_overflows_is_a_rough_one(network):
    latents = torch.randn(4, 4, 6, 10)
    latents[1] = float("nan")
    assert np.array_equal(SharpPreview(network, 4)(latents)[0], preview(latents)[0])
