"""Peak resident memory of each piece of work at full size, each in a process of its own."""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from bench import report
from bench import vae as vae_bench
from tests.support import denoiser, full_size
from videoai.engines.svd import unet, vae
from videoai.engines.svd.packing import packer

Size = tuple[int, int, int]

SAFETY: Size = (14, 384, 640)
NATIVE: Size = (25, 576, 1024)


def _unet(cache: Path, size: Size, *, half: bool = True, bits: int = 16, streamed: bool = False) -> None:
    """A guided step: both branches, one after the other."""
    folder = full_size.prepare(cache, "unet", half=half)
    pack = packer("unet", bits, folder) if bits < 16 else None
    network = unet.load(folder, pack=pack, streamed=streamed)
    given = denoiser.inputs(*size)
    denoiser.ours(network, given)
    denoiser.ours(network, given)


def _unet_peer(cache: Path, size: Size) -> None:
    network = full_size.load_reference(full_size.prepare(cache, "unet"))
    given = denoiser.inputs(*size)
    both = {name: torch.cat([value[None]] * 2) for name, value in given.items() if isinstance(value, torch.Tensor)}
    network(both["latents"], given["timestep"], both["token"][:, 0], both["ids"][:, 0], return_dict=False)


def _decode(cache: Path, size: Size, offload: Path | None = None) -> None:
    network = vae.load_decoder(full_size.prepare(cache, "vae"), offload=offload)
    for _ in network.frames(vae_bench.latents(*size)):
        pass


def _decode_peer(cache: Path, size: Size, chunk: int | None = None) -> None:
    vae_bench.peers(full_size.load_reference(full_size.prepare(cache, "vae")), vae_bench.latents(*size), chunk)


WORK: dict[str, Callable[[Path, Size], None]] = {
    "unet-full": lambda cache, size: _unet(cache, size, half=False),
    "unet-16": _unet,
    "unet-8": lambda cache, size: _unet(cache, size, bits=8),
    "unet-4": lambda cache, size: _unet(cache, size, bits=4),
    "unet-streamed": lambda cache, size: _unet(cache, size, streamed=True),
    "unet-peer": _unet_peer,
    "decode": _decode,
    "decode-offloaded": lambda cache, size: _decode(cache, size, offload=cache),
    "decode-peer": _decode_peer,
    "decode-peer-chunks": lambda cache, size: _decode_peer(cache, size, 2),
}


@dataclass(frozen=True, slots=True)
class Row:
    """`peer` is a piece of work of diffusers', or None where it needs more memory than this machine may have."""

    what: str
    work: str
    size: Size
    peer: str | None
    limit: float


ROWS = (
    Row("guided UNet step, 8-bit weights", "unet-8", SAFETY, "unet-peer", 2.5),
    Row("guided UNet step, 4-bit weights", "unet-4", SAFETY, "unet-peer", 1.9),
    Row("guided UNet step, 16-bit weights streamed", "unet-streamed", SAFETY, "unet-peer", 1.9),
    Row("exact VAE decode", "decode", SAFETY, "decode-peer", 2.7),
    Row("exact VAE decode, frames waiting in files", "decode-offloaded", SAFETY, "decode-peer", 2.7),
    Row("guided UNet step, 16-bit weights streamed", "unet-streamed", NATIVE, None, 4.0),
    Row("exact VAE decode, frames waiting in files", "decode-offloaded", NATIVE, None, 4.0),
)


def main() -> None:
    parser = report.arguments(__doc__)
    parser.add_argument("--work", choices=WORK, help="do one piece of work here, and print its peak in GiB")
    parser.add_argument("--size", type=int, nargs=3, default=SAFETY, metavar=("FRAMES", "HEIGHT", "WIDTH"))
    parser.add_argument("--native", action="store_true", help="measure 25 frames of 1024×576 (twenty minutes)")
    parser.add_argument("--no-peer", action="store_true", help="leave out diffusers, which needs up to 14 GiB")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    if asked.work:
        WORK[asked.work](asked.cache, tuple(asked.size))
        print(report.gib_of(resource.getrusage(resource.RUSAGE_SELF)))
        return
    # Made before the measured processes need them, so that making them is not measured.
    for part, half in (("unet", False), ("unet", True), ("vae", False)):
        full_size.prepare(asked.cache, part, half=half)
    peers: dict[str, float] = {}
    rows = [row for row in ROWS if row.size == (NATIVE if asked.native else SAFETY)]
    report.show([_measure(row, asked, peers) for row in rows], as_json=asked.json)


def _measure(row: Row, asked: argparse.Namespace, peers: dict[str, float]) -> report.Figure:
    """One process for ours, and one for each peer that was not measured yet."""
    size = [str(side) for side in row.size]
    words = ("--cache", str(asked.cache), "--threads", str(asked.threads), "--size", *size)
    mine, _ = report.peak_of("bench.memory", "--work", row.work, *words)
    if row.peer is not None and row.peer not in peers and not asked.no_peer:
        peers[row.peer], _ = report.peak_of("bench.memory", "--work", row.peer, *words)
    print(f"{row.what}: {mine:.2f} GiB", file=sys.stderr)
    frames, height, width = row.size
    what = f"{row.what}, {frames} frames of {width}×{height}: peak"
    return report.at_most(what, mine, "GiB", row.limit, peers.get(row.peer or ""))


if __name__ == "__main__":
    with torch.no_grad():
        main()
