"""The samplers: each is one function over a denoiser, a generator that yields after every step.

The caller's `for` loop is the progress bar, the preview, the checkpoint and the cancel button. What is
yielded is all there is: give it back, and sampling goes on from there to the same bits.

The steps are written x ← x̂₀ + (σ'/σ)·(x − x̂₀) rather than x + d·(σ' − σ). It is the same line; but at
σ = 700 the second form subtracts two large numbers, and at σ' = 0 only the first gives x̂₀ itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from torch import Tensor

Denoise = Callable[[Tensor, float], Tensor]
"""(latents at noise level σ, σ) → the clean latents it believes in; all of one shape, float32."""

Noise = Callable[[int], Tensor]
"""Step (from 0) → its fresh Gaussian noise, in the latents' shape, on any device."""


@dataclass(frozen=True, slots=True)
class State:
    """Sampling after `step` steps: the latents at `sigmas[step]`, (T, 4, h, w) float32.

    `denoised` is the last step's clean estimate: what a preview shows, and what DPM++ 2M steps from.
    """

    step: int
    latents: Tensor
    denoised: Tensor | None = None


Sampler = Callable[[Denoise, State, Tensor, Noise], Iterator[State]]
"""(denoiser, where to begin, sigmas (steps + 1,), noise) → the state after each step that is left."""


def euler(denoise: Denoise, state: State, sigmas: Tensor, noise: Noise) -> Iterator[State]:
    """First order, no fresh noise. Karras et al., algorithm 2 without churn (arXiv 2206.00364)."""
    for step, sigma, sigma_next in _steps(state, sigmas):
        denoised = denoise(state.latents, sigma)
        state = State(step + 1, _toward(denoised, state.latents, sigma_next / sigma), denoised)
        yield state


def euler_ancestral(denoise: Denoise, state: State, sigmas: Tensor, noise: Noise) -> Iterator[State]:
    """An Euler step beyond the next level, then fresh noise up to it ("Euler A").

    The ancestral step of Song et al., "Score-Based Generative Modeling through SDEs" (arXiv 2011.13456,
    appendix F), in the variance-exploding form: σ_up² = σ'²·(σ² − σ'²)/σ², σ_down² = σ'² − σ_up².
    """
    for step, sigma, sigma_next in _steps(state, sigmas):
        denoised = denoise(state.latents, sigma)
        # With r = σ'/σ: σ_down = σ'·r and σ_up = σ'·√(1 − r²), which cancels no large squares.
        ratio = sigma_next / sigma
        latents = _toward(denoised, state.latents, ratio * ratio)
        if sigma_next > 0:
            latents = latents + sigma_next * math.sqrt(1 - ratio * ratio) * noise(step).to(latents)
        state = State(step + 1, latents, denoised)
        yield state


def dpmpp_2m(denoise: Denoise, state: State, sigmas: Tensor, noise: Noise) -> Iterator[State]:
    """Second order from the last two estimates, one pass a step, no fresh noise.

    Lu et al., "DPM-Solver++", algorithm 2 (arXiv 2211.01095), in t = −ln σ. The first step has no earlier
    estimate, and the last has an infinite t ahead: both are first order.
    Raises ValueError for a state that is not the start and lacks the earlier estimate.
    """
    if state.step > 0 and state.denoised is None:
        raise ValueError("DPM++ 2M cannot go on without the last step's denoised latents")
    levels = sigmas.tolist()
    for step, sigma, sigma_next in _steps(state, sigmas):
        denoised = target = denoise(state.latents, sigma)
        if state.denoised is not None and sigma_next > 0:
            h, h_last = math.log(sigma / sigma_next), math.log(levels[step - 1] / sigma)
            target = denoised + (denoised - state.denoised) * (h / (2 * h_last))
        state = State(step + 1, _toward(target, state.latents, sigma_next / sigma), denoised)
        yield state


def lcm(denoise: Denoise, state: State, sigmas: Tensor, noise: Noise) -> Iterator[State]:
    """The estimate itself, with fresh noise to the next level: for consistency models.

    Song et al., "Consistency Models", algorithm 1 (arXiv 2303.01469), as AnimateLCM uses it.
    """
    for step, sigma, sigma_next in _steps(state, sigmas):
        denoised = denoise(state.latents, sigma)
        latents = denoised + sigma_next * noise(step).to(denoised) if sigma_next > 0 else denoised
        state = State(step + 1, latents, denoised)
        yield state


SAMPLERS: Mapping[str, Sampler] = MappingProxyType(
    {"euler-a": euler_ancestral, "euler": euler, "dpmpp-2m": dpmpp_2m, "lcm": lcm}
)
"""The samplers by the names that the setting `scheduler` has for them."""


def _steps(state: State, sigmas: Tensor) -> Iterator[tuple[int, float, float]]:
    """(step, σ, σ') for each step from `state` on."""
    levels: list[float] = sigmas.tolist()
    for step in range(state.step, len(levels) - 1):
        yield step, levels[step], levels[step + 1]


def _toward(denoised: Tensor, latents: Tensor, ratio: float) -> Tensor:
    """x̂₀ + ratio · (x − x̂₀): at ratio 1 where it was, at 0 the estimate itself."""
    return denoised + (latents - denoised) * ratio
