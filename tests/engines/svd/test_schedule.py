import numpy as np
import pytest
import torch
from diffusers import EulerDiscreteScheduler
from diffusers.schedulers import AysSchedules

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


PUBLISHED = [700.00, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0.002]


def test_ten_align_your_steps_are_the_published_ones():
    assert align_your_steps(10).tolist() == pytest.approx([*PUBLISHED[:-1], 0], rel=1e-7)
    assert align_your_steps(10).tolist() == pytest.approx(AysSchedules["StableDiffusionVideoSigmas"], rel=1e-7)


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 9, 11, 20, 25, 50])
def test_other_counts_of_align_your_steps_are_what_the_authors_publish(steps):
    """Their howto: log-linear over all eleven levels, to one more than the steps; then the last is no noise."""
    expected = []
    for index in range(steps):
        below, share = divmod(index * 10 / steps, 1)
        expected.append(PUBLISHED[int(below)] ** (1 - share) * PUBLISHED[int(below) + 1] ** share)
    assert align_your_steps(steps).tolist() == pytest.approx([*expected, 0], rel=1e-6)


def test_twenty_align_your_steps_refine_the_end_too():
    assert align_your_steps(20)[-4:].tolist() == pytest.approx([0.0767, 0.034, 0.008246, 0], rel=1e-3)


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
