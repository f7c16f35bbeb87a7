"""The networks at their full size, with random weights, in a folder laid out as diffusers lays out a checkpoint."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from videoai.engines.svd.random_weights import random_weight
from videoai.weights.svd_configs import IMAGE_ENCODER, UNET, VAE

_FILES = {
    "unet": (UNET, "diffusion_pytorch_model.safetensors"),
    "vae": (VAE, "diffusion_pytorch_model.safetensors"),
    "image_encoder": (IMAGE_ENCODER, "model.safetensors"),
}


def prepare(cache: Path, part: str, *, half: bool = False) -> Path:
    """The folder of one part (`unet`, `vae` or `image_encoder`), made if it is not there yet.

    With `half`, a folder with the same weights rounded to fp16.
    """
    config, name = _FILES[part]
    folder = cache / ("halves" if half else "full") / part
    if not (folder / name).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(config, indent=2))
        _write(folder / name, _shapes(part), torch.float16 if half else torch.float32)
    return folder


def reference(part: str) -> torch.nn.Module:
    """The peer's network of one part, without weights, on the meta device."""
    from diffusers import AutoencoderKLTemporalDecoder, UNetSpatioTemporalConditionModel
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    with torch.device("meta"):
        if part == "unet":
            network: torch.nn.Module = UNetSpatioTemporalConditionModel.from_config(UNET)
        elif part == "vae":
            network = AutoencoderKLTemporalDecoder.from_config(VAE)
        else:
            network = CLIPVisionModelWithProjection(CLIPVisionConfig(**IMAGE_ENCODER))
    # A few parameters are made without asking for the default device.
    return network.to("meta")


def load_reference(folder: Path, dtype: torch.dtype = torch.float32) -> torch.nn.Module:
    """The peer's network with the weights of a folder that `prepare` made, as its own loader does it, in that type."""
    from diffusers import AutoencoderKLTemporalDecoder, UNetSpatioTemporalConditionModel
    from transformers import CLIPVisionModelWithProjection

    kinds = {
        "unet": UNetSpatioTemporalConditionModel,
        "vae": AutoencoderKLTemporalDecoder,
        "image_encoder": CLIPVisionModelWithProjection,
    }
    network: torch.nn.Module = kinds[folder.name].from_pretrained(folder, torch_dtype=dtype)
    return network.eval()


def _shapes(part: str) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in reference(part).state_dict().items() if "position_ids" not in name}


def _write(path: Path, shapes: Mapping[str, torch.Size], dtype: torch.dtype) -> None:
    """A safetensors file, one tensor in memory at a time."""
    header: dict[str, Any] = {}
    at = 0
    for name, shape in shapes.items():
        size = math.prod(shape) * dtype.itemsize
        kind = "F16" if dtype == torch.float16 else "F32"
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    header["__metadata__"] = {"format": "pt"}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    generator = torch.Generator().manual_seed(0)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, shape in shapes.items():
            file.write(random_weight(name, shape, generator).to(dtype).numpy().tobytes())
    unfinished.rename(path)
