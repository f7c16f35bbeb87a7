"""Frames in, a video file out, with the settings that made it inside."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, cast

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation
from PIL import Image, PngImagePlugin

from videoai.errors import BadOutput
from videoai.events import Pixels
from videoai.formats import FRAMES, MOVIES, check_suffix, published_path
from videoai.language import say
from videoai.system.files import whole_file

_X264 = {
    # Visually lossless: 45–50 dB on the clips this program makes, about 1 MB a second.
    "crf": "15",
    "preset": "medium",
    # A key frame every half second or so, so that stepping and scrubbing answer at once.
    "g": "12",
    # x264's tree of macroblocks reads memory that nobody has written where a row of them is no multiple of 16 long, at
    # 576×320 say: the same frames came out as other bytes now and then. Without it a file is a twentieth larger.
    "x264-params": "mbtree=0",
}
_VIDEOTOOLBOX = {"q:v": "80", "allow_sw": "1"}
_VP9 = {"crf": "18", "b:v": "0", "deadline": "good", "cpu-used": "2", "row-mt": "1"}

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
) -> Path:
    """Write `frames` (each (height, width, 3), sRGB) as the kind of file that the ending of `path` says. A movie takes
    them as they come.

    The last frame is shown for the time of `last` frames. `comment` goes into the file's metadata. The file is whole or
    not there (see files.py). Returns the path written, which for `.png` is a folder. Raises BadOutput, WriteFailed, or
    NameTaken without `replace`.
    """
    check_suffix(path)
    suffix = path.suffix.lower()
    target = published_path(path)
    with whole_file(target, replace=replace) as part:
        if suffix in MOVIES:
            _write_movie(part, frames, _Rate(fps, last), MOVIES[suffix], comment, encoder)
        elif suffix == FRAMES:
            _write_frames(part, frames, comment)
        else:
            _write_pictures(part, frames, _Rate(fps, last), suffix, comment)
    return target


class _Rate(NamedTuple):
    """How long frames are shown: all for 1/fps seconds, the last for `last` times that."""

    fps: int | Fraction
    last: Fraction


def _write_movie(part: Path, frames: Iterable[Pixels], rate: _Rate, container: str, comment: str, encoder: str) -> None:
    codec, options = _codec(container, encoder)
    coming = iter(frames)
    first = next(coming)  # its shape is the video's
    height, width, _ = first.shape
    # Its absolute path, as FFmpeg takes what stands before a colon for a protocol.
    # faststart puts the index first, so that a browser plays while it loads; bitexact leaves out random ids.
    muxing = {"fflags": "+bitexact"} | ({"movflags": "+faststart"} if container != "webm" else {})
    with av.open(str(part.absolute()), "w", format=container, options=muxing) as output:
        if comment:
            output.metadata["comment"] = comment
        stream = cast(av.VideoStream, output.add_stream(codec, rate=Fraction(rate.fps), options=options))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        ticks = rate.last.denominator  # of a frame, so that the last one's time is whole
        context.time_base = 1 / (Fraction(rate.fps) * ticks)
        context.thread_count = _ENCODER_THREADS
        context.color_range = ColorRange.MPEG
        context.colorspace = Colorspace.ITU709
        context.color_primaries = ColorPrimaries.BT709
        context.color_trc = ColorTrc.BT709
        for index, pixels in enumerate(itertools.chain([first], coming)):
            frame = _to_yuv(pixels)
            frame.pts = index * ticks
            frame.time_base = context.time_base
            output.mux(stream.encode(frame))
        packets = stream.encode(None)
        if rate.last != 1 and packets:
            # What is shown last ends the video, and what the file holds last ends its list of times.
            for packet in (max(packets, key=lambda packet: packet.pts or 0), packets[-1]):
                packet.duration = rate.last.numerator
        output.mux(packets)


def _codec(container: str, encoder: str) -> tuple[str, dict[str, str]]:
    if encoder == "hardware":
        if sys.platform != "darwin" or "h264_videotoolbox" not in av.codecs_available:
            raise BadOutput(
                say("This computer has no hardware encoder."), say("To make the video without it: videoai PHOTO")
            )
        if container == "webm":
            raise BadOutput(say("The hardware encoder only writes .mp4 and .mov."), say("Leave out --encoder."))
        return "h264_videotoolbox", _VIDEOTOOLBOX
    return ("libvpx-vp9", _VP9) if container == "webm" else ("libx264", _X264)


def _to_yuv(pixels: Pixels) -> av.VideoFrame:
    """An sRGB frame as BT.709 in the limited range, with chroma filtered rather than dropped."""
    rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    frame = rgb.reformat(
        format="yuv420p",
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        dst_colorspace=Colorspace.ITU709,
        interpolation=Interpolation.LANCZOS,
    )
    frame.color_range = ColorRange.MPEG
    frame.colorspace = Colorspace.ITU709
    return frame


def _write_pictures(part: Path, frames: Iterable[Pixels], rate: _Rate, suffix: str, comment: str) -> None:
    images = [Image.fromarray(frame) for frame in frames]
    durations = _durations(len(images), rate, tick_ms=10 if suffix == ".gif" else 1)
    if suffix == ".gif":
        images = [image.quantize(256, dither=Image.Dither.FLOYDSTEINBERG) for image in images]
        options: dict[str, Any] = {"comment": comment.encode(), "optimize": False, "disposal": 1}
    else:
        options = {"quality": 90, "method": 4, "xmp": _xmp(comment)}
    images[0].save(part, suffix[1:], save_all=True, append_images=images[1:], duration=durations, loop=0, **options)


def _durations(count: int, rate: _Rate, tick_ms: int) -> list[int]:
    """Milliseconds for each frame, in whole ticks, that never drift from the rate by more than half a tick."""
    places = [Fraction(index) for index in range(count)] + [count - 1 + rate.last]
    edges = [round(place * 1000 / Fraction(rate.fps) / tick_ms) * tick_ms for place in places]
    return [end - start for start, end in itertools.pairwise(edges)]


def _write_frames(folder: Path, frames: Iterable[Pixels], comment: str) -> None:
    folder.mkdir()
    for index, frame in enumerate(frames, start=1):
        info = PngImagePlugin.PngInfo()
        if comment:
            info.add_itxt("Comment", comment)
        Image.fromarray(frame).save(folder / f"{index:04}.png", pnginfo=info)


_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description>{}</dc:description>'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def _xmp(comment: str) -> bytes:
    """The comment as the XMP packet that a WebP file can carry."""
    from xml.sax.saxutils import escape

    return _XMP.format(escape(comment)).encode()
