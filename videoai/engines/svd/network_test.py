"""Does this machine compute each whole network rightly? Each is run on a small input and compared with the CPU.

self_test.py looks at kinds of layers, with weights of its own; here all layers of a network work together, with the
weights of a model and in the numbers that a run computes in. The reference is the same network on the CPU in float32;
in float64 where that is what a run computes with.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from videoai.engines.devices import Device
from videoai.engines.svd import clip, unet, vae
from videoai.engines.svd.weights import Weights
from videoai.weights.config import VAEConfig
from videoai.weights.model_files import ModelFiles
from videoai.weights.opening import open_part

LIMITS: Mapping[torch.dtype, float] = MappingProxyType({torch.float32: 1e-3, torch.float16: 2e-2, torch.bfloat16: 5e-2})
"""The most that the result may differ: the difference's norm as a share of the result's. Some times what rounding adds
up to over all layers."""

_FRAMES, _HEIGHT, _WIDTH = 4, 128, 192
"""Small enough for the CPU to take seconds; the smallest map is 2×3, where kernels are most likely to be wrong."""

_LATENT = 8


@dataclass(frozen=True, slots=True)
class NetworkCheck:
    """How one network on the device compares with the CPU, which computes in `reference`.

    `error` is the norm of the difference and `largest` its largest value, both as a share of the same of the reference;
    None where the result is not finite. `missing` are operators for which the device has no kernel, so that the CPU
    stood in.
    """

    network: str
    dtype: str
    reference: str
    finite: bool
    error: float | None
    largest: float | None
    limit: float
    missing: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.error is not None and self.error <= self.limit

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self) | {"missing": list(self.missing), "ok": self.ok}


def compare(network: str, files: ModelFiles, device: Device) -> NetworkCheck:
    """Run one of the NETWORKS of networks.py on `device` and on the CPU, with the weights in `files`.

    Raises what loading them raises; and NotImplementedError for an operator that MPS lacks, unless
    PYTORCH_ENABLE_MPS_FALLBACK is set.
    """
    run = _RUNS[network]
    with torch.inference_mode(), _missing_kernels() as missing:
        ours, dtype = run(files, device)
        exact = torch.float64 if (device.name, dtype) == ("cpu", torch.float32) else torch.float32
        reference, _ = run(files, Device("cpu", exact))
    finite = bool(torch.isfinite(ours).all())
    difference = ours - reference
    return NetworkCheck(
        network,
        _name(dtype),
        _name(exact),
        finite,
        float(difference.norm() / reference.norm()) if finite else None,
        float(difference.abs().max() / reference.abs().max()) if finite else None,
        LIMITS[dtype],
        tuple(missing),
    )


_Run = Callable[[ModelFiles, Device], tuple[Tensor, torch.dtype]]
"""The network's result, float64 on the CPU, and what it computed in."""


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _clip(files: ModelFiles, device: Device) -> tuple[Tensor, torch.dtype]:
    network = clip.load(files.image_encoder, device=device.name, dtype=device.dtype)
    size = network.config.size
    return _result(network(_noise(1, network.config.channels, size, size))), network.dtype


def _encoder(files: ModelFiles, device: Device) -> tuple[Tensor, torch.dtype]:
    # On every device a run has it in float32.
    dtype = torch.float64 if device.dtype == torch.float64 else torch.float32
    config, source = open_part(files.vae, VAEConfig)
    network = vae.VAEEncoder(config, Weights(source, device=device.name, dtype=dtype))
    return _result(network(_noise(1, network.config.in_channels, _HEIGHT, _WIDTH).clamp(-1, 1))), network.dtype


def _unet(files: ModelFiles, device: Device) -> tuple[Tensor, torch.dtype]:
    network = unet.load(files.unet, device=device.name, dtype=device.dtype)
    conditioning = network.conditioning(_noise(1, 1, network.config.cross_attention_dim[0]))
    latents = _noise(_FRAMES, network.config.in_channels, _HEIGHT // _LATENT, _WIDTH // _LATENT)
    return _result(network(latents, 1.3, torch.tensor([[5.0, 100.0, 0.02]]), conditioning)), network.dtype


def _decoder(files: ModelFiles, device: Device) -> tuple[Tensor, torch.dtype]:
    network = vae.load_decoder(files.vae, device=device.name, dtype=device.dtype)
    latents = _noise(_FRAMES, network.config.latent_channels, _HEIGHT // _LATENT, _WIDTH // _LATENT)
    return torch.stack([_result(frame) for frame in network.frames(latents)]), network.dtype


_RUNS: Mapping[str, _Run] = MappingProxyType(
    {"clip": _clip, "vae_encoder": _encoder, "unet": _unet, "vae_decoder": _decoder}
)


def _noise(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


def _result(tensor: Tensor) -> Tensor:
    return tensor.to("cpu").double()


_FALLBACK = re.compile(r"The operator '(?P<operator>[^']+)' is not currently supported on the MPS backend")
"""As torch's MPSFallback.mm says it."""


@contextmanager
def _missing_kernels() -> Iterator[list[str]]:
    """The operators that the block needs and MPS lacks, when it has ended; each once, in order."""
    found: list[str] = []
    before = torch.is_warn_always_enabled()
    torch.set_warn_always(True)  # or only the first operator of a process would be spoken of
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield found
    finally:
        torch.set_warn_always(before)
    named = (_FALLBACK.search(str(warning.message)) for warning in caught)
    found += dict.fromkeys(match["operator"] for match in named if match)
