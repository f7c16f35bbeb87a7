"""Where there is CUDA: each kind of layer, the full-size networks in half precision, a whole run, and a killed one."""

from __future__ import annotations

import os
import signal
from contextlib import closing

import pytest
import torch

from tests.jobs.commands import Command, denoising, wait_for, worker_of
from tests.jobs.conftest import tiny  # noqa: F401
from tests.support import full_size
from tests.support.denoiser import inputs, ours
from videoai.engines.devices import best_device
from videoai.engines.svd import unet, vae
from videoai.engines.svd.self_test import self_test
from videoai.history.recovery import open_store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA"),
]

WORST = 0.02
"""Of a pass in half precision, as a share of what full precision computes (root mean square)."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return lambda part: full_size.prepare(tmp_path_factory.getbasetemp() / "full-size", part, half=True)


def error(found: torch.Tensor, wanted: torch.Tensor) -> float:
    found = found.float().cpu()
    assert found.isfinite().all()
    return float((found - wanted).norm() / wanted.norm())


def test_every_kind_of_layer():
    device = best_device()
    assert (device.name, device.dtype) == ("cuda", torch.float16)
    checks = list(self_test(device))
    assert checks
    assert [check for check in checks if not check.ok] == []


def test_a_pass_of_the_denoiser(folder):
    given = inputs(4, 256, 256)
    wanted = ours(unet.load(folder("unet")), given)
    there = {name: value.cuda() if isinstance(value, torch.Tensor) else value for name, value in given.items()}
    network = unet.load(folder("unet"), device="cuda", dtype=torch.float16, storage_dtype=torch.float16)
    assert error(ours(network, there), wanted) < WORST


def test_a_decoded_clip(folder):
    latents = torch.randn(2, 4, 32, 32, generator=torch.Generator().manual_seed(1))
    wanted = torch.cat(list(vae.load_decoder(folder("vae")).frames(latents)))
    decoder = vae.load_decoder(folder("vae"), device="cuda", dtype=torch.float16, storage_dtype=torch.float16)
    assert error(torch.cat([frame.cpu() for frame in decoder.frames(latents.cuda())]), wanted) < WORST


def test_a_run_gives_the_same_bytes_again_and_after_a_kill(tiny, tmp_path, own_home):  # noqa: F811
    videos = []
    for name in ("one.mp4", "two.mp4"):
        code, said = Command(tiny, tmp_path / name).wait()
        assert code == 0, said
        videos.append((tmp_path / name).read_bytes())
    assert videos[0] == videos[1]
    whole = Command(tiny, tmp_path / "whole.mp4", "--steps", 40).wait()
    assert whole[0] == 0, whole[1]
    run = Command(tiny, tmp_path / "killed.mp4", "--steps", 40)
    with closing(open_store(print)) as store:
        job = wait_for(store, denoising(1))
        os.kill(worker_of(job).pid, signal.SIGKILL)
    code, said = run.wait()
    assert code == 0, said
    assert "continues from its last step" in said
    assert (tmp_path / "killed.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()
