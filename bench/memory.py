"""Peak resident memory of each piece of work at full size, each in a process of its own."""

from __future__ import annotations

import argparse
import functools
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from bench import report
from bench import vae as vae_bench
from tests.support import denoiser, full_size
from videoai.engines.devices import DTYPES
from videoai.engines.svd import unet, vae
from videoai.engines.svd.packing import packer

Size = tuple[int, int, int]

SAFETY: Size = (14, 384, 640)
NATIVE: Size = (25, 576, 1024)


def _unet(cache: Path, size: Size, numbers: str, *, bits: int = 16, streamed: bool = False) -> None:
    """A guided step: both branches, one after the other. Weights are kept as a run keeps them."""
    folder = full_size.prepare(cache, "unet", half=True)
    pack = packer("unet", bits, folder) if bits < 16 else None
    network = unet.load(folder, dtype=DTYPES[numbers], storage_dtype=_kept(numbers), pack=pack, streamed=streamed)
    given = denoiser.inputs(*size)
    for _ in range(2):
        denoiser.ours(network, given)


def _kept(numbers: str) -> torch.dtype:
    return torch.float16 if numbers == "fp32" else DTYPES[numbers]


def _peers_folder(cache: Path, part: str, numbers: str) -> Path:
    """Files in the type that diffusers computes in, made if they are not there yet: it then uses them where they are,
    and needs no second copy while it loads."""
    folder = cache / numbers / part
    if numbers == "fp32":
        return full_size.prepare(cache, part)
    if not folder.exists():
        unfinished = folder.with_suffix(".part")
        network: Any = full_size.load_reference(full_size.prepare(cache, part), DTYPES[numbers])
        network.save_pretrained(unfinished)
        unfinished.rename(folder)
    return folder


def _unet_peer(cache: Path, size: Size, numbers: str, *, chunked: bool = True) -> None:
    """Both branches at once; `chunked`, it feeds forward one frame at a time: the same numbers in less memory."""
    network = full_size.load_reference(_peers_folder(cache, "unet", numbers), DTYPES[numbers])
    if chunked:
        network.enable_forward_chunking()  # type: ignore[operator]
    given = denoiser.inputs(*size)
    latents, token, ids = (
        torch.cat([given[name][None]] * 2).to(DTYPES[numbers]) for name in ("latents", "token", "ids")
    )
    network(latents, given["timestep"], token[:, 0], ids[:, 0], return_dict=False)


def _decode(cache: Path, size: Size, numbers: str, *, offloaded: bool = False) -> None:
    dtype, folder = DTYPES[numbers], full_size.prepare(cache, "vae")
    network = vae.load_decoder(folder, dtype=dtype, storage_dtype=dtype, offload=cache if offloaded else None)
    for _ in network.frames(vae_bench.latents(*size)):
        pass


def _decode_peer(cache: Path, size: Size, numbers: str, *, chunk: int | None = None) -> None:
    network = full_size.load_reference(_peers_folder(cache, "vae", numbers), DTYPES[numbers])
    vae_bench.peers(network, vae_bench.latents(*size).to(DTYPES[numbers]), chunk)


WORK: dict[str, Callable[[Path, Size, str], None]] = {
    "unet-16": _unet,
    "unet-8": partial(_unet, bits=8),
    "unet-4": partial(_unet, bits=4),
    "unet-streamed": partial(_unet, streamed=True),
    "unet-peer": _unet_peer,
    "unet-peer-whole": partial(_unet_peer, chunked=False),
    "decode": _decode,
    "decode-offloaded": partial(_decode, offloaded=True),
    "decode-peer": _decode_peer,
    "decode-peer-chunks": partial(_decode_peer, chunk=2),
}


@dataclass(frozen=True, slots=True)
class Row:
    """`peer` is a piece of work of diffusers', or None where it needs more memory than this machine may have."""

    what: str
    work: str
    size: Size
    peer: str | None
    limit: float
    peers_way: str = ""


_CHUNKED = "; peer: with forward chunking"
_WHOLE = "; peer: as it is"
_NOT_EXACT = "; peer: two frames at a time, not exact"

ROWS = (
    Row("guided UNet step, 8-bit weights", "unet-8", SAFETY, "unet-peer", 2.5, _CHUNKED),
    Row("guided UNet step, 4-bit weights", "unet-4", SAFETY, "unet-peer", 1.9, _CHUNKED),
    Row("guided UNet step, 16-bit weights streamed", "unet-streamed", SAFETY, "unet-peer", 1.25, _CHUNKED),
    Row("guided UNet step, 16-bit weights streamed", "unet-streamed", SAFETY, "unet-peer-whole", 1.25, _WHOLE),
    Row("exact VAE decode", "decode", SAFETY, "decode-peer", 2.7, "; peer: exact"),
    Row("exact VAE decode", "decode", SAFETY, "decode-peer-chunks", 2.7, _NOT_EXACT),
    Row("exact VAE decode, frames waiting in files", "decode-offloaded", SAFETY, "decode-peer-chunks", 2.7, _NOT_EXACT),
    Row("guided UNet step, 16-bit weights streamed", "unet-streamed", NATIVE, None, 4.0),
    Row("exact VAE decode, frames waiting in files", "decode-offloaded", NATIVE, None, 4.0),
)


def main() -> None:
    parser = report.arguments(__doc__)
    report.add_numbers(parser, "fp32", "bf16")
    parser.add_argument("--work", choices=WORK, help="do one piece of work here, and print its peak in GiB")
    parser.add_argument("--prepare", choices=("unet", "vae"), help="make the files that diffusers reads, and end")
    parser.add_argument("--size", type=int, nargs=3, metavar=("FRAMES", "HEIGHT", "WIDTH"), help="another size")
    parser.add_argument("--native", action="store_true", help="measure 25 frames of 1024×576 (twenty minutes)")
    parser.add_argument("--no-peer", action="store_true", help="leave out diffusers, which needs up to 14 GiB")
    parser.add_argument("--rows", type=int, nargs="+", help="only these, counted from 1")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    if asked.prepare:
        print(len(list(_peers_folder(asked.cache, asked.prepare, asked.numbers[0]).iterdir())))
        return
    if asked.work:
        WORK[asked.work](asked.cache, tuple(asked.size or SAFETY), asked.numbers[0])
        print(report.gib_of(resource.getrusage(resource.RUSAGE_SELF)))
        return
    # Made before the measured processes need them, so that making them is not measured.
    for part, half in (("unet", True), ("vae", False)):
        full_size.prepare(asked.cache, part, half=half)
        for numbers in () if asked.no_peer else asked.numbers:
            # By another process: Linux counts what the parent had at its peak as the child's.
            words = ("--cache", str(asked.cache), "--numbers", numbers, "--prepare", part)
            report.peak_of("bench.memory", *words)
    rows = [row for row in ROWS if row.size == (NATIVE if asked.native else SAFETY)]
    rows = [row for number, row in enumerate(rows, 1) if not asked.rows or number in asked.rows]
    measure = functools.cache(functools.partial(_peak, asked=asked))
    report.show(
        [_measure(row, numbers, asked, measure) for numbers in asked.numbers for row in rows], as_json=asked.json
    )


def _measure(row: Row, numbers: str, asked: argparse.Namespace, peak: Callable[..., float]) -> report.Figure:
    frames, height, width = size = tuple(asked.size or row.size)
    peers = None if row.peer is None or asked.no_peer else peak(row.peer, numbers, size)
    what = f"{row.what}, {frames} frames of {width}×{height} in {numbers}: peak{row.peers_way if peers else ''}"
    return report.at_most(what, peak(row.work, numbers, size), "GiB", row.limit, peers)


def _peak(work: str, numbers: str, size: Size, *, asked: argparse.Namespace) -> float:
    """GiB, of a process of its own."""
    words = ("--cache", str(asked.cache), "--threads", str(asked.threads), "--size", *map(str, size))
    peak, _ = report.peak_of("bench.memory", "--work", work, "--numbers", numbers, *words)
    print(f"{work} in {numbers}: {peak:.2f} GiB", file=sys.stderr)
    return peak


if __name__ == "__main__":
    with torch.no_grad():
        main()
