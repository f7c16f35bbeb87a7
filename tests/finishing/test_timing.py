"""When frames are shown: each original at its own time, and nothing longer or shorter than it was."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videoai.finishing.timing import parts, smoothed_length

clips = st.tuples(st.integers(4, 50), st.integers(2, 30), st.integers(3, 120)).filter(lambda clip: clip[2] > clip[1])


@given(clips, st.booleans())
def test_the_length_is_kept_to_the_tick(clip, loops):
    frames, fps, new_fps = clip
    count, last = smoothed_length(frames, fps, new_fps)
    assert (count - 1 + last) / new_fps == Fraction(frames, fps)
    assert Fraction(1, 2) <= last <= Fraction(3, 2)
    assert sum(map(len, parts(frames, fps, new_fps, loops=loops))) == count


@given(clips, st.booleans())
def test_each_new_frame_lies_where_its_time_is(clip, loops):
    frames, fps, new_fps = clip
    placed = [frame + part for frame, some in enumerate(parts(frames, fps, new_fps, loops=loops)) for part in some]
    for index, place in enumerate(placed):
        time = Fraction(index * fps, new_fps)
        assert place == (time if loops else min(time, frames - 1))


@pytest.mark.parametrize(("fps", "new_fps", "frames", "count"), [(6, 24, 14, 56), (7, 30, 14, 60), (6, 60, 14, 140)])
def test_ratios_of_the_presets(fps, new_fps, frames, count):
    assert smoothed_length(frames, fps, new_fps) == (count, 1)


def test_four_times_as_many_keep_every_fourth_and_rest_at_the_end():
    first, second, third = parts(3, 6, 24, loops=False)
    assert first == second == [0, Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)]
    assert third == [0, 0, 0, 0]


def test_a_loop_moves_on_towards_its_first_frame():
    assert list(parts(3, 6, 24, loops=True))[-1] == [0, Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)]


def test_where_no_whole_number_fills_it_the_last_frame_does():
    assert smoothed_length(25, 7, 30) == (107, Fraction(8, 7))
