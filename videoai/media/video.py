"""Frames in, a video file out, with the settings that made it inside."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, cast

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation
from PIL import Image, PngImagePlugin

from videoai.errors import BadOutput
from videoai.events import Pixels
from videoai.formats import FRAMES, MOVIES, check_encoder, check_suffix, published_path
from videoai.language import say
from videoai.media.gif import write_gif
from videoai.media.rate import Rate
from videoai.media.webp import write_webp
from videoai.replacing import is_replaceable
from videoai.system.files import whole_file


class _Coding(NamedTuple):
    """Which of FFmpeg's encoders, told what, and of which pixels."""

    codec: str
    options: dict[str, str]
    pixels: str = "yuv420p"


_X264 = _Coding(
    "libx264",
    {
        # Visually lossless: 45–50 dB on the clips this program makes, about 1 MB a second.
        "crf": "15",
        "preset": "medium",
        # A key frame every half second or so, so that stepping and scrubbing answer at once.
        "g": "12",
        # x264's tree of macroblocks reads memory that nobody has written where a row of them is no multiple of 16 long,
        # at 576×320 say: the same frames came out as other bytes now and then. Without it a file is a twentieth larger.
        "x264-params": "mbtree=0",
    },
)
_VIDEOTOOLBOX = _Coding("h264_videotoolbox", {"q:v": "80", "allow_sw": "1"})
_VP9 = _Coding("libvpx-vp9", {"crf": "18", "b:v": "0", "deadline": "good", "cpu-used": "2", "row-mt": "1"})
_PRORES = _Coding("prores_ks", {"profile": "hq", "vendor": "apl0"}, "yuv422p10le")

_ENCODER_THREADS = 2
"""Fixed, because x264's output depends on it, and the same settings must give the same bytes."""

_ONE = Fraction(1)


def write_video(
    path: Path,
    frames: Iterable[Pixels],
    fps: int | Fraction,
    *,
    last: Fraction = _ONE,
    comment: str = "",
    encoder: str = "software",
    replace: bool = True,
    on_frame: Callable[[int, int], None] = lambda done, count: None,
) -> Path:
    """Write `frames` (each (height, width, 3), sRGB) as the kind of file that the ending of `path` says.

    Each is taken as it comes; where all are then gone through once more, `on_frame` is told how many of how many are
    done. The last frame is shown for the time of `last` frames. `comment` goes into the file's metadata. The file is
    whole or not there (see files.py). Returns the path written, which for `.png` is a folder. Raises BadOutput,
    WriteFailed, or NameTaken without `replace`.
    """
    check_suffix(path)
    check_encoder(encoder, path.suffix)
    suffix = path.suffix.lower()
    target = published_path(path)
    if suffix == FRAMES:
        replace = replace and is_replaceable(target, folder=True)
    with whole_file(target, replace=replace) as part:
        if suffix in MOVIES:
            _write_movie(part, frames, Rate(fps, last), MOVIES[suffix], comment, encoder)
        elif suffix == FRAMES:
            _write_frames(part, frames, comment)
        elif suffix == ".gif":
            write_gif(part, frames, Rate(fps, last), comment, on_frame)
        else:
            write_webp(part, frames, Rate(fps, last), comment)
    return target


def _write_movie(part: Path, frames: Iterable[Pixels], rate: Rate, container: str, comment: str, encoder: str) -> None:
    coding = _coding(container, encoder)
    coming = iter(frames)
    first = next(coming)  # its shape is the video's
    height, width, _ = first.shape
    # Its absolute path, as FFmpeg takes what stands before a colon for a protocol.
    # faststart puts the index first, so that a browser plays while it loads; bitexact leaves out random ids.
    muxing = {"fflags": "+bitexact"} | ({"movflags": "+faststart"} if container != "webm" else {})
    with av.open(str(part.absolute()), "w", format=container, options=muxing) as output:
        if comment:
            output.metadata["comment"] = comment
        stream = cast(av.VideoStream, output.add_stream(coding.codec, rate=Fraction(rate.fps), options=coding.options))
        stream.width, stream.height, stream.pix_fmt = width, height, coding.pixels
        context = stream.codec_context
        ticks = rate.last.denominator  # of a frame, so that the last one's time is whole
        context.time_base = 1 / (Fraction(rate.fps) * ticks)
        context.thread_count = _ENCODER_THREADS
        context.color_range = ColorRange.MPEG
        context.colorspace = Colorspace.ITU709
        context.color_primaries = ColorPrimaries.BT709
        context.color_trc = ColorTrc.BT709
        for index, pixels in enumerate(itertools.chain([first], coming)):
            frame = _to_yuv(pixels, coding.pixels)
            frame.pts = index * ticks
            frame.time_base = context.time_base
            output.mux(stream.encode(frame))
        packets = stream.encode(None)
        if rate.last != 1 and packets:
            # What is shown last ends the video, and what the file holds last ends its list of times.
            for packet in (max(packets, key=lambda packet: packet.pts or 0), packets[-1]):
                packet.duration = rate.last.numerator
        output.mux(packets)


def _coding(container: str, encoder: str) -> _Coding:
    if encoder == "prores":
        return _PRORES
    if encoder == "hardware":
        if sys.platform != "darwin" or "h264_videotoolbox" not in av.codecs_available:
            raise BadOutput(
                say("This computer has no hardware encoder."), say("Leave out --encoder, or use --encoder software.")
            )
        return _VIDEOTOOLBOX
    return _VP9 if container == "webm" else _X264


def _to_yuv(pixels: Pixels, form: str) -> av.VideoFrame:
    """An sRGB frame as BT.709 in the limited range, with chroma filtered rather than dropped."""
    rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    frame = rgb.reformat(
        format=form,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        dst_colorspace=Colorspace.ITU709,
        interpolation=Interpolation.LANCZOS,
    )
    frame.color_range = ColorRange.MPEG
    frame.colorspace = Colorspace.ITU709
    frame.color_primaries, frame.color_trc = ColorPrimaries.BT709, ColorTrc.BT709  # ProRes has them from here
    return frame


def _write_frames(folder: Path, frames: Iterable[Pixels], comment: str) -> None:
    folder.mkdir()
    for index, frame in enumerate(frames, start=1):
        info = PngImagePlugin.PngInfo()
        if comment:
            info.add_itxt("Comment", comment)
        Image.fromarray(frame).save(folder / f"{index:04}.png", pnginfo=info)
