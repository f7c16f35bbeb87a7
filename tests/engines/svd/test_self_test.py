"""The self-test finds nothing on a sound processor, and finds a layer that computes wrongly."""

from __future__ import annotations

import json

import pytest
import torch

from videoai.cli import doctor
from videoai.engines.devices import CPU, Device
from videoai.engines.svd import layers
from videoai.engines.svd import self_test as module
from videoai.engines.svd.self_test import self_test


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_this_cpu_is_sound_in_both_precisions(dtype):
    checks = list(self_test(Device("cpu", dtype)))
    assert len(checks) == 15
    assert [check for check in checks if not check.ok] == []
    assert max(check.error for check in checks) > 0, "the reference is not the same computation"


def test_a_layer_that_computes_wrongly_is_named(monkeypatch):
    right = layers.TemporalConv.kernel

    def wrong(self, like):
        kernel = right(self, like)
        return kernel if like.dtype == torch.float64 else lambda *given: kernel(*given) * 1.001

    monkeypatch.setattr(layers.TemporalConv, "kernel", wrong)
    assert [check.layer for check in self_test(CPU) if not check.ok] == ["temporal convolution"]


def test_a_nan_is_not_ok(monkeypatch):
    monkeypatch.setattr(module, "attend_over_frames", lambda q, *_, **__: q * float("nan"))
    assert [check.layer for check in self_test(CPU) if not check.ok] == [
        "attention over 14 frames",
        "attention over 6 frames",
    ]
    assert [check.id for check in doctor._self_test(CPU) if check.status == "red"] == [
        "self-test-attention-over-14-frames",
        "self-test-attention-over-6-frames",
    ]


def test_the_doctor_runs_it(inside):
    result = inside("doctor", "--self-test", "--json")
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert set(report) == {"status", "memory", "device", "disk", "checks"}
    assert report["status"] in ("green", "yellow")
    assert len([check for check in report["checks"] if check["name"] == "Self-test"]) == 15
