"""The probe of this processor: quick, right, and not to be fooled by a type that is slow or wrong."""

from __future__ import annotations

import time

import pytest
import torch

from videoai.engines.devices import CPU, Device
from videoai.engines.numbers import NUMBER_BYTES, SHARES, Numbers
from videoai.engines.svd import number_probe
from videoai.engines.svd.layers import Conv, Linear
from videoai.engines.svd.number_probe import PROBE_SECONDS, probe


def test_this_processor_is_probed_in_time_and_right_in_what_was_measured():
    before = time.process_time()
    found, _ = probe(CPU)
    assert time.process_time() - before < 2 * PROBE_SECONDS * torch.get_num_threads()
    assert found.wrong == {}
    assert found.rates["fp32"].keys() == SHARES.keys()
    assert {"bf16", "fp16"} <= found.rates.keys()
    assert found.best in NUMBER_BYTES


@pytest.fixture
def small(monkeypatch):
    """A product and a convolution, at a sixteenth of their size: for what does not ask for the times."""
    monkeypatch.setattr(number_probe, "TIMED", number_probe.TIMED[1:3])
    monkeypatch.setattr(number_probe, "_LONG_ENOUGH", 0.0)
    monkeypatch.setattr(number_probe, "_HALVES", ("bf16",))  # not every processor has fp16


def spoil(monkeypatch, layer: type, change) -> None:
    """Have what a layer computes in bf16 changed."""
    right = layer.__call__

    def call(self, x):
        return change(right(self, x)) if x.dtype == torch.bfloat16 else right(self, x)

    monkeypatch.setattr(layer, "__call__", call)


def one_wrong(found: torch.Tensor) -> torch.Tensor:
    """A single one of the many numbers."""
    found.view(-1)[-1] += 0.2 * found.abs().max()
    return found


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "change",
    [one_wrong, lambda found: found * float("nan"), lambda found: found * 1.03],
    ids=["one number", "NaN", "all a little"],
)
@pytest.mark.parametrize(("layer", "kind"), [(Conv, "convolution"), (Linear, "product")])
def test_wrong_numbers_are_found_and_the_type_is_not_taken(monkeypatch, layer, kind, change):
    spoil(monkeypatch, layer, change)
    found, _ = probe(CPU)
    assert found.wrong == {"bf16": kind}
    assert found.best != "bf16"


@pytest.mark.usefixtures("small")
def test_a_type_without_a_kernel_is_not_taken(monkeypatch):
    def missing(found):
        raise RuntimeError("\"slow_conv2d_cpu\" not implemented for 'BFloat16'")

    spoil(monkeypatch, Conv, missing)
    found, _ = probe(CPU)
    assert found.wrong == {"bf16": "convolution"}


def test_of_an_accelerator_it_is_found_out_whether_bf16_is_right_there(monkeypatch):
    """This CPU under another name stands in for one; on some Macs there is not even such a tensor."""
    elsewhere = Device("cpu:0", torch.float16)
    assert probe(elsewhere) == (Numbers("fp16"), True)
    spoil(monkeypatch, Linear, one_wrong)
    assert probe(elsewhere)[0] == Numbers("fp16", {}, {"bf16": "product"})

    class NoSuchTensor(number_probe.Weights):
        def __init__(self, source, *, dtype, **more):
            if dtype == torch.bfloat16:
                raise TypeError("BFloat16 is not supported on MPS")
            super().__init__(source, dtype=dtype, **more)

    monkeypatch.setattr(number_probe, "Weights", NoSuchTensor)
    assert probe(elsewhere)[0] == Numbers("fp16", {}, {"bf16": "convolution"})


@pytest.mark.usefixtures("small")
def test_an_emulated_type_is_given_up_after_the_first_small_try(monkeypatch):
    calls = []

    def slow(found):
        calls.append(found.shape)
        end = time.process_time() + 0.3
        while time.process_time() < end:
            pass
        return found

    spoil(monkeypatch, Conv, slow)
    found, _ = probe(CPU)
    assert len(calls) == 1
    assert (found.best == "bf16", found.gain("bf16")) == (False, 0.0)
    assert "bf16" not in found.wrong


def test_what_there_was_no_time_for_is_said():
    found, in_time = probe(CPU, seconds=0.0)
    assert (found.best, in_time) == ("fp32", False)
