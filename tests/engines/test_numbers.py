"""Which type of number is chosen of what was measured, and what is remembered of it."""

from __future__ import annotations

import pytest

from videoai.engines.numbers import SHARES, Numbers

KINDS = tuple(SHARES)


def rates(**numbers: float) -> dict[str, dict[str, float]]:
    """The same rate in all kinds of work."""
    return {name: dict.fromkeys(KINDS, rate) for name, rate in numbers.items()}


@pytest.mark.parametrize(
    ("measured", "wrong", "best"),
    [
        (rates(fp32=100, bf16=300, fp16=100), {}, "bf16"),  # AMX without fp16
        (rates(fp32=100, bf16=30, fp16=190), {}, "fp16"),
        (rates(fp32=100, bf16=210, fp16=200), {}, "fp16"),  # as fast: the more exact one
        (rates(fp32=100, bf16=260, fp16=200), {}, "bf16"),
        (rates(fp32=100, bf16=115, fp16=110), {}, "fp32"),  # not worth their error
        (rates(fp32=100, bf16=300, fp16=250), {"fp16": "attention"}, "bf16"),
        (rates(fp32=100, bf16=300, fp16=250), {"bf16": "convolution"}, "fp16"),
        (rates(fp32=100, bf16=300), {"bf16": "convolution"}, "fp32"),
        ({}, {}, "fp32"),
    ],
)
def test_the_best_is_right_and_clearly_faster(measured, wrong, best):
    assert Numbers.of(measured, wrong).best == best


def test_a_type_that_was_given_up_is_not_chosen():
    measured = rates(fp32=100) | {"bf16": {"product": 10_000.0, "convolution": 10_000.0}}
    found = Numbers.of(measured, {})
    assert (found.best, found.gain("bf16")) == ("fp32", 0.0)


def test_one_kind_that_is_slow_may_cost_more_than_the_others_gain():
    """As bf16 convolutions are in some versions of torch."""
    slow = {"product": 800.0, "convolution": 20.0, "attention": 300.0}
    assert Numbers.of(rates(fp32=100) | {"bf16": slow}, {}).best == "fp32"
    assert Numbers.of(rates(fp32=100) | {"bf16": slow | {"convolution": 90.0}}, {}).best == "bf16"


def test_a_run_from_elsewhere_goes_on_in_its_numbers_unless_they_are_hopeless_here():
    found = Numbers.of(rates(fp32=100, fp16=60) | {"bf16": {"product": 1.0}}, {})
    assert (found.suits("fp32"), found.suits("fp16"), found.suits("bf16")) == (True, True, False)
    assert not Numbers("fp32", {}, {"bf16": "product"}).suits("bf16")


def test_a_finding_comes_back_as_it_was():
    found = Numbers.of(rates(fp32=100, bf16=300), {"fp16": "attention"})
    assert Numbers.from_dict(found.to_dict()) == found


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"best": "fp8", "rates": {}, "wrong": {}},
        {"best": "fp32", "rates": {"bf16": {"product": "fast"}}, "wrong": {}},
        {"best": "fp32", "rates": {"bf16": {"product": -1.0}}, "wrong": {}},
        {"best": "fp32", "rates": {"bf16": {"sum": 1.0}}, "wrong": {}},
        {"best": "fp32", "rates": [], "wrong": {}},
        {"best": "fp32", "rates": {}, "wrong": {"bf16": "luck"}},
        {"best": ["fp32"], "rates": {}, "wrong": {}},
    ],
)
def test_anything_else_is_no_finding(values):
    with pytest.raises((ValueError, TypeError)):
        Numbers.from_dict(values)
