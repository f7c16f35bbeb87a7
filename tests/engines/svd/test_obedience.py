"""The engine does what every setting says: its steps and frames are those of an independent run in float64."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.conftest import EXAMPLES
from tests.engines.svd.conftest import error
from tests.support.plain_run import Networks
from videoai.engines.devices import CPU
from videoai.engines.svd.generation import Generation
from videoai.events import Checkpoint, Frame, Pixels
from videoai.media.photo import read_photo
from videoai.settings import GenerationSettings
from videoai.weights.model_files import ModelFiles

BOUND = 1e-4
UNUSUAL = {"fps": 11, "motion": 43, "noise_aug": 0.37, "guidance_min": 1.4, "guidance_max": 4.6}


@pytest.fixture(scope="module")
def networks(tiny) -> Networks:
    return Networks(tiny)


@pytest.fixture(scope="module")
def photo() -> Pixels:
    return read_photo(EXAMPLES / "coffee.png").fitted(*SIZE)


SIZE = 80, 48
"""The latents, 10×6, become odd when they are halved; nothing is square or a multiple of 64."""


def settings(**given: object) -> GenerationSettings:
    return GenerationSettings(**{"width": SIZE[0], "height": SIZE[1], "frames": 4, "steps": 4} | UNUSUAL | given)


def states(folder: Path, photo: Pixels, asked: GenerationSettings) -> list[Checkpoint]:
    """What the engine has after each step, without the frames."""
    events = Generation(ModelFiles.in_folder(folder), device=CPU).run(photo, asked)
    return list(itertools.islice((event for event in events if isinstance(event, Checkpoint)), asked.steps))


def assert_same_steps(folder: Path, photo: Pixels, networks: Networks, asked: GenerationSettings) -> None:
    ours, plain = states(folder, photo, asked), networks.denoise(photo, asked)
    for state, expected in zip(ours, plain, strict=True):
        assert error(torch.tensor(state.arrays["denoised"]).double(), expected.estimate) <= BOUND
        assert error(torch.tensor(state.arrays["latents"]).double(), expected.latents) <= BOUND


PAIRS = [("euler-a", "karras"), ("euler", "ays"), ("dpmpp-2m", "karras"), ("lcm", "ays")]
"""Each sampler and each schedule; the others are slow."""
OTHERS = [("euler-a", "ays"), ("euler", "karras"), ("dpmpp-2m", "ays"), ("lcm", "karras")]


@pytest.mark.parametrize(
    ("scheduler", "sigmas"), [*PAIRS, *(pytest.param(*pair, marks=pytest.mark.slow) for pair in OTHERS)]
)
def test_every_sampler_with_every_schedule_obeys_all_settings(tiny, photo, networks, scheduler, sigmas):
    asked = settings(scheduler=scheduler, sigmas=sigmas, guidance_interval=(0.2, 100.0), seed=987_654_321)
    assert_same_steps(tiny, photo, networks, asked)


@pytest.mark.parametrize(
    "given",
    [
        {"guidance_interval": None, "seed": 0, "frames": 5},
        {"guidance_min": 1.0, "guidance_max": 1.0, "steps": 7, "motion": 255, "fps": 30},
        {"guidance_min": 6.0, "guidance_max": 1.0, "steps": 1, "noise_aug": 0.0},
        {"guidance_min": 2.2, "guidance_max": 2.2, "steps": 3, "noise_aug": 1.0, "fps": 2, "motion": 1},
    ],
    ids=["always guided", "never guided", "one step, less and less guided", "evenly guided"],
)
def test_other_settings_are_obeyed(tiny, photo, networks, given):
    assert_same_steps(tiny, photo, networks, settings(**{"seed": 999_999_999} | given))


def test_the_frames_are_those_of_the_independent_run(tiny, networks):
    """To the rounding of each colour; upright, for once."""
    width, height = reversed(SIZE)
    photo = read_photo(EXAMPLES / "rocket.jpg").fitted(width, height)
    asked = settings(width=width, height=height, frames=5, steps=3, scheduler="euler-a", sigmas="ays", seed=31)
    events = Generation(ModelFiles.in_folder(tiny), device=CPU).run(photo, asked)
    ours = np.stack([event.pixels for event in events if isinstance(event, Frame)])
    expected = networks.decode(networks.denoise(photo, asked)[-1].latents).numpy()
    assert ours.shape == expected.shape
    assert np.abs(ours - expected).max() < 0.51
    assert expected.std() > 20
