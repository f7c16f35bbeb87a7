"""The settings inside a video: written as one line of JSON, and read back from a file nobody vouches for."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import av
import av.container
from PIL import Image

from videoai.catalogue import MODELS
from videoai.errors import BadVideo
from videoai.formats import MOVIES
from videoai.language import say
from videoai.media.decoding import kinds
from videoai.parameters import FINISHING
from videoai.settings import PARAMETERS, GenerationSettings
from videoai.system.reasons import reason
from videoai.version import __version__

_MAX_COMMENT = 64 * 1024

_FRAME = "PNG"
"""The kind of a frame's file."""

_HINT = say("Only videos made by VideoAi carry their settings; an edited or re-sent copy may have lost them.")


def describe(
    settings: GenerationSettings, video: Mapping[str, Any] | None = None, known: Collection[str] | None = None
) -> str:
    """The comment that a video carries: the program's version, and the settings with the seed and the model.

    `video` is what became of the model's clip, if it was finished: its size, frames, fps and seconds. `known` are the
    names of the settings to tell, if not all: of a clip of somebody else's only its finishing is.
    """
    # What was not finished has nothing to say of that: such a video is the same, byte for byte, in every version.
    values = {name: value for name, value in settings.to_dict().items() if not _is_unfinished(name, value)}
    values = {name: value for name, value in values.items() if known is None or name in known}
    if "model" in values and values["model"] not in MODELS:
        # A path may hold the user's name; which folder it was is enough.
        values["model"] = Path(values["model"]).name
    finished = {} if video is None else {"video": dict(video)}
    return json.dumps({"videoai": __version__, "settings": values} | finished, separators=(",", ":"))


def _is_unfinished(name: str, value: object) -> bool:
    parameter = PARAMETERS[name]
    return parameter.group == FINISHING and value == parameter.default()


def read_metadata(path: Path) -> dict[str, Any]:
    """What `describe` wrote into the video at `path` (for frames: the folder, or one of its PNGs).

    The result is a dict with "videoai" (a version) and "settings" (a dict, not checked any further), and with "video"
    (another) if it was finished.
    Raises BadVideo if the file cannot be read or carries no settings.
    """
    if path.is_dir():
        frames = sorted(path.glob("*.png"))
        if not frames:
            raise BadVideo(say("The folder {folder} contains no video frames.", folder=path), say("Check the path."))
        path = frames[0]
    if path.exists() and not path.is_file():
        raise BadVideo(say("{path} is not a file.", path=path), say("Check the path."))
    if not path.is_file():
        raise BadVideo(say("There is no video {path}.", path=path), say("Check the path."))
    kind = _look(path)
    if kind is None or kind.name not in (*kinds.MADE_HERE, _FRAME):
        raise kinds.refused_video(kind, path.name)
    comment = _picture_comment(path) if kinds.MADE_HERE.get(kind.name) not in MOVIES else _movie_comment(path)
    if len(comment) > _MAX_COMMENT:
        raise BadVideo(say("{name} contains no VideoAi settings.", name=path.name), _HINT)
    try:
        metadata = json.loads(comment)
    except (ValueError, RecursionError):
        metadata = None
    if not (
        isinstance(metadata, dict)
        and isinstance(metadata.get("videoai"), str)
        and isinstance(metadata.get("settings"), dict)
    ):
        raise BadVideo(say("{name} contains no VideoAi settings.", name=path.name), _HINT)
    finished = {"video": metadata["video"]} if isinstance(metadata.get("video"), dict) else {}
    return {"videoai": metadata["videoai"], "settings": metadata["settings"]} | finished


def _look(path: Path) -> kinds.FileKind | None:
    try:
        with path.open("rb") as file:
            head = file.read(kinds.HEAD)
    except OSError as error:
        raise BadVideo(
            say("{name} cannot be opened: {reason}.", name=path.name, reason=reason(error)),
            say("Check the path and its permissions."),
        ) from error
    kinds.check_full(head, path.name, BadVideo)
    return kinds.recognise(head)


def open_movie(path: Path) -> av.container.InputContainer:
    """The movie, as the one kind of file that it is by its content, and nothing but that file is opened: a movie could
    name others, and addresses. Raises av.FFmpegError, OSError, ValueError, BadVideo."""
    kind = _look(path)
    ending = None if kind is None else kinds.MADE_HERE.get(kind.name)
    if ending not in MOVIES:
        raise ValueError("no movie")
    form = MOVIES[ending].replace("webm", "matroska")
    return av.open(f"file:{path}", format=form, options={"protocol_whitelist": "file"})


def _movie_comment(path: Path) -> str:
    try:
        with open_movie(path) as container:
            tags = {name.lower(): value for name, value in container.metadata.items()}
    except (av.FFmpegError, OSError, ValueError) as error:
        raise BadVideo(
            say("{name} is not a video VideoAi can read.", name=path.name), say("It may be damaged or incomplete.")
        ) from error
    return tags.get("comment", "")


def _picture_comment(path: Path) -> str:
    try:
        with Image.open(path, formats=("GIF", "WEBP", "PNG")) as image:
            info = dict(image.info)
            info |= getattr(image, "text", {})
    except Exception as error:  # a decoder may fail in any way on a damaged or hostile file
        raise BadVideo(
            say("{name} is not a video VideoAi can read.", name=path.name), say("It may be damaged or incomplete.")
        ) from error
    comment = info.get("comment") or info.get("Comment") or _xmp_description(info.get("xmp", b""))
    return comment.decode("utf-8", "replace") if isinstance(comment, bytes) else str(comment)


def _xmp_description(packet: bytes) -> bytes:
    # A pattern rather than an XML parser: the only packet of interest is the one video.py writes.
    match = re.search(rb"<dc:description>([^<]*)</dc:description>", packet[: 2 * _MAX_COMMENT])
    return html.unescape(match[1].decode("utf-8", "replace")).encode() if match else b""
