"""The draft model: its camera, its layers and its frames, as a viewer would see them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.measure import block_reduce
from skimage.registration import optical_flow_ilk

from tests.conftest import EXAMPLES
from videoai.engines.draft.camera import MOST_REACH, SUBJECT, Move, Pose, choose_move, reach_of
from videoai.engines.draft.depth import calibrated, disparity, followed
from videoai.engines.draft.engine import DraftEngine
from videoai.engines.draft.flight import Flight
from videoai.engines.draft.layers import Layer, cuts, layers_of
from videoai.engines.draft.route import Route, progress
from videoai.engines.draft.warp import Pane, Warp
from videoai.events import Frame, Notice, Stage, Step
from videoai.media.photo import read_photo
from videoai.settings import CAMERAS, PARAMETERS, GenerationSettings

PHOTOS = ["coffee.png", "rocket.jpg", "astronaut.png", "chelsea.png"]
SEEDS = {"drift": 0, "dolly-in": 1, "pan": 4, "orbit": 11}
MOVES = [word for word in PARAMETERS["camera"].kind.words() if word != "auto"]


def fitted(photo: str, width: int = 320, height: int = 256) -> np.ndarray:
    return read_photo(EXAMPLES / photo).fitted(width, height)


def clip(photo: np.ndarray, near: np.ndarray | None = None, **given: object) -> list[np.ndarray]:
    height, width = photo.shape[:2]
    settings = GenerationSettings(**{"width": width, "height": height, "model": "draft", "seed": 0} | given)
    return [event.pixels for event in DraftEngine().run(photo, settings, near=near) if isinstance(event, Frame)]


def flow(before: np.ndarray, after: np.ndarray) -> float:
    """Mean distance in pixels that the picture moves from one frame to another."""
    halves = [block_reduce(frame.mean(-1).astype(np.float32) / 255, 2, np.mean) for frame in (before, after)]
    rows, columns = optical_flow_ilk(*halves, radius=7, num_warp=5)
    return 2 * float(np.hypot(rows, columns).mean())


def grain(width: int = 320, height: int = 256, level: float = 128, amount: float = 6) -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, amount, (height, width, 3))
    return np.clip(np.rint(level + gaussian_filter(noise, (0.6, 0.6, 0)) * 1.6), 0, 255).astype(np.uint8)


def flown(photo: np.ndarray, layers: list[Layer], move: Move) -> Warp:
    """All of a move, over fourteen frames."""
    nears = [layer.near for layer in layers]
    return Warp(photo, layers, Flight.of(move, Route(1.0), 14, nears, photo.shape[:2]))


class TestTheCamera:
    def test_the_seeds_used_here_stand_for_the_four_moves(self):
        assert {choose_move("auto", seed, 0.03, 640, 384).name: seed for seed in SEEDS.values()} == SEEDS

    def test_a_move_that_is_asked_for_is_made_whatever_the_seed(self):
        for word in MOVES:
            moves = {choose_move(word, seed, 0.03, 640, 384).name for seed in range(5)}
            assert moves == {word.partition(":")[0]}

    @pytest.mark.parametrize(
        ("way", "sideways", "up"),
        [("left", 1, 0), ("right", -1, 0), ("up", 0, 1), ("down", 0, -1), ("down-left", 0.5**0.5, -(0.5**0.5))],
    )
    @pytest.mark.parametrize("word", [word for word, ways in CAMERAS.items() if len(ways) == 8])
    def test_near_things_go_the_other_way_than_the_camera(self, word, way, sideways, up):
        move = choose_move(f"{word}:{way}", 7, 0.1, 640, 384)
        far, near = (Pose(move.sideways, move.up, 0, 0).seen_at(0, 0, d) for d in (0.0, 1.0))
        size = np.hypot(near[0] - far[0], near[1] - far[1])
        assert ((near[0] - far[0]) / size, (near[1] - far[1]) / size) == pytest.approx((sideways, up), abs=1e-6)

    def test_in_goes_closer_and_out_ends_with_the_photo(self):
        photo = fitted("coffee.png")
        closer, away = clip(photo, camera="dolly-in", frames=5), clip(photo, camera="dolly-out", frames=5)
        assert np.array_equal(closer[0], photo)
        assert np.array_equal(away[-1], photo)
        assert np.array_equal(away[0], closer[-1])

    @pytest.mark.parametrize("word", MOVES)
    def test_movement_grows_strictly_with_motion(self, word):
        assert PARAMETERS["motion"].kind.maximum == 255
        moves = [choose_move(word, 3, reach_of(motion), 640, 384) for motion in range(1, 256)]
        for one, other in itertools.pairwise(moves):
            assert one.furthest(640, 384) < other.furthest(640, 384)
        assert moves[99].furthest(640, 384) == pytest.approx(2 * moves[49].furthest(640, 384))

    def test_the_least_is_a_breath_and_the_largest_a_flight(self):
        assert reach_of(20) * 640 < 5
        assert reach_of(255) == MOST_REACH
        assert MOST_REACH * 640 > 80

    @pytest.mark.parametrize("word", MOVES)
    def test_what_is_seen_comes_from_where_it_is_seen_from(self, word):
        pose = Pose.of(choose_move(word, 3, 0.1, 640, 384), 0.7, 0.4, [np.full((4, 4), 0.5, np.float32)], (384, 640))
        for across, down, near in ((-300.0, 150.0, 0.1), (20.0, -9.0, 0.85), (0.0, 0.0, 0.0)):
            assert pose.source(*pose.seen_at(across, down, near), near) == pytest.approx((across, down), abs=1e-3)


class TestTheRoute:
    def test_progress_is_eased_symmetric_and_never_faster_than_a_quarter_above_the_mean(self):
        for count in range(4, 26):
            path = [progress(index, count) for index in range(count)]
            steps = np.diff(path)
            assert (path[0], path[-1]) == (0, 1)
            assert steps.min() > 0
            assert steps.max() <= 1.25 / (count - 1) + 1e-9
            assert np.allclose(steps, steps[::-1])

    @pytest.mark.parametrize("extend", [1, 3, 8])
    @pytest.mark.parametrize("motion", [10, 100, 255])
    def test_over_all_parts_the_camera_never_stops_jumps_or_goes_too_far(self, motion, extend):
        """Its speed is that of a move that is not extended, or a little less; in a turn a fifth of it at least."""
        route, frames = Route.of(motion, 1 + extend), 14 + 13 * extend
        assert reach_of(motion) <= route.reach <= MOST_REACH
        path = np.array([route.at(index, frames) for index in range(frames)]) * [1, 0.25]
        steps = np.hypot(*np.diff(path, axis=0).T) * route.reach / reach_of(motion) * 13
        assert path[:, 0].min() >= 0
        assert path[:, 0].max() <= 1
        assert 0.55 < steps.mean() < 1.2
        assert steps.max() < 1.6
        eased = round(0.1 * (frames - 1) / route.legs) + 1
        assert steps[eased:-eased].min() > 0.2 * steps.mean()
        alone = np.diff([progress(index, 14) for index in range(14)]) * 13
        assert np.abs(np.diff(steps)).max() <= np.abs(np.diff(alone)).max() + 1e-9, "it turns as gently as it begins"

    @pytest.mark.parametrize("extend", [0, 2, 8])
    @pytest.mark.parametrize("motion", [20, 100, 255])
    def test_a_loop_comes_back_to_where_it_began_as_fast_as_it_left(self, motion, extend):
        route, frames = Route.of(motion, 1 + extend, round=True), 14 + 13 * extend
        assert route.reach <= MOST_REACH
        path = np.array([route.at(index, frames) for index in range(frames + 2)]) * [1, 0.25]
        assert np.allclose(path[0], 0)
        assert np.allclose(path[frames], path[0])
        assert np.allclose(path[frames + 1], path[1])
        steps = np.hypot(*np.diff(path[: frames + 1], axis=0).T)
        assert steps.min() > 0.1 * steps.max(), "it never stops"


class TestTheFlight:
    def flight(self, motion: float, width: int, height: int, *, round: bool = False) -> Flight:
        near = np.full((8, 8), 0.3, np.float32)
        move = choose_move("pan:up-left", 0, reach_of(motion), width, height)
        return Flight.of(move, Route.of(int(motion), 1, round=round), 14, [near], (height, width))

    def test_in_a_narrow_photo_a_wide_move_still_shows_most_of_it(self):
        sizes = [self.flight(motion, 256, 1024) for motion in (20, 60, 100, 160, 255)]
        zooms = [flight.pose(13).zoom for flight in sizes]
        assert max(zooms) < 1.7
        assert all(less < more for less, more in itertools.pairwise(zooms)), "and a larger one is larger"
        assert all(less.move.up < more.move.up for less, more in itertools.pairwise(sizes))

    def test_usual_moves_are_made_whole(self):
        flight = self.flight(100, 640, 384)
        assert flight.move == choose_move("pan:up-left", 0, reach_of(100), 640, 384)
        assert flight.pose(0).at_rest

    def test_one_that_goes_round_is_enlarged_the_same_all_the_way(self):
        flight = self.flight(100, 640, 384, round=True)
        assert len({flight.pose(index).zoom for index in range(14)}) == 1


class TestTheFrames:
    @pytest.mark.parametrize("seed", SEEDS.values(), ids=SEEDS)
    def test_the_first_frame_is_the_photo_itself(self, seed):
        photo = fitted("coffee.png")
        assert np.array_equal(clip(photo, seed=seed, frames=4)[0], photo)

    @pytest.mark.parametrize("photo", PHOTOS)
    def test_laid_on_each_other_the_layers_are_the_photo(self, photo):
        picture = fitted(photo)
        seen = np.zeros(picture.shape, np.float64)
        for layer in reversed(layers_of(picture, disparity(picture), 20)):
            cover = layer.cover[..., None]
            seen = layer.colours * cover + (1 - cover) * seen
        assert np.abs(seen - picture).mean() < 0.5
        assert np.percentile(np.abs(seen - picture), 99.9) < 8

    def test_a_frame_is_as_sharp_as_the_photo_wherever_it_is(self):
        """Its grain does not come and go as it passes from pixel to pixel."""
        photo = grain()
        layers = layers_of(photo, np.full(photo.shape[:2], 0.5, np.float32), 12)
        warp = flown(photo, layers, Move("pan", 12.0, 0.0, 0.0, 0.0, (0, 0)))
        strength = [warp(index)[40:-40, 40:-40].std() for index in range(1, 14)]
        assert min(strength) > 0.9 * photo.std()
        assert max(strength) < 1.05 * photo.std()

    def test_the_grain_of_what_stays_does_not_crawl(self):
        """Around the subject, whose disparity is the pivot: below one level from frame to frame."""
        photo = grain()
        near = np.full(photo.shape[:2], SUBJECT, np.float32)
        move = choose_move("orbit:left", 0, reach_of(100), 320, 256)
        warp = flown(photo, layers_of(photo, near, 20), move)
        frames = [warp(index).astype(np.int16) for index in range(14)]
        centre = np.s_[108:148, 140:180]
        assert max(np.abs(a[centre] - b[centre]).mean() for a, b in itertools.pairwise(frames)) < 1

    @pytest.mark.parametrize("camera", ["orbit:left", pytest.param("pan:up", marks=pytest.mark.slow)])
    @pytest.mark.parametrize("motion", [100, pytest.param(255, marks=pytest.mark.slow)])
    def test_no_step_between_frames_is_a_jump(self, camera, motion):
        frames = clip(fitted("chelsea.png"), camera=camera, motion=motion)
        steps = [flow(a, b) for a, b in itertools.pairwise(frames)]
        assert max(steps) <= 1.5 * np.mean(steps)
        assert steps[0] < np.mean(steps), "it starts gently"
        assert steps[-1] < np.mean(steps), "and stops gently"

    def test_a_looped_clip_goes_on_from_its_last_frame_to_its_first(self):
        frames = clip(fitted("chelsea.png"), camera="orbit:left", loop="boomerang")
        assert len(frames) == 14
        steps = [flow(a, b) for a, b in itertools.pairwise([*frames, frames[0]])]
        assert steps[-1] < 1.3 * np.mean(steps)
        assert steps[-1] > 0.3 * np.mean(steps), "nor does it rest there"

    def test_a_clip_that_is_extended_is_one_move_from_the_photo_on(self):
        frames = clip(fitted("coffee.png"), frames=5, extend=2)
        assert len(frames) == 13
        assert np.array_equal(frames[0], fitted("coffee.png"))

    def test_the_same_seed_gives_the_same_frames_and_another_gives_others(self):
        photo = fitted("rocket.jpg")
        again, same, other = (clip(photo, seed=seed, frames=4) for seed in (5, 5, 6))
        assert np.array_equal(again, same)
        assert not np.array_equal(again, other)

    @pytest.mark.parametrize("photo", [PHOTOS[0], *(pytest.param(p, marks=pytest.mark.slow) for p in PHOTOS[1:])])
    @pytest.mark.parametrize("size", [(320, 256), (256, 448), (1024, 256)])
    def test_no_pixel_comes_from_outside_and_none_is_folded_over(self, photo, size):
        """Even at the largest motion and in the other lane: no black edge, no hole, no seam."""
        width, height = size
        picture = fitted(photo, width, height)
        near = disparity(picture)
        for word in ("orbit:left", "pan:down-right", "rise", "drift:up", "dolly-in"):
            move = choose_move(word, 3, MOST_REACH, width, height)
            layers = layers_of(picture, near, move.furthest(width, height))
            for done, aside in ((0.3, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)):
                pose = Pose.of(move, done, aside, [layer.near for layer in layers], (height, width))
                for layer in layers:
                    check_sound(layer, pose, height, width)

    @pytest.mark.parametrize("kind", ["flat", "noise", "gradient", "stripes"])
    def test_pictures_without_a_subject_are_no_trouble(self, kind):
        pictures = {
            "flat": np.full((256, 256, 3), 90, np.uint8),
            "noise": np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8),
            "gradient": np.tile(np.arange(256, dtype=np.uint8)[:, None, None], (1, 256, 3)),
            "stripes": np.tile((np.arange(256, dtype=np.uint8) // 8 % 2 * 255)[None, :, None], (256, 1, 3)),
        }
        frames = clip(pictures[kind], frames=4)
        assert len(frames) == 4
        assert all(frame.shape == (256, 256, 3) and frame.dtype == np.uint8 for frame in frames)


def check_sound(layer: Layer, pose: Pose, height: int, width: int) -> None:
    """Its pixels come from inside the photo, and in the order that they have there."""
    across, down = Pane(layer).source(pose, slice(0, height), slice(0, width))
    seen = np.abs(across) < width
    if layer.cover.min() >= 1:
        assert max(abs(across.min()), across.max()) <= (width - 1) / 2 + 0.6
        assert max(abs(down.min()), down.max()) <= (height - 1) / 2 + 0.6
    else:
        rows = np.clip(np.rint(down + (height - 1) / 2).astype(int), 0, height - 1)
        columns = np.clip(np.rint(across + (width - 1) / 2).astype(int), 0, width - 1)
        seen = layer.cover[rows, columns] > 0.1
    down_by_y, down_by_x = np.gradient(down)
    across_by_y, across_by_x = np.gradient(across)
    turned = down_by_y * across_by_x - down_by_x * across_by_y
    assert turned[seen].min(initial=1) > 0


class TestShapes:
    @pytest.mark.parametrize("camera", ["orbit:left", "pan:up-right", "dolly-in", "drift:down"])
    @pytest.mark.parametrize("upright", [True, False], ids=["upright", "level"])
    def test_straight_lines_stay_straight(self, camera, upright):
        """Of a wall that leans away, painted with lines: each is found again in the frame, straight to 0.3 pixels."""
        height, width = 256, 320
        across, down = np.meshgrid(np.arange(width), np.arange(height))
        photo = np.full((height, width, 3), 235, np.uint8)
        photo[(across if upright else down) % 32 < 3] = 20
        near = (0.1 + 0.5 * across / width + 0.3 * down / height).astype(np.float32)
        move = choose_move(camera, 3, reach_of(180), width, height)
        frame = flown(photo, layers_of(photo, near, move.furthest(width, height)), move)(13)
        assert np.abs(frame.astype(int) - photo).mean() > 5, "it has moved"
        assert max(bends(frame if upright else frame.transpose(1, 0, 2))) < 0.3

    @pytest.mark.parametrize("camera", ["orbit:left", "drift:down"])
    def test_straight_lines_stay_straight_where_depth_is_guessed(self, camera):
        height, width = 256, 320
        photo = np.full((height, width, 3), 235, np.uint8)
        photo[:, np.arange(width) % 32 < 3] = 20
        frame = clip(photo, camera=camera, motion=180, frames=4)[-1]
        assert max(bends(frame)) < 0.5

    def test_a_face_keeps_its_shape(self):
        """The distances between its landmarks, beside those of the same face enlarged: to one percent."""
        photo = fitted("astronaut.png", 512, 512)
        landmarks = np.array([[203, 110], [242, 108], [222, 132], [208, 150], [238, 149]], np.float32)
        move = choose_move("orbit:left", 0, reach_of(150), 512, 512)
        front = layers_of(photo, disparity(photo), move.furthest(512, 512))[0]
        pose = Pose.of(move, 1.0, 0.0, [front.near], (512, 512))
        near = front.near[tuple((landmarks[:, ::-1] / front.factor).astype(int).T)]
        after = np.stack(pose.seen_at(*(landmarks - 255.5).T, near), 1)
        apart = [np.linalg.norm(points[:, None] - points[None], axis=-1) for points in (landmarks, after)]
        pairs = np.triu_indices(len(landmarks), 1)
        changed = apart[1][pairs] / apart[0][pairs]
        assert np.abs(changed / changed.mean() - 1).max() < 0.01


def bends(frame: np.ndarray) -> list[float]:
    """How far each dark, rather upright line of a picture leaves the straight line through it, in pixels."""
    dark = 235.0 - frame.mean(-1)
    middle, found = frame.shape[0] // 2, []
    begins = np.flatnonzero(np.diff((dark[middle] > 110).astype(int)) > 0)
    for start in begins[(begins > 40) & (begins < frame.shape[1] - 40)]:
        places = {}
        for way in (range(middle, 20, -1), range(middle, frame.shape[0] - 20)):
            centre = start + 2.0
            for row in way:
                low = round(centre) - 5
                part = np.clip(dark[row, max(low, 0) : low + 11], 0, None)
                centre = max(low, 0) + float((part * np.arange(len(part))).sum() / max(part.sum(), 1))
                places[row] = centre
        rows, centres = np.array(sorted(places.items())).T
        fit = np.polyval(np.polyfit(rows, centres, 1), rows)
        found.append(float(np.abs(fit - centres).max()))
    assert len(found) >= 3
    return found


class TestDepth:
    def test_the_subject_is_nearer_than_what_is_behind_it(self):
        near = disparity(fitted("astronaut.png", 512, 512))
        face, wall = near[120, 220], near[60, 320]
        assert face > wall + 0.3
        near = disparity(fitted("rocket.jpg", 640, 384))
        rocket, sky = near[200, 322], near[200, 420]
        assert rocket > sky + 0.3

    def test_a_map_of_the_photos_own_is_used_in_place_of_the_guess(self):
        photo = fitted("coffee.png")
        near = np.zeros((64, 80), np.float32)
        near[:, :40] = 1
        own, guessed = clip(photo, near, frames=4), clip(photo, frames=4)
        assert np.array_equal(own[0], guessed[0])
        assert not np.array_equal(own[-1], guessed[-1])

    def test_measured_maps_are_brought_to_the_terms_of_guessed_ones(self):
        near = np.full((60, 80), 0.3, np.float32)
        near[20:45, 25:55] = 0.6
        found = calibrated(near)
        assert found[0, 0] == 0
        assert found[30, 40] == pytest.approx(SUBJECT)
        assert np.array_equal(calibrated(np.full((60, 80), 0.5, np.float32)), np.zeros((60, 80), np.float32))

    def test_a_small_map_follows_the_edges_of_the_picture(self):
        photo = np.full((240, 320, 3), 40, np.uint8)
        photo[:, 157:] = 210
        near = np.zeros((15, 20), np.float32)
        near[:, 10:] = 1
        drawn = followed(photo, near)
        assert drawn[:, 150].max() < 0.25
        assert drawn[:, 164].min() > 0.75

    def test_a_cut_lies_between_what_is_near_and_what_is_far(self):
        near = np.full((120, 160), 0.2, np.float32)
        near[40:, 60:110] = 0.85
        assert cuts(near, 5) == [pytest.approx(0.53, abs=0.1)]
        near[70:, 20:60] = 0.5
        assert len(cuts(near, 5)) == 2
        assert cuts(np.linspace(0, 1, 160, dtype=np.float32)[None] + np.zeros((120, 1), np.float32), 5) == []

    def test_what_a_near_thing_hides_is_made_up_of_what_is_around_it(self):
        photo = np.full((120, 160, 3), (40, 120, 60), np.uint8)
        near = np.full((120, 160), 0.1, np.float32)
        photo[30:90, 60:100], near[30:90, 60:100] = (220, 60, 50), 0.85
        front, back = layers_of(photo, near, 10)
        assert np.abs(back.colours.astype(int) - (40, 120, 60)).max() <= 3
        assert np.abs(back.near - 0.1).max() < 0.02
        assert front.cover[60, 80] == 1
        assert front.cover[20, 20] == 0


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
