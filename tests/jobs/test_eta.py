"""The time left: planned, then paced, never negative."""

import pytest

from videoai.history.job import Job
from videoai.jobs.eta import TimeLeft, seconds_from


def planned() -> TimeLeft:
    left = TimeLeft()
    left.plan({"condition": 10, "denoise": 100, "decode": 40})
    return left


def test_before_a_plan_nothing_is_claimed():
    assert TimeLeft().seconds(5) is None


def test_stages_outside_the_plan_take_nothing_from_it():
    left = planned()
    left.stage("photo", 0, now=0)
    assert left.seconds(3) == 150


def test_a_stage_counts_down_by_its_plan_until_it_has_a_pace():
    left = planned()
    left.stage("denoise", 20, now=0)
    assert left.seconds(30) == 70 + 40
    left.step(1, now=30)
    left.step(3, now=50)
    assert left.seconds(50) == 17 * 10 + 40
    assert left.seconds(55) == 17 * 10 - 5 + 40


def test_a_stage_that_is_done_is_left_behind_with_all_before_it():
    left = planned()
    left.stage("denoise", 20, now=0)
    left.stage("decode", 14, now=100)
    assert left.seconds(100) == 40
    left.stage("encode", 0, now=140)
    assert left.seconds(140) is None


def test_a_run_that_goes_on_is_paced_by_the_steps_it_makes_itself():
    left = planned()
    left.stage("denoise", 20, now=0)
    left.step(16, now=4)
    left.step(17, now=8)
    assert left.seconds(8) == 3 * 4 + 40


def test_what_takes_longer_than_it_should_is_about_to_be_done():
    left = planned()
    left.stage("decode", 14, now=0)
    assert left.seconds(1000) == 0


def test_of_several_parts_those_to_come_are_left_too():
    left = TimeLeft(parts=2)
    left.plan({"condition": 20, "denoise": 200, "decode": 80, "smooth": 10})
    left.stage("denoise", 40, now=0)
    assert left.seconds(0) == 10 + 200 + 80 + 10, "the first part's photo is analysed"
    left.step(20, now=100)
    left.stage("decode", 28, now=100)
    left.step(1, now=103)
    left.stage("smooth", 50, now=103)
    left.step(24, now=150)
    assert left.seconds(150) < 10 + 100 + 40 + 10
    left.stage("condition", 4, now=150)
    left.step(2, now=150)
    assert left.seconds(150) == 10 + 100 + 40 + 5
    left.step(4, now=160)
    left.stage("denoise", 40, now=160)
    left.step(20, now=160)
    left.step(21, now=170)
    assert left.seconds(170) == 190 + 40 + 5


def test_a_run_that_goes_on_in_a_later_part_has_made_those_before():
    left = TimeLeft(parts=3)
    left.plan({"condition": 30, "denoise": 300, "decode": 90})
    left.stage("denoise", 60, now=0)
    left.step(40, now=0)
    left.step(41, now=5)
    assert left.seconds(5) == pytest.approx(19 * 5 + 90)


@pytest.mark.parametrize(
    ("stage", "step", "total", "extend", "left"),
    [
        (None, None, None, 0, 150),
        ("condition", 0, 0, 0, 150),
        ("denoise", 5, 20, 0, 75 + 40),
        ("decode", 7, 14, 0, 20),
        ("encode", 0, 0, 0, 150),  # the plan knows nothing of it
        ("denoise", 30, 40, 1, 25 + 20),  # in the second of two parts
    ],
)
def test_what_is_left_of_a_job_that_goes_on(stage, step, total, extend, left):
    settings = {"model": "svd-xt", "extend": extend}
    job = Job("id", 0.0, "cat.jpg", settings, {}, "queued", 1, 1, stage=stage, step=step, total=total)
    assert seconds_from({"condition": 10, "denoise": 100, "decode": 40}, job) == pytest.approx(left, abs=10)
    assert seconds_from({}, job) == 0
