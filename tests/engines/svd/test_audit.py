"""What MPS cannot do, or does wrongly, is nowhere in the networks: shown without a Mac.

Runs on the meta device, where the networks go the way of an accelerator: tiny ones with weights of every kind, and
full-size ones at the full sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
import torchgen
import yaml
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from tests.engines.svd.conftest import error, packed_at
from tests.support import full_size
from videoai.engines.svd import clip, kernels, unet, vae
from videoai.engines.svd.chunking import ChunkSizes
from videoai.engines.svd.weights import Weights
from videoai.weights import svd_configs
from videoai.weights.config import CLIPVisionConfig, UNetConfig, VAEConfig
from videoai.weights.tensor_source import MemorySource

GIB = 2**30
CONVOLUTION = ("convolution", "convolution_overrideable")
PRODUCTS = {
    nn.functional.linear: "linear",
    nn.functional.scaled_dot_product_attention: "scaled_dot_product_attention",
}
"""Which are wrong for some operands that are not contiguous; to the dispatcher they are other operators already."""


@cache
def native_functions() -> dict[str, dict]:
    """PyTorch's own list of operators and of the kernels each has, by full name."""
    path = Path(torchgen.__file__).parent / "packaged" / "ATen" / "native" / "native_functions.yaml"
    rows = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
    return {row["func"].split("(")[0]: row for row in rows}


@cache
def runs_on_mps(name: str) -> bool:
    """Whether the operator has an MPS kernel, its own or its structured delegate's, or is made of others."""
    row = native_functions().get(name)
    if row is None:
        return False
    if "structured_delegate" in row:
        return runs_on_mps(row["structured_delegate"])
    dispatch = row.get("dispatch")
    keys = {key.strip() for keys in dispatch or () for key in keys.split(",")}
    return dispatch is None or any(key == "MPS" or key.startswith("Composite") for key in keys)


def tensors_in(found: object) -> Iterator[torch.Tensor]:
    if isinstance(found, torch.Tensor):
        yield found
    elif isinstance(found, (tuple, list, dict)):
        for part in found.values() if isinstance(found, dict) else found:
            yield from tensors_in(part)


class _Operands(TorchFunctionMode):
    """Looks at the operands of products, as the code calls them."""

    def __init__(self, problems: set[str]) -> None:
        super().__init__()
        self.problems = problems

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if function in PRODUCTS:
            for tensor in tensors_in((args, kwargs)):
                if not tensor.is_contiguous():
                    self.problems.add(f"{PRODUCTS[function]} has an operand that is not contiguous")
        return function(*args, **(kwargs or {}))


class Audit(TorchDispatchMode):
    """Looks at every operator and every tensor that goes in or comes out."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: set[str] = set()
        self.calls = 0
        self.largest = 0
        self._operands = _Operands(self.problems)

    def __enter__(self) -> Audit:
        self._operands.__enter__()
        super().__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._operands.__exit__(*error)

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        result = operator(*args, **(kwargs or {}))
        self.calls += 1
        name = operator._schema.name.removeprefix("aten::")
        overload = operator._schema.overload_name
        full = f"{name}.{overload}" if overload else name
        if not runs_on_mps(full):
            self.problems.add(f"{full} has no MPS kernel")
        if name == "baddbmm":
            self.problems.add("baddbmm keeps the NaN of uninitialised memory")
        if "3d" in name or (name in CONVOLUTION and args[1].ndim > 4):
            self.problems.add(f"{full} is three-dimensional")
        if name in CONVOLUTION and not args[1].is_contiguous():
            self.problems.add(f"{full} has a weight that is not contiguous")
        for tensor in tensors_in((args, kwargs, result)):
            self._look_at(tensor, full)
        return result

    def _look_at(self, tensor: torch.Tensor, operator: str) -> None:
        self.largest = max(self.largest, tensor.numel())
        if tensor.dtype == torch.float64:
            self.problems.add(f"{operator} works on float64")
        if tensor.dtype.is_complex:
            self.problems.add(f"{operator} works on complex numbers")
        if tensor.numel() >= 2**31 or tensor.numel() * tensor.element_size() >= 4 * GIB:
            self.problems.add(f"{operator} works on a tensor of {tuple(tensor.shape)}")


def run_clip(network: clip.CLIPVision) -> torch.Tensor:
    return network(torch.zeros(1, 3, 224, 224))


def run_encoder(network: vae.VAEEncoder, height: int, width: int) -> torch.Tensor:
    return network(torch.zeros(1, 3, height, width))


def run_decoder(network: vae.VAEDecoder, frames: int, height: int, width: int) -> torch.Tensor:
    return torch.stack(list(network.frames(torch.zeros(frames, 4, height // 8, width // 8))))


def run_unet(network: unet.UNet, frames: int, height: int, width: int) -> torch.Tensor:
    context = network.conditioning(torch.zeros(1, 1, network.config.cross_attention_dim[0]))
    return network(torch.zeros(frames, 8, height // 8, width // 8), 1.0, torch.tensor([5.0, 100.0, 0.02]), context)


WAYS: dict[str, dict[str, Any]] = {
    "whole": {},
    "in halves": {"dtype": torch.float16},
    "8 bits": {"dtype": torch.float16, "pack": packed_at(8)},
    "4 bits": {"dtype": torch.float16, "pack": packed_at(4)},
    "streamed": {"dtype": torch.float16, "streamed": True},
    "in chunks": {"chunks": ChunkSizes(50, 20, 800)},
}
"""How a network may be loaded: options of its `load`."""
RESIDENT = ("whole", "in halves", "8 bits", "4 bits", "in chunks")


@dataclass(frozen=True)
class Network:
    """How to load one from a tiny checkpoint, what to do with it, and in which ways: a new one is a row."""

    load: Callable[..., Any]
    part: str
    run: Callable[[Any], torch.Tensor]
    ways: tuple[str, ...]


NETWORKS = {
    "clip": Network(clip.load, "image_encoder", run_clip, tuple(WAYS)),
    "encoder": Network(vae.load_encoder, "vae", lambda network: run_encoder(network, 64, 96), ("whole", "in chunks")),
    "decoder": Network(vae.load_decoder, "vae", lambda network: run_decoder(network, 3, 16, 24), RESIDENT),
    "unet": Network(unet.load, "unet", lambda network: run_unet(network, 3, 40, 56), tuple(WAYS)),
}


FAST = {(name, each.ways[1]) for name, each in NETWORKS.items()} | {("unet", "4 bits"), ("unet", "in chunks")}
"""One way for each network, and for the largest one those that compute otherwise; the slow set has them all."""


@pytest.mark.parametrize(
    ("name", "way"),
    [
        pytest.param(name, way, marks=[pytest.mark.slow] * ((name, way) not in FAST))
        for name, each in NETWORKS.items()
        for way in each.ways
    ],
)
def test_every_operator_runs_on_mps(tiny, name, way):
    network = NETWORKS[name]
    loaded = network.load(tiny / network.part, device="meta", **WAYS[way])
    with Audit() as audit:
        network.run(loaded)
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


def meta(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.empty(shape, dtype=dtype, device="meta")


F = nn.functional
BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "conv3d": (lambda: F.conv3d(meta(1, 1, 3, 3, 3), meta(1, 1, 3, 1, 1)), "three-dimensional"),
    "avg_pool3d": (lambda: F.avg_pool3d(meta(1, 1, 4, 4, 4), 2), "three-dimensional"),
    "max_pool3d": (lambda: F.max_pool3d(meta(1, 1, 4, 4, 4), 2), "three-dimensional"),
    "adaptive_pool3d": (lambda: F.adaptive_avg_pool3d(meta(1, 1, 4, 4, 4), 2), "three-dimensional"),
    "interpolate": (lambda: F.interpolate(meta(1, 1, 4, 4, 4), scale_factor=2), "three-dimensional"),
    "conv_transpose3d": (lambda: F.conv_transpose3d(meta(1, 1, 3, 3, 3), meta(1, 1, 3, 1, 1)), "three-dimensional"),
    "weight": (lambda: F.conv2d(meta(1, 2, 5, 5), meta(2, 2, 3, 3).mT), "weight that is not contiguous"),
    "linear, input": (lambda: F.linear(meta(8, 4).t(), meta(3, 8)), "linear has an operand that is not contiguous"),
    "linear, weight": (lambda: F.linear(meta(4, 8), meta(8, 3).t()), "linear has an operand that is not contiguous"),
    "queries": (
        lambda: F.scaled_dot_product_attention(meta(1, 6, 2, 8).transpose(1, 2), meta(1, 2, 6, 8), meta(1, 2, 6, 8)),
        "attention has an operand that is not contiguous",
    ),
    "values": (
        lambda: F.scaled_dot_product_attention(meta(1, 2, 6, 8), meta(1, 2, 6, 8), value=meta(1, 2, 8, 6).mT),
        "attention has an operand that is not contiguous",
    ),
    "complex": (lambda: torch.fft.fft(meta(8)), "complex numbers"),
    "float64": (lambda: meta(2, dtype=torch.float64) + 1, "float64"),
    "large": (lambda: meta(2**29, 4).relu(), "tensor of (536870912, 4)"),
    "heavy": (lambda: meta(2**28, 4).relu(), "tensor of (268435456, 4)"),
    "baddbmm": (lambda: torch.baddbmm(meta(1, 2, 2), meta(1, 2, 2), meta(1, 2, 2), beta=0), "baddbmm"),
    "no kernel": (lambda: torch.linalg.eigvals(torch.eye(2)), "linalg_eig has no MPS kernel"),
    "of another library": (lambda: torch.ops.prims.sin(meta(2)), "prims::sin has no MPS kernel"),
}
"""For each rule something that breaks it."""


@pytest.mark.parametrize(("bad", "words"), BAD.values(), ids=BAD.keys())
def test_the_audit_sees_what_it_should(bad, words):
    with Audit() as audit:
        bad()
    assert words in " ".join(audit.problems)


def test_products_agree_whichever_kernel_computes_them(tiny, monkeypatch):
    """Of noise. Of zeros, every pixel of a channel is the same, and a GroupNorm that sees one channel divides by the
    root of its eps alone: it makes rounding errors a thousand times as large, of any kernel (2e-3 from float64)."""
    generator = torch.Generator().manual_seed(1)
    latents, token = (torch.randn(shape, generator=generator) for shape in ((3, 8, 8, 8), (1, 1, 32)))

    def run(dtype: torch.dtype) -> torch.Tensor:
        network = unet.load(tiny / "unet", dtype=dtype)
        return network(latents, 1.0, torch.tensor([5.0, 100.0, 0.02]), network.conditioning(token)).double()

    ours, exact = run(torch.float32), run(torch.float64)
    monkeypatch.setattr(kernels, "_HAS_ONEDNN", False)
    plain = run(torch.float32)
    assert error(ours, exact) <= 1e-5
    assert error(plain, exact) <= 1e-5
    assert error(ours, plain) <= 1e-5
