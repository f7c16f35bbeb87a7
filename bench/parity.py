"""The largest error of each network at full size, against diffusers and transformers."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from bench import report
from bench import vae as vae_bench
from tests.support import denoiser, full_size, peer
from videoai.engines.devices import CPU
from videoai.engines.svd import clip, unet, vae
from videoai.engines.svd.generation import Generation
from videoai.events import Frame
from videoai.media.photo import read_photo
from videoai.settings import GenerationSettings
from videoai.weights.model_files import ModelFiles

_LIMIT = 1e-4


def main() -> None:
    parser = report.arguments(__doc__)
    parser.add_argument("--size", type=int, nargs=3, default=(4, 256, 256), metavar=("FRAMES", "HEIGHT", "WIDTH"))
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    size = tuple(asked.size)
    figures = [
        _figure("CLIP image embedding", *_clip(asked)),
        _figure("VAE encode", *_encode(asked, size)),
        _figure("VAE decode", *_decode(asked, size)),
        _figure("UNet pass", *_unet(asked, size)),
        _pipeline(asked, size),
    ]
    report.show(figures, as_json=asked.json)


def _pipeline(asked: argparse.Namespace, size: tuple[int, ...]) -> report.Figure:
    """Decibels between our frames and those of diffusers' pipeline, for a photo, with the same noise."""
    frames, height, width = size
    settings = GenerationSettings(
        width=width, height=height, frames=frames, steps=5, seed=1, scheduler="euler", model=str(asked.cache)
    )
    photo = read_photo(Path(__file__).parent.parent / "examples" / "coffee.png").fitted(width, height)
    folder = full_size.prepare(asked.cache, "unet").parent
    for part in ("vae", "image_encoder"):
        full_size.prepare(asked.cache, part)
    events = Generation(ModelFiles.in_folder(folder), CPU).run(photo, settings)
    ours = [event.pixels for event in events if isinstance(event, Frame)]
    reference = peer.frames(folder, photo, settings)
    error = float(np.mean((np.stack(ours).astype(np.float64) - np.stack(reference)) ** 2))
    decibels = float(10 * np.log10(255**2 / max(error, 1e-12)))
    what = f"whole pipeline, {frames} frames of {width}×{height}, 5 Euler steps: PSNR"
    return report.Figure(what, decibels, None, "dB", None, "≥ 60 dB", decibels >= 60)


def _figure(what: str, ours: torch.Tensor, reference: torch.Tensor) -> report.Figure:
    return report.at_most(f"{what}: error", report.largest_error(ours, reference), "", _LIMIT)


def _clip(asked: argparse.Namespace) -> tuple[torch.Tensor, torch.Tensor]:
    folder = full_size.prepare(asked.cache, "image_encoder")
    pixels = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    ours = clip.load(folder)(pixels)
    return ours, full_size.load_reference(folder)(pixels).image_embeds


def _encode(asked: argparse.Namespace, size: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    folder = full_size.prepare(asked.cache, "vae")
    image = torch.rand(1, 3, *size[1:], generator=torch.Generator().manual_seed(1)) * 2 - 1
    ours = vae.load_encoder(folder)(image)
    reference = full_size.load_reference(folder)
    return ours, reference.encode(image).latent_dist.mode()  # type: ignore[operator]


def _decode(asked: argparse.Namespace, size: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    folder = full_size.prepare(asked.cache, "vae")
    z = vae_bench.latents(size[0], size[1], size[2])
    return vae_bench.ours(vae.load_decoder(folder), z), vae_bench.peers(full_size.load_reference(folder), z)


def _unet(asked: argparse.Namespace, size: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    folder = full_size.prepare(asked.cache, "unet")
    given = denoiser.inputs(size[0], size[1], size[2])
    ours = denoiser.ours(unet.load(folder), given)
    return ours, denoiser.peers(full_size.load_reference(folder), given)


if __name__ == "__main__":
    with torch.no_grad():
        main()
