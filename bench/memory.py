"""Peak resident memory of each piece of work at full size, each in a process of its own."""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from bench import full_size, report
from bench import unet as unet_bench
from bench import vae as vae_bench
from videoai.engines.svd import unet, vae

_SIZE = (14, 384, 640)


def _unet(cache: Path, *, half: bool = False, streamed: bool = False) -> None:
    network = unet.load(full_size.prepare(cache, "unet", half=half), streamed=streamed)
    given = unet_bench.inputs(*_SIZE)
    # Both guidance branches, one after the other.
    unet_bench.ours(network, given)
    unet_bench.ours(network, given)


def _unet_peer(cache: Path) -> None:
    network = full_size.load_reference(full_size.prepare(cache, "unet"))
    given = unet_bench.inputs(*_SIZE)
    both = {name: torch.cat([value[None]] * 2) for name, value in given.items() if isinstance(value, torch.Tensor)}
    network(both["latents"], given["timestep"], both["token"][:, 0], both["ids"][:, 0], return_dict=False)


def _decode(cache: Path, spill: Path | None = None) -> None:
    network = vae.load_decoder(full_size.prepare(cache, "vae"), spill=spill)
    for _ in network.frames(vae_bench.latents(*_SIZE)):
        pass


def _decode_peer(cache: Path, chunk: int | None = None) -> None:
    vae_bench.peers(full_size.load_reference(full_size.prepare(cache, "vae")), vae_bench.latents(*_SIZE), chunk)


WORK: dict[str, Callable[[Path], None]] = {
    "unet": _unet,
    "unet-halves": lambda cache: _unet(cache, half=True),
    "unet-streamed": lambda cache: _unet(cache, half=True, streamed=True),
    "unet-peer": _unet_peer,
    "decode": _decode,
    "decode-spilled": lambda cache: _decode(cache, spill=cache),
    "decode-peer": _decode_peer,
    "decode-peer-chunks": lambda cache: _decode_peer(cache, 2),
}


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    work: str
    peer: str
    limit: float


ROWS = (
    Row("UNet, both branches, fp32 weights", "unet", "unet-peer", 7.0),
    Row("UNet, both branches, fp16 weights, computed in fp32", "unet-halves", "unet-peer", 4.0),
    Row("UNet, both branches, fp16 weights streamed", "unet-streamed", "unet-peer", 1.9),
    Row("VAE decode, exact", "decode", "decode-peer", 2.7),
    Row("VAE decode, exact, frames waiting in files", "decode-spilled", "decode-peer", 1.2),
)


def main() -> None:
    parser = report.arguments(__doc__)
    parser.add_argument("--work", choices=WORK, help="do one piece of work here, and print its peak in GiB")
    parser.add_argument("--only", choices=[row.work for row in ROWS], help="measure one row")
    parser.add_argument("--no-peer", action="store_true", help="leave out diffusers, which needs up to 14 GiB")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    if asked.work:
        WORK[asked.work](asked.cache)
        print(report.gib_of(resource.getrusage(resource.RUSAGE_SELF)))
        return
    full_size.prepare(asked.cache, "unet")
    report.show([_measure(row, asked) for row in ROWS if asked.only in (None, row.work)], as_json=asked.json)


def _measure(row: Row, asked: argparse.Namespace) -> report.Figure:
    words = ("--cache", str(asked.cache), "--threads", str(asked.threads))
    _prepare_apart(row, asked.cache)
    mine, _ = report.peak_of("bench.memory", "--work", row.work, *words)
    peer = None if asked.no_peer else report.peak_of("bench.memory", "--work", row.peer, *words)[0]
    print(f"{row.what}: {mine:.2f} GiB", file=sys.stderr)
    return report.at_most(f"{row.what}, {'×'.join(map(str, _SIZE))}", mine, "GiB", row.limit, peer)


def _prepare_apart(row: Row, cache: Path) -> None:
    """Make the weights before the measured process needs them."""
    full_size.prepare(cache, "vae" if row.work.startswith("decode") else "unet", half="halves" in row.work)
    if "streamed" in row.work:
        full_size.prepare(cache, "unet", half=True)


if __name__ == "__main__":
    with torch.no_grad():
        main()
