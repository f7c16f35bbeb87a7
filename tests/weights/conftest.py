"""A tiny Stable Video Diffusion: in the layout of the hub, in the original one, and the configurations of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.engines.svd import checkpoint
from tests.weights import original
from videoai.weights.config import CLIPVisionConfig, Config, UNetConfig, VAEConfig

UNET = "model.diffusion_model."
FIRST_STAGE = "first_stage_model."
SECOND = "conditioner.embedders.3.encoder."
OPEN_CLIP = "conditioner.embedders.0.open_clip.model."


@pytest.fixture(autouse=True)
def _no_gradients():
    torch.manual_seed(0)
    with torch.no_grad():
        yield


def randomise(network: nn.Module, seed: int) -> nn.Module:
    """Activations near one, norms away from the identity, mixing factors away from one half."""
    generator = torch.Generator().manual_seed(seed)

    def normal(shape: torch.Size) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    norms = {id(module.weight) for module in network.modules() if isinstance(module, (nn.GroupNorm, nn.LayerNorm))}
    for name, parameter in network.named_parameters():
        if "mix_factor" in name:
            parameter.copy_(normal(parameter.shape) * 1.5)
        elif id(parameter) in norms:
            parameter.copy_(1 + 0.3 * normal(parameter.shape))
        elif parameter.ndim > 1:
            parameter.copy_(normal(parameter.shape) * (0.8 / parameter[0].numel() ** 0.5))
        else:
            parameter.copy_(0.2 * normal(parameter.shape))
    return network.eval()


class Originals:
    """The networks of a whole original file, tiny or, with `full`, of the real size."""

    def __init__(self, *, full: bool = False) -> None:
        if full:
            levels = [(320, 5, 1), (640, 10, 1), (1280, 20, 1), (1280, 20, 0)]
            self.unet = original.VideoUNet(8, 4, levels, 2, 1024, 768)
            widths = [128, 256, 512, 512]
            self.tower = original.Tower(1280, 32, 16, 5120, 224, 14, 1024)
        else:
            self.unet = original.VideoUNet(8, 4, [(32, 2, 1), (64, 4, 1), (64, 4, 0)], 2, 32, 96)
            widths = [32, 64, 64, 64]
            self.tower = original.Tower(64, 3, 4, 128, 224, 32, 32)
        self.unused_encoder = original.Encoder(3, 4, widths, 2)
        self.decoder = original.Decoder(3, 4, widths, 2, video=True)
        self.encoder = original.Encoder(3, 4, widths, 2)
        self.quant_conv = nn.Conv2d(8, 8, 1)
        self.unused_decoder = original.Decoder(3, 4, widths, 2, video=False)
        self.unused_quant_conv = nn.Conv2d(4, 4, 1)

    def places(self) -> list[tuple[str, nn.Module]]:
        return [
            (UNET, self.unet),
            (f"{FIRST_STAGE}encoder.", self.unused_encoder),
            (f"{FIRST_STAGE}decoder.", self.decoder),
            (f"{OPEN_CLIP}visual.", self.tower),
            (f"{SECOND}encoder.", self.encoder),
            (f"{SECOND}decoder.", self.unused_decoder),
            (f"{SECOND}quant_conv.", self.quant_conv),
            (f"{SECOND}post_quant_conv.", self.unused_quant_conv),
        ]

    def tensors(self) -> dict[str, torch.Tensor]:
        """What a whole file holds, with what open_clip leaves over of its text half."""
        table = {
            prefix + name: value for prefix, network in self.places() for name, value in network.state_dict().items()
        }
        return table | {
            f"{OPEN_CLIP}logit_scale": torch.tensor(1.0),
            f"{OPEN_CLIP}ln_final.weight": torch.ones(8),
            f"{OPEN_CLIP}ln_final.bias": torch.ones(8),
            f"{OPEN_CLIP}positional_embedding": torch.ones(77, 8),
            f"{OPEN_CLIP}text_projection": torch.ones(8, 8),
            f"{OPEN_CLIP}token_embedding.weight": torch.ones(16, 8),
        }


@pytest.fixture(scope="session")
def originals() -> Originals:
    made = Originals()
    with torch.no_grad():
        for seed, (_, network) in enumerate(made.places()):
            randomise(network, seed)
    return made


@pytest.fixture
def tensors(originals) -> dict[str, torch.Tensor]:
    """A tiny whole file's, for a test to change."""
    return originals.tensors()


@pytest.fixture(scope="session")
def jsons() -> dict[str, dict]:
    """The tiny networks' config.json, by part."""
    return {
        "unet": {"_class_name": "UNetSpatioTemporalConditionModel", **checkpoint.UNET},
        "vae": {"_class_name": "AutoencoderKLTemporalDecoder", **checkpoint.VAE},
        # The original tower knows no other eps.
        "image_encoder": {"model_type": "clip_vision_model", **checkpoint.CLIP, "layer_norm_eps": 1e-5},
    }


KINDS = {"unet": UNetConfig, "vae": VAEConfig, "image_encoder": CLIPVisionConfig}


def read_config(part: str, values: dict, folder: Path) -> Config:
    (folder / "config.json").write_text(json.dumps(values))
    return KINDS[part].read(folder / "config.json")


@pytest.fixture(scope="session")
def configs(jsons, tmp_path_factory) -> dict[str, Config]:
    folder = tmp_path_factory.mktemp("configs")
    return {part: read_config(part, values, folder) for part, values in jsons.items()}


@pytest.fixture(scope="session")
def tiny_fp16(tmp_path_factory) -> Path:
    """A tiny checkpoint in halves, in the layout and under the names that the hub has."""
    return checkpoint.save(tmp_path_factory.mktemp("tiny"), variant="fp16")


@pytest.fixture(scope="session")
def quick_fp16(tmp_path_factory) -> Path:
    """The same in the quick shape: for what is done with a model, and not its numbers."""
    return checkpoint.save(tmp_path_factory.mktemp("quick"), variant="fp16", quick=True)
