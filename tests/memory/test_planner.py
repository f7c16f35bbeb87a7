"""Which plan is taken, what comes after a death, and what is suggested when nothing fits."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from videoai.engines.base import AvailableWeights
from videoai.engines.numbers import Numbers
from videoai.engines.processor import Processor
from videoai.engines.svd.plan import SVDPlan
from videoai.errors import NotEnoughMemory
from videoai.finishing.base import Clip
from videoai.memory.estimate import planner_for
from videoai.memory.planner import Planner
from videoai.memory.suggestions import refusal, suggest
from videoai.settings import GenerationSettings

GIB = 1 << 30
M1 = int(5.33 * GIB)
CPU, MAC, CARD = (
    Processor(name, Numbers(best), 5e11) for name, best in (("cpu", "fp32"), ("mps", "fp16"), ("cuda", "fp16"))
)


def settings(width=640, height=384, frames=14, **values):
    return GenerationSettings(width=width, height=height, frames=frames, **{"seed": 1, **values})


def plan(asked, gib, processor=CPU, **weights):
    return Planner(asked, AvailableWeights(**weights), processor).make_plan(int(gib * GIB))


@pytest.mark.parametrize("processor", [CPU, MAC])
@pytest.mark.parametrize("precision", ["auto", "16", "8", "4"])
@pytest.mark.parametrize("size", [(448, 256, 10), (640, 384, 14), (512, 512, 14), (768, 512, 20), (1024, 576, 25)])
def test_all_of_the_guides_sizes_and_the_models_own_fit_the_reference_machine(size, precision, processor):
    planned = Planner(settings(*size, precision=precision), processor=processor).make_plan(M1)
    assert planned.fits
    assert planned.peak_bytes <= M1
    assert planned.peak_bytes == max(stage.peak_bytes for stage in planned.stages)
    assert planned.bits == (16 if precision == "auto" else int(precision))


def test_with_room_everything_stays_in_memory():
    assert plan(settings(), 16).plan == SVDPlan(16, compute="fp32")


def test_exactness_comes_before_speed():
    """At 2.2 GiB, 8 bits do not fit in memory and 4 do; exact weights from the disk are better than either."""
    planned = plan(settings(), 2.2)
    assert (planned.bits, planned.plan.streamed) == (16, True)


def test_weights_that_are_no_plain_files_are_not_streamed():
    planned = plan(settings(), 2.2, streamable=False)
    assert (planned.bits, planned.plan.streamed) == (4, False)


def test_only_what_is_available_is_used():
    assert plan(settings(), 16, bits=(8, 4)).bits == 8


@pytest.mark.parametrize("precision", ["16", "8", "4"])
def test_the_precision_asked_for_is_kept_whatever_it_takes(precision):
    for gib in (1, 2, 4, 16):
        assert plan(settings(precision=precision), gib).bits == int(precision)


def test_frames_wait_in_files_only_where_they_must():
    wide = settings(1024, 576, 25)
    assert plan(wide, 5.33).plan.offload
    assert not plan(wide, 16).plan.offload
    assert not plan(wide, 5.33, MAC).plan.offload


def test_what_does_not_fit_says_so_and_what_it_would_take():
    planned = plan(settings(1024, 576, 25), 1.0)
    assert not planned.fits
    assert planned.peak_bytes > planned.budget_bytes == GIB


@hypothesis_settings(max_examples=30)
@given(st.sampled_from((1.2, 1.8, 2.5, 4.0, 6.0)), st.integers(4, 25), st.sampled_from(("auto", "16", "8", "4")))
def test_more_memory_never_makes_a_worse_plan(gib, frames, precision):
    less, more = (plan(settings(frames=frames, precision=precision), g) for g in (gib, gib + 1))
    assert more.bits >= less.bits or not less.fits
    assert more.fits >= less.fits


def test_a_card_takes_whole_clips_where_it_has_the_memory():
    card = Planner(settings(), processor=CARD)
    roomy = card.best(80 * GIB)
    assert roomy.unet.frames(80 * 48) >= 14
    assert roomy.vae.band(1, 640) >= 384
    assert card.peak(roomy) < 16 * GIB
    for budget in (2.5, 4, 6, 8, 12):
        assert card.peak(card.best(int(budget * GIB))) <= budget * GIB
    usual = list(Planner(settings(), processor=MAC).plans())
    ways = list(card.plans())
    assert ways[0] not in usual
    assert [way for way in ways if way in usual] == usual, "and otherwise as everywhere"


def test_after_a_death_comes_a_plan_that_needs_less_until_there_is_none():
    planner, now = Planner(settings(), processor=CPU), SVDPlan(16)
    seen = [now]
    while (after := planner.smaller(now)) is not None:
        assert planner.peak(after) < planner.peak(now)
        assert after.bits <= now.bits
        now = after
        seen.append(now)
    assert seen[1].bits == 16, "the same video, as long as that can be"
    assert 2 < len(seen) < 20
    least = min(map(planner.peak, planner.plans()))
    assert planner.peak(now) < 1.1 * least


def test_a_death_while_decoding_changes_how_it_decodes():
    wide = settings(1024, 576, 25)
    after = Planner(wide, processor=CPU).smaller(SVDPlan(16), "decode")
    assert after is not None
    assert after == replace(SVDPlan(16, compute="fp32"), offload=after.offload, vae=after.vae)


def test_a_smaller_plan_keeps_to_the_precision_asked_for():
    asked, now = settings(precision="16"), SVDPlan(16)
    while now is not None:
        assert now.bits == 16
        now = Planner(asked, processor=CPU).smaller(now)


@pytest.mark.parametrize("gib", [1.6, *(pytest.param(gib, marks=pytest.mark.slow) for gib in (1.4, 2.0))])
@pytest.mark.parametrize("precision", ["auto", "16"])
def test_what_is_suggested_fits_and_is_smaller(gib, precision):
    asked, budget = settings(1024, 576, 25, precision=precision), int(gib * GIB)
    found = suggest(Planner(asked, processor=CPU), budget)
    assert 1 <= len(found) <= 3
    for changes in found:
        changed = replace(asked, **changes)
        assert Planner(changed, processor=CPU).make_plan(budget).fits
        assert (changed.width, changed.height, changed.frames) <= (1024, 576, 25)


def test_fewer_frames_are_suggested_only_as_many_as_it_takes():
    asked = settings(1024, 576, 25)
    frames = next(
        found["frames"] for found in suggest(Planner(asked, processor=CPU), 2 * GIB) if set(found) == {"frames"}
    )
    assert plan(replace(asked, frames=frames), 2).fits
    assert not plan(replace(asked, frames=frames + 1), 2).fits


def test_a_portrait_stays_a_portrait():
    found = suggest(Planner(settings(576, 1024, 25), processor=CPU), 2 * GIB)
    assert all(changes["width"] < changes["height"] for changes in found if "width" in changes)


def test_nothing_is_suggested_where_all_fits_or_nothing_does():
    assert suggest(Planner(settings(), processor=CPU), 16 * GIB) == []
    assert suggest(Planner(settings(), processor=CPU), GIB // 4) == []


def test_the_refusal_names_the_flags_that_help():
    planned = plan(settings(1024, 576, 25), 2)
    error = refusal(settings(), planned, [{"frames": 16}, {"width": 640, "height": 384}])
    assert isinstance(error, NotEnoughMemory)
    assert "only 2.1 GB is available" in error.message
    assert error.hint == "Settings that fit: --frames 16; or --width 640 --height 384."
    assert "draft" in refusal(settings(), planned, []).hint


def test_a_plan_is_json():
    planned = plan(settings(), 5.33)
    found = json.loads(json.dumps(planned.to_dict()))
    assert set(found) == {"fits", "budget_bytes", "peak_bytes", "seconds", "stages", "bits", "plan"}
    assert [set(stage) for stage in found["stages"]] == [{"name", "peak_bytes", "seconds"}] * 3
    assert SVDPlan.from_dict(found["plan"]) == planned.plan


def test_streaming_reads_the_weights_at_each_pass():
    asked = settings(steps=10)
    kept, streamed = (Planner(asked).workloads(p)["denoise"] for p in (SVDPlan(16), SVDPlan(16, streamed=True)))
    assert streamed.streamed_bytes == pytest.approx(20 * kept.read_bytes, rel=0.01)  # the ends stay in memory
    assert streamed.read_bytes == kept.streamed_bytes == 0
    half = Planner(replace(asked, reuse=2)).workloads(SVDPlan(16, streamed=True))["denoise"]
    assert half.streamed_bytes == pytest.approx(0.5 * streamed.streamed_bytes, rel=0.02)


def test_a_clip_that_is_given_is_planned_without_its_model():
    """Of a model whose weights are nowhere, and however long the clip."""
    asked = replace(settings(), model="/nowhere/model", smooth=60, enlarge="2", compute="fp32")
    short, long = (Clip(1280, 768, count, Fraction(30000, 1001), ready=True) for count in (300, 9000))
    plans = [planner_for(asked, given=clip).make_plan(16 * GIB) for clip in (short, long)]
    assert [stage.name for stage in plans[0].stages] == ["read", "smooth", "enlarge"]
    assert plans[0].peak_bytes == plans[1].peak_bytes
    assert plans[1].seconds > 20 * plans[0].seconds
    assert suggest(planner_for(asked, given=long), 1) == []
    plain = planner_for(replace(asked, smooth=None, enlarge="off"), given=short).make_plan(GIB)
    assert [stage.name for stage in plain.stages] == ["read"]
    assert plain.fits
