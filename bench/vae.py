"""The exact all-frames decode, ours and diffusers' in one chunk, at full size: time and error."""

from __future__ import annotations

import torch

from bench import report
from tests.support import full_size
from videoai.engines.svd import vae
from videoai.weights.svd_configs import VAE


def latents(frames: int, height: int, width: int) -> torch.Tensor:
    """As a denoiser leaves them: of about unit variance."""
    return torch.randn(frames, 4, height // 8, width // 8, generator=torch.Generator().manual_seed(1))


def ours(network: vae.VAEDecoder, z: torch.Tensor) -> torch.Tensor:
    return torch.stack(list(network.frames(z)))


def peers(network: torch.nn.Module, z: torch.Tensor, chunk: int | None = None) -> torch.Tensor:
    """Exact in one chunk; with `chunk` frames at a time, as diffusers' pipeline does, other numbers."""
    scaled = z / VAE["scaling_factor"]
    parts = scaled.split(chunk or len(scaled))
    return torch.cat([network.decode(part, num_frames=len(part)).sample for part in parts])  # type: ignore[operator]


def main() -> None:
    parser = report.arguments(__doc__)
    parser.add_argument("--size", type=int, nargs=3, default=(10, 256, 448), metavar=("FRAMES", "HEIGHT", "WIDTH"))
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    z, folder = latents(*asked.size), full_size.prepare(asked.cache, "vae")
    mine, theirs = vae.load_decoder(folder), full_size.load_reference(folder)
    results: dict[str, torch.Tensor] = {}
    took, peer_took = report.interleaved(
        [lambda: results.update(ours=ours(mine, z)), lambda: results.update(peer=peers(theirs, z))],
        asked.runs,
        asked.clock,
    )
    name = "×".join(map(str, asked.size))
    report.show(
        [
            report.faster(f"VAE decode {name}", took, peer_took, 1.3),
            report.at_most(
                f"VAE decode {name}: error", report.largest_error(results["ours"], results["peer"]), "", 1e-4
            ),
        ],
        as_json=asked.json,
    )


if __name__ == "__main__":
    with torch.no_grad():
        main()
