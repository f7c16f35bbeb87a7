"""Finishing clips that are there, by the command as it is: the peak memory of its worker beside its plan, however long
the clip, and how soon a cancel is heard. Keeping frames: bytes and time beside PNG.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from bench import report
from bench.report import Figure
from tests.support.site import ROOT
from videoai.events import Pixels
from videoai.history.store import JobStore
from videoai.media.lossless import LosslessWriter, read_frames
from videoai.media.video import write_video
from videoai.system import paths

MIB = 1 << 20
SIZES = ((640, 384), (1024, 576))
STAGES = {"smooth": ("--smooth", "60"), "enlarge": ("--enlarge", "2")}


def pan(width: int, height: int, count: int) -> Iterator[Pixels]:
    """Across a photo and back, a pixel a frame."""
    photo = Image.open(ROOT / "examples" / "coffee.png").convert("RGB").resize((width + 60, height))
    wide = np.asarray(photo)
    for index in range(count):
        left = abs(index % 120 - 60)
        yield np.ascontiguousarray(wide[:, left : left + width])


def clip(folder: Path, width: int, height: int, count: int, fps: int) -> Path:
    """A synthetic film, of which nobody knows how it was made."""
    path = folder / f"{width}x{height}-{count}.mp4"
    return path if path.exists() else write_video(path, pan(width, height, count), fps)


def finished(path: Path, *flags: str) -> tuple[int, int, float]:
    """The peak memory of the worker, that of the plan, and the seconds of the command."""
    began = time.monotonic()
    words = [sys.executable, "-m", "videoai", "finish", str(path), *flags, "--json", "--quiet"]
    told = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)  # noqa: S603
    return told["peak_bytes"], told["plan"]["peak_bytes"], time.monotonic() - began


def cancelled_after(path: Path, stage: str, *flags: str) -> float:
    """Seconds from Ctrl-C, in the midst of a stage, to the end of the command."""
    words = [sys.executable, "-m", "videoai", "finish", str(path), *flags, "--quiet"]
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    store = JobStore(paths.database())
    before = {job.id for job in store.jobs()}
    while not any(job.id not in before and job.stage == stage and (job.step or 0) > 0 for job in store.jobs()):
        time.sleep(0.02)
        if process.poll() is not None:
            raise RuntimeError("It ended before it could be cancelled.")
    began = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    process.wait()
    store.close()
    return time.monotonic() - began


def keeping(folder: Path) -> Iterator[Figure]:
    """FFV1 beside PNG, by frame."""
    for width, height in SIZES:
        frames, path = list(pan(width, height, 14)), folder / "frames-1.mkv"
        began = time.process_time()
        with LosslessWriter(path, Fraction(6), "") as writer:
            for frame in frames:
                writer.append(frame)
            writer.close()
        written = time.process_time() - began
        if not all(np.array_equal(*pair) for pair in zip(frames, read_frames(path), strict=True)):
            raise RuntimeError("The frames are not the same.")
        began, size = time.process_time(), 0
        for frame in frames:
            Image.fromarray(frame).save(file := io.BytesIO(), "PNG", compress_level=1)
            size += file.tell()
        png, kilobytes = time.process_time() - began, path.stat().st_size / 1000 / len(frames)
        what = f"kept frame of {width}×{height}, beside PNG"
        yield report.at_most(what, kilobytes, "kB", size / 1000 / len(frames), size / 1000 / len(frames))
        yield report.faster("the same, processor time", written / len(frames), png / len(frames), None)


def memory(folder: Path, short: int, long: int, enlarged: int) -> Iterator[Figure]:
    """Peaks, within the plans; the plan of a long clip is that of a short one."""
    finished(clip(folder, 256, 256, 4, 24), "--enlarge", "2")  # which finds out what this machine computes best in
    runs = [((1280, 768, count, 30), ("--hold", "0.5")) for count in (short, long)]
    for (width, height, count, fps), flags in [*runs, ((1024, 576, enlarged, 24), ("--enlarge", "2"))]:
        peak, planned, seconds = finished(clip(folder, width, height, count, fps), *flags)
        what = f"peak, {count} frames of {width}×{height} {' '.join(flags)} ({seconds:.0f} s)"
        yield report.at_most(what, peak / MIB, "MiB", planned / MIB)


def cancelling(folder: Path) -> Iterator[Figure]:
    """From Ctrl-C to the end of the command."""
    for (width, height), (stage, flags) in itertools.product(SIZES, STAGES.items()):
        took = cancelled_after(clip(folder, width, height, 30, 24), stage, *flags)
        yield report.at_most(f"cancel while {stage} computes, {width}×{height}", took, "s", 1.0)


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=("keeping", "memory", "cancelling"))
    parser.add_argument("--short", type=int, default=300, help="frames of the short clip")
    parser.add_argument("--long", type=int, default=1800, help="frames of the long one")
    parser.add_argument("--enlarged", type=int, default=100, help="frames to enlarge")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ.update(VIDEOAI_HOME=str(folder / "home"), VIDEOAI_OUTPUTS=str(folder / "videos"))
        parts = {
            "keeping": keeping(folder),
            "memory": memory(folder, asked.short, asked.long, asked.enlarged),
            "cancelling": cancelling(folder),
        }
        wanted = parts if asked.only is None else {asked.only: parts[asked.only]}
        report.show(list(itertools.chain(*wanted.values())), as_json=asked.json)


if __name__ == "__main__":
    main()
