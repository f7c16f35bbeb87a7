"""The tiny decoder gives what its reference gives, a frame at a time, and on a Mac too."""

from __future__ import annotations

import weakref

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.engines.svd.conftest import error
from tests.engines.svd.test_audit import Audit
from tests.support import tiny_decoder as support
from tests.support.live import Live
from videoai.engines.svd import kernels, tiny_decoder
from videoai.engines.svd.cost.tiny import tiny_peak
from videoai.engines.svd.weights import Weights
from videoai.errors import ModelDamaged, ModelMissing
from videoai.weights.tensor_source import MemorySource


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return support.save(tmp_path_factory.mktemp("tiny-decoder"))


def latents(frames=4, height=5, width=7):
    """Some of them beyond what the clamp leaves as it is."""
    return 2 * torch.randn(frames, 4, height, width)


def ours(network, z):
    """In the colours of the reference, from 0 to 1."""
    return torch.stack(list(network.frames(z))) / 2 + 0.5


@pytest.mark.parametrize("onednn", [True, False])
def test_the_frames_are_those_of_the_reference(file, monkeypatch, onednn):
    monkeypatch.setattr(kernels, "_HAS_ONEDNN", kernels._HAS_ONEDNN and onednn)
    network, reference, z = tiny_decoder.load(file), support.reference(), latents()
    assert error(ours(network, z), reference.one_by_one(z)) <= 1e-5
    assert error(ours(network, z), reference.all_at_once(z)) <= 1e-5


def test_a_frame_knows_the_one_before_it_and_no_frame_after_it(file):
    network, z = tiny_decoder.load(file), latents(4)
    whole = ours(network, z)
    first, last = z.clone(), z.clone()
    first[0] += 1
    last[3] += 1
    changed = [
        [bool((a != b).any()) for a, b in zip(whole, ours(network, other), strict=True)] for other in (first, last)
    ]
    assert changed == [[True, True, True, True], [False, False, False, True]]


def test_a_clip_begins_without_a_memory_of_another(file):
    network, z = tiny_decoder.load(file), latents(3)
    assert torch.equal(ours(network, z), ours(network, z))
    assert torch.equal(network.alone(z[0]), next(network.frames(z)))
    assert not torch.equal(network.alone(z[1]), list(network.frames(z))[1])


def test_large_latents_are_clamped(file):
    network = tiny_decoder.load(file)
    assert error(ours(network, torch.full((1, 4, 8, 8), 50.0)), ours(network, torch.full((1, 4, 8, 8), 70.0))) <= 1e-5


def test_frames_come_one_by_one_and_none_is_held(file, monkeypatch):
    network, seen = tiny_decoder.load(file), []
    calls = []
    whole = tiny_decoder.TinyDecoder._frame
    monkeypatch.setattr(tiny_decoder.TinyDecoder, "_frame", lambda *given: calls.append(1) or whole(*given))
    for frame in network.frames(latents(6)):
        seen.append(weakref.ref(frame))
        assert len(calls) == len(seen)
        del frame
    assert [reference() for reference in seen] == [None] * 6


@pytest.mark.parametrize(("dtype", "limit"), [(torch.float16, 1e-2), (torch.bfloat16, 6e-2)])
def test_in_half_precision_it_is_nearly_the_same(file, dtype, limit):
    z = latents()
    assert error(ours(tiny_decoder.load(file, dtype=dtype), z), support.reference().one_by_one(z)) <= limit


def test_a_file_of_halves_and_one_of_the_decoder_alone_are_read(tmp_path, file):
    z = latents(2)
    halves = tiny_decoder.load(support.save(tmp_path, dtype=torch.float16))
    assert error(ours(halves, z), support.reference().one_by_one(z)) <= 1e-2
    alone = tmp_path / "alone.safetensors"
    save_file({name[8:]: t for name, t in load_file(file).items() if name.startswith("decoder.")}, alone)
    assert torch.equal(ours(tiny_decoder.load(alone), z), ours(tiny_decoder.load(file), z))


def test_another_networks_weights_are_refused(tmp_path, file):
    tensors = load_file(file)
    for change in ({"decoder.1.weight": torch.zeros(64, 16, 3, 3)}, {"decoder.20.weight": torch.zeros(1)}):
        save_file(tensors | change, tmp_path / "other.safetensors")
        with pytest.raises(ModelDamaged, match=r"decoder\.(1|20)\.weight"):
            tiny_decoder.load(tmp_path / "other.safetensors")
    del tensors["decoder.18.conv.4.bias"]
    save_file(tensors, tmp_path / "other.safetensors")
    with pytest.raises(ModelDamaged, match=r"decoder\.18\.conv\.4\.bias is missing"):
        tiny_decoder.load(tmp_path / "other.safetensors")
    with pytest.raises(ModelMissing):
        tiny_decoder.load(tmp_path / "none.safetensors")


@pytest.mark.parametrize("size", [(384, 640), (1024, 1024)])
def test_every_operator_runs_on_mps_and_no_tensor_is_too_large(file, size):
    meta = {name: tensor.to("meta") for name, tensor in load_file(file).items()}
    network = tiny_decoder.TinyDecoder(Weights(MemorySource(meta), device="meta").at("decoder"))
    with Audit() as audit:
        z = torch.empty(3, 4, size[0] // 8, size[1] // 8, device="meta")
        assert [frame.shape for frame in network.frames(z)] == [(3, *size)] * 3
    assert audit.calls > 50
    assert not audit.problems


@pytest.mark.parametrize("alone", [True, False])
def test_it_takes_the_memory_that_is_planned_for_it_however_many_frames_there_are(file, alone, monkeypatch):
    monkeypatch.setattr(kernels, "_HAS_ONEDNN", False)  # whose layouts of weights tell nobody what they take
    network, z = tiny_decoder.load(file), latents(4, 8, 12)
    for _ in network.frames(z[:2]):  # by then all weights are laid out
        pass
    with Live() as live:
        for frame in map(network.alone, z) if alone else network.frames(z):
            del frame
    assert live.peak == pytest.approx(tiny_peak(64, 96, 4, alone=alone), rel=0.15)
