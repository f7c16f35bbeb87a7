import math

import pytest
import torch
from diffusers import EulerDiscreteScheduler
from hypothesis import given, settings
from hypothesis import strategies as st

from videoai.engines.svd.noise import INITIAL_LATENTS, PHOTO, gaussian, initial_latents, step_noise
from videoai.engines.svd.sampler import SAMPLERS, State, dpmpp_2m, euler, euler_ancestral, lcm
from videoai.engines.svd.schedule import animate_lcm, karras, sigmas_for
from videoai.weights.svd_configs import SCHEDULER

# diffusers' scheduler hands torch tensors to numpy in a way that numpy 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SHAPE = (3, 4, 5, 6)


def toy_prediction(scaled, time):
    """A smooth stand-in for the network's v."""
    return torch.tanh(scaled * 1.3 + time) - 0.2 * scaled


def toy_denoiser(latents, sigma):
    """The toy with SVD's scaling, in the latents' own precision."""
    prediction = toy_prediction(latents / math.sqrt(sigma**2 + 1), 0.25 * math.log(sigma))
    return latents / (sigma**2 + 1) - sigma / math.sqrt(sigma**2 + 1) * prediction


def noise_of(seed, shape=SHAPE):
    return lambda step: step_noise(seed, step, shape)


def run(sampler, sigmas, state=None, denoise=toy_denoiser, seed=7):
    state = state or State(0, initial_latents(seed, SHAPE, float(sigmas[0])))
    return list(sampler(denoise, state, sigmas, noise_of(seed)))


def close(ours, reference, tolerance):
    return ((ours.double() - reference.double()).abs().max() / reference.abs().max()) <= tolerance


@pytest.mark.parametrize("steps", [1, 4, 25])
def test_euler_is_the_reference_schedulers_loop(steps):
    reference = EulerDiscreteScheduler(**SCHEDULER)
    reference.set_timesteps(steps)
    latents = gaussian(7, INITIAL_LATENTS, SHAPE) * reference.init_noise_sigma
    largest = latents.abs().max()
    states = run(euler, karras(steps))
    for state, time in zip(states, reference.timesteps, strict=True):
        prediction = toy_prediction(reference.scale_model_input(latents, time), time)
        result = reference.step(prediction, time, latents)
        latents = result.prev_sample
        # The scheduler's step subtracts float32 numbers as large as the first latents, and so keeps their error.
        assert (state.latents - latents).abs().max() < largest * 2**-22
        assert (state.denoised - result.pred_original_sample).abs().max() < 1e-5


@pytest.mark.parametrize("steps", [1, 4, 25])
def test_euler_follows_its_formula_in_float64(steps):
    sigmas = karras(steps)
    x = initial_latents(7, SHAPE, 700.0).double()
    for step, state in enumerate(run(euler, sigmas)):
        s, s_next = float(sigmas[step]), float(sigmas[step + 1])
        x = x + (x - toy_denoiser(x, s)) / s * (s_next - s)
        assert close(state.latents, x, 1e-6)


def test_euler_a_follows_the_ancestral_formulas_in_float64():
    sigmas = karras(12)
    x = initial_latents(7, SHAPE, 700.0).double()
    for step, state in enumerate(run(euler_ancestral, sigmas)):
        s, s_next = float(sigmas[step]), float(sigmas[step + 1])
        up = min(s_next, math.sqrt(s_next**2 * (s**2 - s_next**2) / s**2))
        down = math.sqrt(s_next**2 - up**2)
        x = x + (x - toy_denoiser(x, s)) / s * (down - s)
        x = x + up * step_noise(7, step, SHAPE).double()
        assert close(state.latents, x, 1e-5)


def test_dpmpp_2m_follows_the_papers_formulas_in_float64():
    sigmas = karras(12)
    x = initial_latents(7, SHAPE, 700.0).double()
    previous = None
    for step, state in enumerate(run(dpmpp_2m, sigmas)):
        s, s_next = float(sigmas[step]), float(sigmas[step + 1])
        x0 = toy_denoiser(x, s)
        if s_next == 0:
            x = x0
        else:
            h = -math.log(s_next) + math.log(s)
            d = x0
            if previous is not None:
                r = (-math.log(s) + math.log(float(sigmas[step - 1]))) / h
                d = (1 + 1 / (2 * r)) * x0 - 1 / (2 * r) * previous
            x = s_next / s * x - math.expm1(-h) * d
        previous = x0
        assert close(state.latents, x, 1e-5)


def test_lcm_puts_fresh_noise_on_each_estimate_and_none_on_the_last():
    sigmas = animate_lcm(4)
    x = initial_latents(7, SHAPE, 700.0).double()
    states = run(lcm, sigmas)
    for step, state in enumerate(states):
        x = toy_denoiser(x, float(sigmas[step])) + float(sigmas[step + 1]) * step_noise(7, step, SHAPE).double()
        assert close(state.latents, x, 1e-5)
    assert torch.equal(states[-1].latents, states[-1].denoised)


@pytest.mark.parametrize(("sampler", "order"), [(euler, 1), (dpmpp_2m, 2)])
def test_halving_the_steps_divides_the_error_as_the_order_says(sampler, order):
    """For data N(0, 1) the best estimate is x/(σ²+1), and the flow has the solution x ∝ √(σ²+1)."""
    high, low = 10.0, 0.05
    start = torch.full((1,), 3.0, dtype=torch.float64)
    exact = start * math.sqrt((low**2 + 1) / (high**2 + 1))

    def error(steps):
        sigmas = torch.logspace(math.log10(high), math.log10(low), steps + 1, dtype=torch.float64)
        *_, last = sampler(lambda x, sigma: x / (sigma**2 + 1), State(0, start), sigmas, lambda step: start)
        return float((last.latents - exact).abs())

    measured = math.log2(error(64) / error(128))
    assert measured == pytest.approx(order, abs=0.1)


@pytest.mark.parametrize("name", SAMPLERS)
@settings(max_examples=12, deadline=None)
@given(steps=st.integers(1, 12), seed=st.integers(0, 999_999_999), data=st.data())
def test_going_on_from_any_step_gives_the_same_bits(name, steps, seed, data):
    sampler, sigmas = SAMPLERS[name], sigmas_for(name, "karras", steps)
    whole = run(sampler, sigmas, seed=seed)
    assert [state.step for state in whole] == list(range(1, steps + 1))
    stopped = whole[data.draw(st.integers(0, steps - 1))]
    saved = State(stopped.step, stopped.latents.clone(), stopped.denoised.clone())
    for again, before in zip(run(sampler, sigmas, saved, seed=seed), whole[saved.step :], strict=True):
        assert torch.equal(again.latents, before.latents)
        assert torch.equal(again.denoised, before.denoised)


@pytest.mark.parametrize("name", SAMPLERS)
def test_the_last_latents_are_the_last_estimate(name):
    last = run(SAMPLERS[name], sigmas_for(name, "ays", 6))[-1]
    assert torch.equal(last.latents, last.denoised)
    assert last.latents.dtype == torch.float32


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_state_once_yielded_is_never_changed(name):
    states, copies = [], []
    start = State(0, initial_latents(7, SHAPE, 700.0))
    for state in SAMPLERS[name](toy_denoiser, start, sigmas_for(name, "karras", 5), noise_of(7)):
        states.append(state)
        copies.append(state.latents.clone())
    assert all(torch.equal(state.latents, copy) for state, copy in zip(states, copies, strict=True))


def test_dpmpp_2m_refuses_to_go_on_without_its_last_estimate():
    with pytest.raises(ValueError, match="denoised"):
        run(dpmpp_2m, karras(5), State(2, torch.zeros(SHAPE)))


def test_only_the_samplers_that_need_it_draw_noise():
    def never(step):
        raise AssertionError(f"drew noise at step {step}")

    for sampler in (euler, dpmpp_2m):
        assert len(list(sampler(toy_denoiser, State(0, torch.ones(SHAPE)), karras(5), never))) == 5


def test_the_noise_is_standard_normal_and_its_own_for_every_seed_and_stream():
    shape = (14, 4, 48, 80)
    drawn = {
        (seed, stream): gaussian(seed, stream, shape)
        for seed in (0, 1, 2**32, 2**32 + 1)
        for stream in (INITIAL_LATENTS, PHOTO, 2, 3)
    }
    for noise in drawn.values():
        assert abs(float(noise.mean())) < 0.02
        assert abs(float(noise.std()) - 1) < 0.02
    flat = torch.stack([noise.flatten() for noise in drawn.values()])
    assert (torch.corrcoef(flat) - torch.eye(len(flat))).abs().max() < 0.025


def test_the_noise_of_a_seed_is_the_same_from_one_version_to_the_next():
    assert gaussian(42, INITIAL_LATENTS, (4,)).tolist() == pytest.approx(PINNED, rel=1e-6)


PINNED = [0.18170474, -1.2426393, -0.551553, 0.36648002]
