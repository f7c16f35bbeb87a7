"""A network that computes wrongly, overflows or lacks a kernel is found; and the random weights it is tried with."""

from __future__ import annotations

import math
import warnings

import pytest
import torch

from tests.support import full_size
from videoai.engines.devices import CPU, Device
from videoai.engines.svd import network_test, unet
from videoai.engines.svd.network_test import compare
from videoai.engines.svd.networks import NETWORKS
from videoai.engines.svd.random_weights import RandomWeights
from videoai.engines.svd.tensor_uses import tensor_uses, wanted_shapes
from videoai.weights.config import CONFIGS
from videoai.weights.model_files import ModelFiles
from videoai.weights.tensor_source import MemorySource


@pytest.fixture(scope="module")
def files(quick) -> ModelFiles:
    return ModelFiles.in_folder(quick)


@pytest.mark.parametrize("network", NETWORKS)
def test_each_network_is_right_and_not_compared_with_itself(files, network):
    single = compare(network, files, CPU)
    assert (single.ok, single.dtype, single.reference) == (True, "float32", "float64")
    assert 0 < single.error < 1e-4, "the reference is not the same computation"


@pytest.mark.parametrize("network", list(NETWORKS)[:3])  # the decoder takes ten seconds so
def test_each_network_is_right_in_half_precision(files, network):
    half = compare(network, files, Device("cpu", torch.float16))
    assert half.ok
    assert half.missing == ()
    # A run has the encoder in 32 bits on every device.
    assert half.dtype == ("float32" if network == "vae_encoder" else "float16")


def damage(monkeypatch, act):
    """Let the UNet's result be another one where a run would compute it, and not where it is checked."""
    right = unet.UNet.__call__

    def wrong(self, *given):
        return right(self, *given) if self.dtype == torch.float64 else act(right(self, *given))

    monkeypatch.setattr(unet.UNet, "__call__", wrong)


def test_one_that_is_wrong_is_found(files, monkeypatch):
    damage(monkeypatch, lambda result: result * 1.01)
    found = compare("unet", files, CPU)
    assert not found.ok
    assert found.finite
    assert found.error == pytest.approx(0.01, rel=0.01)


def test_one_that_overflows_is_found(files, monkeypatch):
    damage(monkeypatch, lambda result: result * math.inf)
    found = compare("unet", files, CPU).to_dict()
    assert (found["ok"], found["finite"], found["error"], found["largest"]) == (False, False, None, None)


def test_operators_without_a_kernel_are_named_each_once(files, monkeypatch):
    said = "The operator '{}' is not currently supported on the MPS backend and will fall back to run on the CPU. This"

    def fall_back(result):
        for operator in ("aten::one", "aten::two", "aten::one"):
            warnings.warn(said.format(operator), UserWarning, stacklevel=1)
        return result

    damage(monkeypatch, fall_back)
    before = torch.is_warn_always_enabled()
    assert compare("unet", files, CPU).missing == ("aten::one", "aten::two")
    assert torch.is_warn_always_enabled() == before


@pytest.mark.parametrize("part", CONFIGS)
def test_what_is_drawn_is_what_the_full_size_network_needs(part):
    config = CONFIGS[part].standard()
    wanted = wanted_shapes(config)
    tensors = dict(full_size.reference(part).state_dict().items())
    uses = tensor_uses(config, MemorySource(tensors))
    needed = {name for name, use in uses.items() if use not in ("unused", "ignored")}
    assert wanted == {name: tuple(tensors[name].shape) for name in needed}


def test_a_tensor_is_drawn_the_same_each_time_and_scaled_by_what_goes_into_a_number():
    drawn = RandomWeights({"a.weight": (64, 400), "b.weight": (64, 400), "c.norm.weight": (1000,), "c.bias": (1000,)})
    assert torch.equal(drawn.read("a.weight"), drawn.read("a.weight"))
    assert not torch.equal(drawn.read("a.weight"), drawn.read("b.weight"))
    assert float(drawn.read("a.weight").std()) == pytest.approx(0.8 / 20, rel=0.05)
    assert float(drawn.read("c.norm.weight").mean()) == pytest.approx(1, abs=0.05)
    assert network_test.LIMITS.keys() == {torch.float32, torch.float16, torch.bfloat16}
