"""The plan of a run that goes on: its own while that fits, a smaller one after a death, never a more exact one."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import pytest

from videoai.engines.svd.plan import SVDPlan
from videoai.errors import NotEnoughMemory
from videoai.memory.run_plan import plan_for
from videoai.settings import GenerationSettings
from videoai.system.machine import Machine

GIB = 1 << 30
SETTINGS = GenerationSettings(model="svd-xt", seed=1)


def test_a_run_that_goes_on_keeps_its_plan_while_it_fits():
    first = plan_for(SETTINGS, budget=3 * GIB)
    again = plan_for(SETTINGS, previous_plan=first.plan, budget=16 * GIB)
    assert first.plan != plan_for(SETTINGS, budget=16 * GIB).plan
    assert again.plan == first.plan
    assert again.budget_bytes == 16 * GIB


def test_with_less_memory_than_before_it_goes_on_with_a_smaller_plan():
    first = plan_for(SETTINGS, budget=16 * GIB)
    again = plan_for(SETTINGS, previous_plan=first.plan, budget=2 * GIB)
    assert again.plan != first.plan
    assert again.fits
    assert again.peak_bytes <= 2 * GIB < first.peak_bytes
    assert again.bits == first.bits, "exact weights can be streamed"


def test_it_never_gets_more_exact_weights_than_it_began_with():
    previous_plan = SVDPlan(4)
    again = plan_for(SETTINGS, previous_plan=previous_plan, budget=2 * GIB)
    assert again.bits == 4


def test_after_a_death_it_needs_clearly_less_and_at_the_end_of_the_ways_it_says_so():
    plan, peaks = plan_for(SETTINGS, budget=16 * GIB).plan, []

    def die() -> None:
        nonlocal plan
        found = plan_for(SETTINGS, previous_plan=plan, out_of_memory=True, budget=16 * GIB)
        plan = found.plan
        peaks.append(found.peak_bytes)

    with pytest.raises(NotEnoughMemory, match="this video cannot be made with less"):
        deque(iter(die, "never"))
    assert len(peaks) >= 2
    assert peaks == sorted(peaks, reverse=True)
    assert len(set(peaks)) == len(peaks)


def test_what_does_not_fit_is_refused_unless_forced():
    with pytest.raises(NotEnoughMemory) as failure:
        plan_for(SETTINGS, budget=GIB // 2)
    assert failure.value.hint
    assert not plan_for(SETTINGS, budget=GIB // 2, force=True).fits


def test_without_a_limit_the_machine_decides():
    assert plan_for(replace(SETTINGS, model="draft")).budget_bytes <= 1.1 * Machine.now().budget


def test_the_first_smaller_plan_keeps_what_decides_the_bytes():
    first = plan_for(SETTINGS, budget=16 * GIB).plan
    found = plan_for(SETTINGS, previous_plan=first, out_of_memory=True, budget=16 * GIB).plan
    assert (found.bits, found.unet, found.vae) == (first.bits, first.unet, first.vae)
    assert found != first
