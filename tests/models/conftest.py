"""The checkpoints of the tests of weights, for those of models too; and a hub that has them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from tests.models.hub import server as hub_server
from tests.models.hub.server import HubServer
from tests.weights.conftest import (  # noqa: F401
    _no_gradients,
    configs,
    jsons,
    originals,
    quick_fp16,
    tensors,
    tiny_fp16,
)
from videoai.weights import svd_configs

XT = "stabilityai/stable-video-diffusion-img2vid-xt"
XT_1_1 = "stabilityai/stable-video-diffusion-img2vid-xt-1-1"
LCM = "wangfuyun/AnimateLCM-SVD-xt"
_UNET = "unet/diffusion_pytorch_model.fp16.safetensors"


@pytest.fixture(scope="session")
def repositories(tmp_path_factory, quick_fp16) -> Path:  # noqa: F811
    """The hub's side: two whole checkpoints, one of them gated, and a UNet alone in full precision."""
    root = tmp_path_factory.mktemp("hub")
    for repo in (XT, XT_1_1):
        shutil.copytree(quick_fp16, root / repo)
    (root / LCM).mkdir(parents=True)
    unet = {name: tensor.float() for name, tensor in load_file(quick_fp16 / _UNET).items()}
    save_file(unet, root / LCM / "AnimateLCM-SVD-xt.safetensors")
    return root


@pytest.fixture
def hub(repositories, tmp_path, monkeypatch) -> Iterator[HubServer]:
    with HubServer(repositories, gated={XT_1_1: "hf_right"}) as hub:
        hub_server.use(monkeypatch, hub, tmp_path / "hf")
        yield hub


@pytest.fixture
def tiny_standard(monkeypatch, jsons) -> None:  # noqa: F811
    """Let the standard networks be tiny ones, for files that bring no configuration."""
    jsons = json.loads(json.dumps(jsons))
    monkeypatch.setattr(svd_configs, "UNET", jsons["unet"])
    monkeypatch.setattr(svd_configs, "VAE", jsons["vae"])
    monkeypatch.setattr(svd_configs, "IMAGE_ENCODER", jsons["image_encoder"])
    files = dict(svd_configs.FILES) | {f"{part}/config.json": values for part, values in jsons.items()}
    monkeypatch.setattr(svd_configs, "FILES", files)
