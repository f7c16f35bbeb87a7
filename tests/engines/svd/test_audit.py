"""What MPS cannot do, or does wrongly, is nowhere in the networks: shown without a Mac.

One run on the CPU, with the operators that a Mac would use, and one on the meta device at the full sizes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
import torchgen
import yaml
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from tests.engines.svd.conftest import error
from tests.support import full_size
from videoai.engines.svd import clip, kernels, unet, vae
from videoai.engines.svd.chunking import ChunkSizes
from videoai.engines.svd.weights import Weights
from videoai.weights import svd_configs
from videoai.weights.config import CLIPVisionConfig, UNetConfig, VAEConfig
from videoai.weights.tensor_source import MemorySource

GIB = 2**30
CONVOLUTION = ("convolution", "convolution_overrideable", "mkldnn_convolution", "_slow_conv2d_forward", "thnn_conv2d")
CPU_STAND_INS = {
    # The CPU's own attention kernel stands where _scaled_dot_product_attention_math_for_mps would.
    "_scaled_dot_product_flash_attention_for_cpu",
    # The CPU's convolution stands where mps_convolution would, its statistics of rows where var_mean would.
    "mkldnn_convolution",
    "batch_norm_update_stats",
}


@cache
def native_functions() -> dict[str, dict]:
    """PyTorch's own list of operators and of the kernels each has, by full name."""
    path = Path(torchgen.__file__).parent / "packaged" / "ATen" / "native" / "native_functions.yaml"
    rows = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
    return {row["func"].split("(")[0]: row for row in rows}


def runs_on_mps(name: str) -> bool:
    """Whether the operator has an MPS kernel, its own or its structured delegate's, or is made of others."""
    row = native_functions()[name]
    if "structured_delegate" in row:
        return runs_on_mps(row["structured_delegate"])
    dispatch = row.get("dispatch")
    keys = {key.strip() for keys in dispatch or () for key in keys.split(",")}
    return dispatch is None or any(key == "MPS" or key.startswith("Composite") for key in keys)


class Audit(TorchDispatchMode):
    """Looks at every operator and every tensor that goes in or comes out."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: set[str] = set()
        self.calls = 0
        self.largest = 0

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        result = operator(*args, **(kwargs or {}))
        self.calls += 1
        name = operator._schema.name.removeprefix("aten::")
        overload = operator._schema.overload_name
        full = f"{name}.{overload}" if overload else name
        if name not in CPU_STAND_INS and not runs_on_mps(full):
            self.problems.add(f"{full} has no MPS kernel")
        if name == "baddbmm":
            self.problems.add("baddbmm keeps the NaN of uninitialised memory")
        if name in CONVOLUTION:
            weight = args[1]
            if weight.ndim > 4 or "3d" in name:
                self.problems.add(f"{full} is three-dimensional")
            if weight.device.type == "meta" and not weight.is_contiguous():
                self.problems.add(f"{full} has a weight that is not contiguous")
        for tensor in tree_leaves((args, kwargs or {}, result)):
            if isinstance(tensor, torch.Tensor):
                self._look_at(tensor, full)
        return result

    def _look_at(self, tensor: torch.Tensor, operator: str) -> None:
        self.largest = max(self.largest, tensor.numel())
        if tensor.dtype == torch.float64:
            self.problems.add(f"{operator} works on float64")
        if tensor.numel() >= 2**31 or tensor.numel() * tensor.element_size() >= 4 * GIB:
            self.problems.add(f"{operator} works on a tensor of {tuple(tensor.shape)}")


@pytest.fixture(autouse=True)
def _products_of_a_mac(monkeypatch):
    monkeypatch.setattr(kernels, "_HAS_ONEDNN", False)


def run_clip(network: clip.CLIPVision) -> torch.Tensor:
    return network(torch.zeros(1, 3, 224, 224))


def run_encoder(network: vae.VAEEncoder, height: int, width: int) -> torch.Tensor:
    return network(torch.zeros(1, 3, height, width))


def run_decoder(network: vae.VAEDecoder, frames: int, height: int, width: int) -> torch.Tensor:
    return torch.stack(list(network.frames(torch.zeros(frames, 4, height // 8, width // 8))))


def run_unet(network: unet.UNet, frames: int, height: int, width: int) -> torch.Tensor:
    context = network.conditioning(torch.zeros(1, 1, network.config.cross_attention_dim[0]))
    return network(torch.zeros(frames, 8, height // 8, width // 8), 1.0, torch.tensor([5.0, 100.0, 0.02]), context)


TINY: dict[str, Callable[[Path], object]] = {
    "clip": lambda folder: run_clip(clip.load(folder / "image_encoder")),
    "encoder": lambda folder: run_encoder(vae.load_encoder(folder / "vae"), 64, 96),
    "decoder": lambda folder: run_decoder(vae.load_decoder(folder / "vae"), 3, 32, 48),
    "unet": lambda folder: run_unet(unet.load(folder / "unet"), 5, 64, 96),
    "unet in chunks": lambda folder: run_unet(unet.load(folder / "unet", chunks=ChunkSizes(9, 5, 40)), 3, 72, 88),
}


@pytest.mark.parametrize("run", TINY.values(), ids=TINY.keys())
def test_every_operator_runs_on_mps(tiny, run):
    with Audit() as audit:
        run(tiny)
    assert audit.calls > 50
    assert not audit.problems


def meta_weights(part: str, dtype: torch.dtype, prefix: str = "") -> Weights:
    """Weights of the full size that take no memory; numbers, which are read once while loading, are real."""
    tensors = {
        name: torch.zeros(1) if "mix_factor" in name else torch.empty(tensor.shape, dtype=dtype, device="meta")
        for name, tensor in full_size.reference(part).state_dict().items()
        if name.startswith(prefix) or part != "vae"
    }
    return Weights(MemorySource(tensors), device="meta", dtype=dtype)


@pytest.fixture(scope="session")
def configs(tmp_path_factory) -> Path:
    """The full-size config files."""
    import json

    folder = tmp_path_factory.mktemp("configs")
    for name, values in (("UNET", svd_configs.UNET), ("VAE", svd_configs.VAE), ("CLIP", svd_configs.IMAGE_ENCODER)):
        (folder / f"{name}.json").write_text(json.dumps(values))
    return folder


SIZES = [(14, 384, 640), (25, 576, 1024)]
"""The default, and the largest preset: in fp32, whose tensors are the larger."""


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_no_tensor_of_the_denoiser_is_too_large(configs, size):
    network = unet.UNet(UNetConfig.read(configs / "UNET.json"), meta_weights("unet", torch.float32))
    with Audit() as audit:
        assert run_unet(network, *size).shape == (size[0], 4, size[1] // 8, size[2] // 8)
    assert not audit.problems


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_no_tensor_of_the_decoder_is_too_large(configs, size):
    network = vae.VAEDecoder(VAEConfig.read(configs / "VAE.json"), meta_weights("vae", torch.float32, "decoder"))
    with Audit() as audit:
        frames = list(network.frames(torch.empty(size[0], 4, size[1] // 8, size[2] // 8, device="meta")))
    assert [frame.shape for frame in frames] == [(3, *size[1:])] * size[0]
    assert not audit.problems


def test_no_tensor_of_the_encoders_is_too_large(configs):
    encoder = vae.VAEEncoder(VAEConfig.read(configs / "VAE.json"), meta_weights("vae", torch.float32))
    image_encoder = clip.CLIPVision(
        CLIPVisionConfig.read(configs / "CLIP.json"), meta_weights("image_encoder", torch.float16)
    )
    with Audit() as audit:
        assert run_encoder(encoder, 1024, 1024).shape == (1, 4, 128, 128)
        assert run_clip(image_encoder).shape == (1, 1024)
    assert not audit.problems


def test_the_audit_sees_what_it_should():
    with Audit() as audit:
        torch.nn.functional.conv3d(torch.zeros(1, 1, 3, 3, 3), torch.zeros(1, 1, 3, 1, 1))
        torch.zeros(2, dtype=torch.float64) + 1
        torch.empty(2**29, 4, device="meta").relu()
        torch.linalg.eigvals(torch.eye(2))
    found = " ".join(audit.problems)
    assert "three-dimensional" in found
    assert "float64" in found
    assert "tensor of (536870912, 4)" in found
    assert "linalg_eig" in found


def test_products_agree_whichever_kernel_computes_them(tiny, monkeypatch):
    plain = run_unet(unet.load(tiny / "unet"), 3, 64, 64)
    monkeypatch.undo()
    assert error(run_unet(unet.load(tiny / "unet"), 3, 64, 64), plain) <= 1e-5
