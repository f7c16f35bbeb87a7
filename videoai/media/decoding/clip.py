"""A video of anybody's, frame by frame, upright, in sRGB and at one rate: in the process that reads files.

A film has its own times for its frames. Where each is within half a frame of an even beat, they are taken as they are;
else the film is read on such a beat, each frame for as long as it is shown.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.container
import numpy as np
from av.video.reformatter import Colorspace
from PIL import Image

from videoai.errors import BadVideo
from videoai.events import Pixels
from videoai.language import say
from videoai.media.decoding import kinds

MOST_PIXELS = 3840 * 2160
MOST_SECONDS = 300
MOST_RATE = 120
LEAST_SIDE = 32

_MOVIES = {"MP4": "mp4", "MOV": "mov", "WebM": "matroska", "MKV": "matroska", "AVI": "avi"}
"""What FFmpeg calls the kinds that it reads here."""
_PICTURES = ("GIF", "WebP")
_HINT = say("VideoAi finishes MP4, MOV, WebM, MKV, AVI, GIF and moving WebP files.")
_UNSPECIFIED = 2
_HIGH = 720
"""The number of colours that nothing is said of; from so many lines on they are those of high definition."""
_HDR = (16, 18)
"""The curves of HDR, PQ and HLG, by their numbers in the standard."""


@dataclass(frozen=True, slots=True)
class Beat:
    """`shown` are the places of the frames, in the order of time, that are shown at a rate of so many a second."""

    fps: Fraction
    shown: Sequence[int]
    even: bool


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What a video is, as its frames are read."""

    width: int
    height: int
    beat: Beat
    notices: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        size = {"width": self.width, "height": self.height, "frames": len(self.beat.shown)}
        return size | {"fps": str(self.beat.fps), "notices": list(self.notices)}


def facts_of(path: Path, name: str) -> ClipFacts:
    """Raises BadVideo for what is no video that can be finished: too large, too long, one picture, damaged."""
    kind = _kind(path, name)
    try:
        return _of_pictures(path, name) if kind in _PICTURES else _of_movie(path, kind, name)
    except BadVideo:
        raise
    except Exception as error:  # a decoder may fail in any way on a damaged or hostile file
        raise _unreadable(name) from error


def frames_of(path: Path, name: str) -> Iterator[Pixels]:
    """The frames that the facts promise, (height, width, 3). Raises BadVideo."""
    facts, kind = facts_of(path, name), _kind(path, name)
    try:
        given = _pictures(path) if kind in _PICTURES else _movie_frames(path, kind)
        yield from _on_the_beat(given, facts)
    except BadVideo:
        raise
    except Exception as error:
        raise _unreadable(name) from error


def _on_the_beat(given: Iterator[Pixels], facts: ClipFacts) -> Iterator[Pixels]:
    """A film that is damaged may have fewer frames than it says: then the last one stays."""
    at, frame = -1, None
    for place in facts.beat.shown:
        while at < place:
            following = next(given, None)
            if following is None:
                break
            at, frame = at + 1, following[: facts.height, : facts.width]
        if frame is None:
            raise ValueError("no frame at all")
        if frame.shape != (facts.height, facts.width, 3):
            raise ValueError("the frames change their size")
        yield frame


def beat_of(times: Sequence[Fraction], end: Fraction, rates: Sequence[Fraction]) -> Beat:
    """How a film is read whose frames come at these times, the last of them until `end`; `rates` are what it claims."""
    count = len(times)
    steps = [later - earlier for earlier, later in itertools.pairwise(times) if later > earlier]
    usual = (1 / statistics.median_low(steps)).limit_denominator(1001) if steps else Fraction(1)
    for rate in (*rates, usual):
        if 0 < rate <= MOST_RATE and all(abs(time * rate - place) < Fraction(1, 2) for place, time in enumerate(times)):
            return Beat(rate, range(count), even=True)
    rate = min(usual, Fraction(MOST_RATE))
    beats = max(1, round(end * rate))
    shown, place = [], 0
    for beat in range(beats):
        while place + 1 < count and times[place + 1] <= (beat + Fraction(1, 2)) / rate:
            place += 1
        shown.append(place)
    return Beat(rate, shown, even=False)


def _checked(width: int, height: int, beat: Beat, name: str, notices: Sequence[str] = ()) -> ClipFacts:
    width, height = width - width % 2, height - height % 2  # as H.264 wants it
    size = {"name": name, "width": width, "height": height}
    if width * height > MOST_PIXELS:
        raise BadVideo(
            say("{name} has {width}×{height} pixels, more than VideoAi can finish.", **size),
            say("Make it smaller first: at most 3840×2160."),
        )
    if min(width, height) < LEAST_SIDE:
        raise BadVideo(
            say("{name} has {width}×{height} pixels, too few to finish.", **size),
            say("Each side must have at least {count} pixels.", count=LEAST_SIDE),
        )
    if len(beat.shown) < 2:
        raise BadVideo(say("{name} is one picture, not a video.", name=name), _HINT)
    if len(beat.shown) / beat.fps > MOST_SECONDS:
        raise BadVideo(
            say("{name} is longer than VideoAi can finish.", name=name),
            say("Cut it first: at most {count} seconds.", count=MOST_SECONDS),
        )
    if not beat.even:
        rate = round(float(beat.fps), 2)
        uneven = say("{name} shows its frames for different times; VideoAi reads {fps} a second.", name=name, fps=rate)
        notices = [*notices, uneven]
    return ClipFacts(width, height, beat, tuple(notices))


# Films, by FFmpeg's libraries.


def _opened(path: Path, kind: str) -> av.container.InputContainer:
    """Nothing but that file: a film could name others, and addresses."""
    return av.open(f"file:{path}", format=_MOVIES[kind], options={"protocol_whitelist": "file"})


def _of_movie(path: Path, kind: str, name: str) -> ClipFacts:
    with _opened(path, kind) as film:
        if not film.streams.video:
            raise BadVideo(say("There is no picture in {name}.", name=name), _HINT)
        stream = film.streams.video[0]
        _check_size(stream.width, stream.height, name)
        rates = [rate for rate in (stream.base_rate, stream.average_rate) if rate]
        notices = [say("{name} has sound, which the new video doesn't have.", name=name)] if film.streams.audio else []
        times, end = _times(film, stream, rates, name)
        if int(stream.codec_context.color_trc) in _HDR:
            notices.append(say("{name} is an HDR video; its colours become paler.", name=name))
    height, width, _ = next(_movie_frames(path, kind)).shape
    return _checked(width, height, beat_of(times, end, rates), name, notices)


def _check_size(width: int, height: int, name: str) -> None:
    """Before a frame of it is decoded."""
    if width * height > MOST_PIXELS:
        _checked(width, height, Beat(Fraction(1), range(2), even=True), name)


def _times(
    film: av.container.InputContainer, stream: av.VideoStream, rates: Sequence[Fraction], name: str
) -> tuple[list[Fraction], Fraction]:
    """When each frame is shown, from the first on, and until when the last is: without decoding any."""
    base, timeless, found = stream.time_base or Fraction(1, 1000), False, []
    for packet in film.demux(stream):
        if packet.size and not packet.is_discard:
            timeless = timeless or packet.pts is None
            found.append((packet.pts or 0, packet.duration or 0))
        if len(found) > MOST_SECONDS * MOST_RATE:
            raise BadVideo(
                say("{name} is longer than VideoAi can finish.", name=name),
                say("Cut it first: at most {count} seconds.", count=MOST_SECONDS),
            )
    if timeless:
        rate = rates[0] if rates else Fraction(25)
        return [place / rate for place in range(len(found))], len(found) / rate
    found.sort()
    ticks = [pts - found[0][0] for pts, _ in found]
    usual = ticks[-1] - ticks[-2] if len(ticks) > 1 else 0
    return [tick * base for tick in ticks], (ticks[-1] + (found[-1][1] or usual)) * base if ticks else Fraction(0)


def _movie_frames(path: Path, kind: str) -> Iterator[Pixels]:
    with _opened(path, kind) as film:
        stream = film.streams.video[0]
        stream.codec_context.options = {"max_pixels": str(2 * MOST_PIXELS)}  # should it grow later on
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = 2
        shape = stream.sample_aspect_ratio or Fraction(1)
        for frame in film.decode(stream):
            yield _upright(frame, shape if shape > 0 else Fraction(1))


def _upright(frame: av.VideoFrame, shape: Fraction) -> Pixels:
    """In sRGB, with square pixels, turned as the film says, and on white where it is transparent."""
    alpha = any(component.is_alpha for component in frame.format.components)
    guessed = Colorspace.ITU709 if frame.height >= _HIGH else Colorspace.ITU601
    colours = guessed if int(frame.colorspace) == _UNSPECIFIED else None
    width = max(1, round(frame.width * shape))
    form = "rgba" if alpha else "rgb24"
    pixels: Any = frame.reformat(width=width, format=form, src_colorspace=colours).to_ndarray(format=form)
    turned = np.rot90(pixels, round((frame.rotation or 0) / 90) % 4)
    return on_white(turned) if alpha else np.ascontiguousarray(turned)


def on_white(pixels: Pixels) -> Pixels:
    """(height, width, 4) to three colours."""
    cover = pixels[..., 3:].astype(np.uint16)
    blended = (pixels[..., :3] * cover + 255 * (255 - cover) + 127) // 255
    return blended.astype(np.uint8)


# Moving pictures, by Pillow.


def _of_pictures(path: Path, name: str) -> ClipFacts:
    times, end = [], Fraction(0)
    with _picture(path) as image:
        _check_size(image.width, image.height, name)
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            times.append(end)
            # What is shown for no time, viewers show for a tenth of a second.
            end += Fraction(round(image.info.get("duration", 0)) or 100, 1000)
            if end > MOST_SECONDS:
                break
        return _checked(image.width, image.height, beat_of(times, end, []), name)


def _pictures(path: Path) -> Iterator[Pixels]:
    with _picture(path) as image:
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            yield on_white(np.asarray(image.convert("RGBA")))


def _picture(path: Path) -> Image.Image:
    return Image.open(path, formats=("GIF", "WEBP"))


def _kind(path: Path, name: str) -> str:
    with path.open("rb") as file:
        head = file.read(kinds.HEAD)
    kinds.check_full(head, name, BadVideo)
    kind = kinds.recognise(head)
    if kind is None:
        raise BadVideo(say("{name} is not a video VideoAi can read.", name=name), _HINT)
    if kind.name not in (*_MOVIES, *_PICTURES):
        raise BadVideo(say("{name} is {kind}, not a video VideoAi can finish.", name=name, kind=kind.words), _HINT)
    return kind.name


def _unreadable(name: str) -> BadVideo:
    return BadVideo(say("{name} is not a video VideoAi can read.", name=name), say("It may be damaged or incomplete."))
