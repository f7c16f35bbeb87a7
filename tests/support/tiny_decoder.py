"""TAESDV's decoder in plain torch modules, as a reference: a frame at a time, and all frames side by side.

Written after the published architecture (github.com/madebyollin/taesdv, MIT licence, © 2024 Ollin Boer Bohan), with
its numbering of layers, so that a state dict of it has the names of the published file.
"""

from __future__ import annotations

import math
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from videoai.catalogue import TINY_DECODER


class Clamp(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 3 * torch.tanh(x / 3)


def convolution(inputs: int, outputs: int, *, bias: bool = True) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel_size=3, padding=1, bias=bias)


class MemoryBlock(nn.Module):
    """A frame's activation beside the one of the frame before it: relu(three convolutions of both + the former)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            convolution(2 * channels, channels),
            nn.ReLU(),
            convolution(channels, channels),
            nn.ReLU(),
            convolution(channels, channels),
        )

    def forward(self, x: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
        return torch.relu(x + self.conv(torch.cat((x, before), dim=1)))


def layers() -> list[nn.Module]:
    made: list[nn.Module] = [Clamp(), convolution(4, 64), nn.ReLU()]
    for _ in range(3):
        made += [MemoryBlock(64), MemoryBlock(64), MemoryBlock(64)]
        made += [nn.Upsample(scale_factor=2, mode="nearest"), convolution(64, 64, bias=False)]
    return [*made, MemoryBlock(64), convolution(64, 3)]


class Reference(nn.Module):
    """Latents, (frames, 4, h, w), to colours in about [0, 1], (frames, 3, 8h, 8w)."""

    def __init__(self) -> None:
        super().__init__()
        self.decoder = nn.Sequential(*layers())

    def one_by_one(self, latents: torch.Tensor) -> torch.Tensor:
        """As for a live stream: each block remembers its last input, and begins with zeros."""
        memory: dict[int, torch.Tensor] = {}
        frames = []
        for latent in latents:
            x = latent[None]
            for index, layer in enumerate(self.decoder):
                if isinstance(layer, MemoryBlock):
                    before, memory[index] = memory.get(index, torch.zeros_like(x)), x
                    x = layer(x, before)
                else:
                    x = layer(x)
            frames.append(x[0])
        return torch.stack(frames)

    def all_at_once(self, latents: torch.Tensor) -> torch.Tensor:
        """All frames as one batch: what a block sees of the past is its own input, one frame later."""
        x = latents
        for layer in self.decoder:
            before = torch.cat((torch.zeros_like(x[:1]), x[:-1]))
            x = layer(x, before) if isinstance(layer, MemoryBlock) else layer(x)
        return x


def reference(seed: int = 0) -> Reference:
    """One with random weights that keep activations near one."""
    network = Reference().eval()
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            values = torch.randn(parameter.shape, generator=draw)
            parameter.copy_(values * (1.2 / math.sqrt(parameter[0].numel())) if parameter.ndim > 1 else 0.2 * values)
    return network


def save(folder: Path, *, dtype: torch.dtype = torch.float32, seed: int = 0, encoder: bool = True) -> Path:
    """Write its weights into `folder` under the name that the catalogue knows, beside an encoder as there is one."""
    tensors = {name: tensor.to(dtype).contiguous() for name, tensor in reference(seed).state_dict().items()}
    if encoder:
        tensors |= {"encoder.0.weight": torch.zeros(64, 3, 3, 3, dtype=dtype)}
    path = folder / TINY_DECODER.weights.path
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path)
    return path
