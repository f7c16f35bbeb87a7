"""The draft model: its motion measured on its frames, as a viewer would see it."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np
import pytest
from skimage.measure import block_reduce
from skimage.registration import optical_flow_ilk

from tests.conftest import EXAMPLES
from videoai.engines.draft.camera import MOST_MOTION, REACH, Route, choose_move, progress, source_coordinates
from videoai.engines.draft.depth import disparity
from videoai.engines.draft.engine import DraftEngine
from videoai.events import Frame, Notice, Stage, Step
from videoai.media.photo import read_photo
from videoai.settings import PARAMETERS, GenerationSettings

PHOTOS = ["coffee.png", "rocket.jpg", "astronaut.png", "chelsea.png"]
SEEDS = {"drift": 0, "dolly": 1, "pan": 4, "orbit": 11}


def each_move(usual: str) -> list[Any]:
    """One move, and the others for the slow set: the optical flow of all frames takes seconds."""
    return [pytest.param(seed, id=name, marks=[pytest.mark.slow] * (name != usual)) for name, seed in SEEDS.items()]


def fitted(photo: str, width: int = 320, height: int = 256) -> np.ndarray:
    return read_photo(EXAMPLES / photo).fitted(width, height)


def clip(photo: np.ndarray, **given: object) -> list[np.ndarray]:
    height, width = photo.shape[:2]
    settings = GenerationSettings(**{"width": width, "height": height, "model": "draft", "seed": 0} | given)
    return [event.pixels for event in DraftEngine().run(photo, settings) if isinstance(event, Frame)]


def flow(before: np.ndarray, after: np.ndarray) -> float:
    """Mean distance in pixels that the picture moves from one frame to another."""
    halves = [block_reduce(frame.mean(-1).astype(np.float32) / 255, 2, np.mean) for frame in (before, after)]
    rows, columns = optical_flow_ilk(*halves, radius=7, num_warp=5)
    return 2 * float(np.hypot(rows, columns).mean())


def test_the_seeds_used_here_stand_for_the_four_moves():
    assert {choose_move(seed, 100, 640, 384).name: seed for seed in SEEDS.values()} == SEEDS


@pytest.mark.parametrize("seed", SEEDS.values(), ids=SEEDS)
def test_the_first_frame_is_the_photo_itself(seed):
    photo = fitted("coffee.png")
    assert np.array_equal(clip(photo, seed=seed, frames=4)[0], photo)


@pytest.mark.parametrize("seed", each_move("dolly"))
def test_movement_grows_strictly_with_motion(seed):
    photo = fitted("astronaut.png")
    moved = []
    for motion in (10, 50, 100, 160, 255):
        frames = clip(photo, seed=seed, motion=motion, frames=4)
        moved.append(sum(flow(a, b) for a, b in itertools.pairwise(frames)))
    assert all(less < more for less, more in itertools.pairwise(moved)), moved
    assert moved[2] == pytest.approx(2 * moved[1], rel=0.25), "twice the motion moves twice as far"


@pytest.mark.parametrize("seed", each_move("orbit"))
@pytest.mark.parametrize("frames", [14, pytest.param(25, marks=pytest.mark.slow)])
def test_no_step_between_frames_is_a_jump(seed, frames):
    steps = [flow(a, b) for a, b in itertools.pairwise(clip(fitted("chelsea.png"), seed=seed, frames=frames))]
    assert max(steps) <= 1.5 * np.mean(steps)
    assert steps[0] < np.mean(steps), "it starts gently"
    assert steps[-1] < np.mean(steps), "and stops gently"


def test_progress_is_eased_symmetric_and_never_faster_than_a_quarter_above_the_mean():
    for count in range(4, 26):
        path = [progress(index, count) for index in range(count)]
        steps = np.diff(path)
        assert path[0] == 0
        assert path[-1] == 1
        assert steps.min() > 0
        assert steps.max() <= 1.25 / (count - 1) + 1e-9
        assert np.allclose(steps, steps[::-1])


@functools.cache
def nearest_at_most(photo: str, width: int, height: int) -> np.ndarray:
    """The disparity at the largest motion, which is the same for every seed."""
    return disparity(fitted(photo, width, height), REACH * max(width, height) * 255 / 100 / 2)


@pytest.mark.parametrize("photo", [*PHOTOS[:2], *(pytest.param(photo, marks=pytest.mark.slow) for photo in PHOTOS[2:])])
@pytest.mark.parametrize("size", [(320, 256), (256, 448), (1024, 256)])
@pytest.mark.parametrize("seed", SEEDS.values(), ids=SEEDS)
def test_no_pixel_comes_from_outside_and_none_is_folded_over(photo, size, seed):
    """Even at the largest motion: no black edge, no hole, no seam."""
    width, height = size
    near = nearest_at_most(photo, width, height)
    move = choose_move(seed, 255, width, height)
    for done in (0.0, 0.3, 1.0):
        rows, columns = source_coordinates(move, done, near)
        assert rows.min() >= -0.01
        assert rows.max() <= height - 0.99
        assert columns.min() >= -0.01
        assert columns.max() <= width - 0.99
        row_by_y, row_by_x = np.gradient(rows)
        column_by_y, column_by_x = np.gradient(columns)
        assert (row_by_y * column_by_x - row_by_x * column_by_y).min() > 0


def test_a_clip_that_is_extended_is_one_move_from_the_photo_on():
    frames = clip(fitted("coffee.png"), frames=5, extend=2)
    assert len(frames) == 13
    assert np.array_equal(frames[0], fitted("coffee.png"))


@pytest.mark.parametrize("extend", [1, 3, 8])
@pytest.mark.parametrize("motion", [10, 100, 255])
def test_over_all_parts_the_camera_never_stops_jumps_or_goes_too_far(motion, extend):
    """Its speed is that of a move that is not extended, or a little less; in a turn it is a fifth of it at least."""
    route, frames = Route.of(motion, 1 + extend), 14 + 13 * extend
    assert motion <= route.motion <= MOST_MOTION
    path = np.array([route.at(index, frames) for index in range(frames)]) * [1, 0.25]
    steps = np.hypot(*np.diff(path, axis=0).T) * route.motion / motion * 13
    assert path[:, 0].min() >= 0
    assert path[:, 0].max() <= 1
    assert 0.55 < steps.mean() < 1.2
    assert steps.max() < 1.6
    eased = round(0.1 * (frames - 1) / route.legs) + 1
    assert steps[eased:-eased].min() > 0.2 * steps.mean()
    alone = np.diff([progress(index, 14) for index in range(14)]) * 13
    assert np.abs(np.diff(steps)).max() <= np.abs(np.diff(alone)).max() + 1e-9, "it turns as gently as a move begins"


def test_it_goes_as_far_as_the_largest_motion_there_is():
    assert PARAMETERS["motion"].kind.maximum == MOST_MOTION


@pytest.mark.parametrize("seed", SEEDS.values(), ids=SEEDS)
def test_nothing_is_folded_over_in_the_other_lane_either(seed):
    width, height = 320, 256
    near = nearest_at_most("coffee.png", width, height)
    move = choose_move(seed, MOST_MOTION, width, height)
    for done, aside in ((1.0, 0.5), (0.5, 1.0), (1.0, 1.0), (0.0, 1.0)):
        rows, columns = source_coordinates(move, done, near, aside)
        assert min(rows.min(), columns.min()) >= -0.01
        assert rows.max() <= height - 0.99
        assert columns.max() <= width - 0.99
        row_by_y, row_by_x = np.gradient(rows)
        column_by_y, column_by_x = np.gradient(columns)
        assert (row_by_y * column_by_x - row_by_x * column_by_y).min() > 0


def test_the_same_seed_gives_the_same_frames_and_another_gives_others():
    photo = fitted("rocket.jpg")
    again, same, other = (clip(photo, seed=seed, frames=4) for seed in (5, 5, 6))
    assert np.array_equal(again, same)
    assert not np.array_equal(again, other)


@pytest.mark.parametrize("kind", ["flat", "noise", "gradient", "stripes"])
def test_pictures_without_a_subject_are_no_trouble(kind):
    pictures = {
        "flat": np.full((256, 256, 3), 90, np.uint8),
        "noise": np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8),
        "gradient": np.tile(np.arange(256, dtype=np.uint8)[:, None, None], (1, 256, 3)),
        "stripes": np.tile((np.arange(256, dtype=np.uint8) // 8 % 2 * 255)[None, :, None], (256, 1, 3)),
    }
    frames = clip(pictures[kind], frames=4)
    assert len(frames) == 4
    assert all(frame.shape == (256, 256, 3) and frame.dtype == np.uint8 for frame in frames)


def test_the_subject_is_nearer_than_what_is_behind_it():
    near = disparity(fitted("astronaut.png", 512, 512), 4)
    face, wall = near[120, 220], near[60, 320]
    assert face > wall + 0.3
    near = disparity(fitted("rocket.jpg", 640, 384), 4)
    rocket, sky = near[200, 322], near[200, 420]
    assert rocket > sky + 0.3


def test_its_events_are_in_order_and_it_says_that_it_is_a_draft():
    settings = GenerationSettings(width=256, height=256, frames=4, model="draft", seed=0)
    events = list(DraftEngine().run(fitted("coffee.png", 256, 256), settings))
    assert isinstance(events[0], Notice)
    assert "draft" in events[0].message
    assert [event.index for event in events if isinstance(event, Frame)] == [0, 1, 2, 3]
    steps: list[int] = []
    for event in events:
        if isinstance(event, Stage):
            steps.append(event.steps)
        elif isinstance(event, Step):
            steps[-1] -= 1
    assert steps == [0, 0], "every stage has as many steps as it announced"
