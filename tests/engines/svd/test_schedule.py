import numpy as np
import pytest
import torch
from diffusers import EulerDiscreteScheduler

from videoai.engines.svd.schedule import align_your_steps, animate_lcm, karras, sigmas_for
from videoai.errors import BadSettings
from videoai.weights.svd_configs import SCHEDULER

# diffusers' scheduler hands torch tensors to numpy in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

EVERY_SCHEDULE = [karras, align_your_steps, animate_lcm]


@pytest.mark.parametrize("steps", [1, 2, 5, 20, 25, 50])
def test_karras_sigmas_are_those_of_the_reference_scheduler(steps):
    reference = EulerDiscreteScheduler(**SCHEDULER)
    reference.set_timesteps(steps)
    assert torch.equal(karras(steps), reference.sigmas)


def test_ten_align_your_steps_are_the_published_ones():
    published = [700.00, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0]
    assert align_your_steps(10).tolist() == pytest.approx(published, rel=1e-6)


def test_align_your_steps_keeps_the_published_levels_among_the_interpolated_ones():
    finer = align_your_steps(19)  # one more level half-way between each two
    assert finer[:-1:2].tolist() == pytest.approx(align_your_steps(10)[:-1].tolist(), rel=1e-6)
    halfway = torch.sqrt(finer[:-3:2] * finer[2:-1:2])  # the mean of the logarithms
    assert finer[1:-1:2].tolist() == pytest.approx(halfway.tolist(), rel=1e-6)


def test_animate_lcm_has_its_four_step_levels():
    assert animate_lcm(4).tolist() == pytest.approx([700, 128.56, 13.678, 0.4969, 0], rel=1e-4)


def test_forty_lcm_steps_are_all_the_levels_it_was_distilled_on():
    assert animate_lcm(40).tolist() == pytest.approx(karras(40).tolist(), rel=1e-6)


@pytest.mark.parametrize("schedule", EVERY_SCHEDULE)
@pytest.mark.parametrize("steps", [1, 2, 4, 7, 10, 33, 40])
def test_every_schedule_falls_from_700_to_nothing(schedule, steps):
    sigmas = schedule(steps)
    assert sigmas.dtype == torch.float32
    assert sigmas.shape == (steps + 1,)
    assert sigmas[0] == 700
    assert sigmas[-1] == 0
    assert np.all(np.diff(sigmas.numpy()) < 0)


@pytest.mark.parametrize("schedule", EVERY_SCHEDULE)
def test_no_steps_is_an_error(schedule):
    with pytest.raises(BadSettings, match="at least one"):
        schedule(0)


def test_lcm_says_that_it_has_at_most_forty_steps():
    with pytest.raises(BadSettings, match="at most 40"):
        animate_lcm(41)


def test_the_settings_choose_the_schedule_and_lcm_keeps_its_own():
    assert torch.equal(sigmas_for("euler-a", "karras", 8), karras(8))
    assert torch.equal(sigmas_for("euler", "ays", 8), align_your_steps(8))
    assert torch.equal(sigmas_for("lcm", "karras", 8), animate_lcm(8))
    with pytest.raises(BadSettings, match="linear"):
        sigmas_for("euler", "linear", 8)
