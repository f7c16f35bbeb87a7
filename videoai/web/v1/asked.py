"""What a client of OpenAI's video API asks for, as this program takes it.

Beside that API's own fields there may be every parameter of the table under its own name, which says it more exactly
and so counts before `size` and `seconds`.
"""

from __future__ import annotations

import base64
import binascii
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from flask import Request as HttpRequest

from videoai.errors import BadInput, BadSettings
from videoai.jobs.admission import need_known_model
from videoai.kinds import Whole
from videoai.language import say
from videoai.presets import SHAPES
from videoai.request import Request
from videoai.settings import PARAMETERS, frames_of
from videoai.web.asking import request_of
from videoai.web.parameter_table import REMOTE
from videoai.web.photos import Kept
from videoai.web.request_body import OPTION_TYPES, file_of, json_of
from videoai.web.services import Services
from videoai.web.v1.errors import about

JSON_BYTES = 20_000_000
"""Of JSON that has a photo in it: one of 14 MB."""

_OWN = {"prompt": str, "model": str, "size": str, "seconds": (str, int, float), "input_reference": dict}
_PHOTO = "input_reference"
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
_DATA_URL = re.compile(r"data:image/[\w.+-]{1,40};base64,")


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """The photo, what is wanted of it, and what there is to say of both."""

    kept: Kept
    wanted: Request
    notices: tuple[str, ...]


def asked(services: Services, request: HttpRequest) -> VideoRequest:
    """Raises BadInput, BadSettings, BadPhoto, NotThere, TooLarge, WrongType."""
    fields = _fields(request)
    notices: list[str] = []
    if fields.get("prompt"):
        notices.append(say("The prompt was not used: the models here make a video of a photo, and take no text."))
    given = {name: fields[name] for name in PARAMETERS if name in fields}
    with about("model"):
        need_known_model(given)
    with about("size"):
        size = _size(fields, notices)
    options = {name: fields[name] for name in REMOTE if name in fields}
    wanted = request_of(services, {"settings": size | given, **options})
    with about("seconds"):
        wanted = replace(wanted, given=_length(fields, wanted) | dict(wanted.given))
    with about(_PHOTO):
        kept, said = _photo(services, request, fields)
    return VideoRequest(kept, wanted, (*said, *notices))


def _fields(request: HttpRequest) -> dict[str, Any]:
    """Those that were given: of a form as text, with lists in the way that their client writes them."""
    known: dict[str, Any] = {**_OWN, **OPTION_TYPES, **dict.fromkeys(PARAMETERS, object), "model": str}
    if request.mimetype != "multipart/form-data":
        return json_of(request, known, JSON_BYTES)
    form = request.form
    found: dict[str, Any] = {name.removesuffix("[]"): ",".join(form.getlist(name)) for name in form}
    reference = {key: found.pop(f"{_PHOTO}[{key}]", "") for key in ("image_url", "file_id")}
    for name in found:
        if name not in known or name == _PHOTO:
            with about(name):
                raise BadSettings(
                    say("There is no field “{name}” here.", name=name[:40]),
                    say("/api/openapi.json describes what you can send."),
                )
    if any(reference.values()):
        found[_PHOTO] = {key: value for key, value in reference.items() if value}
    return {name: value for name, value in found.items() if value != ""}


def _size(fields: Mapping[str, Any], notices: list[str]) -> dict[str, int]:
    """Width and height for `size`: just those, or else the nearest of that shape that there are."""
    if "size" not in fields:
        return {}
    match = _SIZE.fullmatch(fields["size"])
    sides = [_whole("width"), _whole("height")]
    asked = [int(side) for side in match.groups()] if match else [0, 0]
    found = _nearest(asked, sides)
    if found is None:
        ranges = {"least": sides[0].minimum, "most": sides[0].maximum, "step": sides[0].step}
        raise BadSettings(
            say("size is “{size}”, which no video here can have.", size=fields["size"][:40]),
            say("Write it as WIDTHxHEIGHT, from {least} to {most} in steps of {step}.", **ranges),
        )
    if found != asked:
        said = say("No video here has the size {size}, so it is made at {found}.", size=fields["size"], found=_x(found))
        notices.append(said)
    return dict(zip(("width", "height"), found, strict=True))


def _whole(name: str) -> Whole:
    kind = PARAMETERS[name].kind
    if not isinstance(kind, Whole):
        raise TypeError(name)
    return kind


def _nearest(asked: list[int], sides: list[Whole]) -> list[int] | None:
    """None if there is none of about that shape."""
    if not all(asked):
        return None
    smaller = min(1.0, *(kind.maximum / side for side, kind in zip(asked, sides, strict=True)))
    larger = max(1.0, *(kind.minimum / side for side, kind in zip(asked, sides, strict=True)))
    found = [kind.step * round(side * smaller * larger / kind.step) for side, kind in zip(asked, sides, strict=True)]
    fits = all(kind.minimum <= side <= kind.maximum for side, kind in zip(found, sides, strict=True))
    return found if fits else None


def _x(size: list[int]) -> str:
    return f"{size[0]}x{size[1]}"


def _length(fields: Mapping[str, Any], wanted: Request) -> dict[str, int]:
    """Frames for `seconds`, at the rate that the clip would have anyway; in as few parts as they fit into."""
    if "seconds" not in fields:
        return {}
    fps = wanted.settings(SHAPES["landscape"]).fps
    frames = _whole("frames")
    longest = frames_of(frames.maximum, _whole("extend").maximum) / fps
    try:
        seconds = float(fields["seconds"])
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= longest:
        raise BadSettings(
            say("seconds is “{shown}”, which is no length of a video here.", shown=str(fields["seconds"])[:40]),
            say("Choose a number above 0, up to {most} at {fps} fps.", most=math.floor(longest), fps=fps),
        )
    needed = max(round(seconds * fps), frames.minimum)
    parts = max(math.ceil((needed - 1) / (frames.maximum - 1)), 1)
    found = {"frames": math.ceil((needed - 1) / parts) + 1}
    return found | ({"extend": parts - 1} if parts > 1 else {})


def _photo(services: Services, request: HttpRequest, fields: Mapping[str, Any]) -> tuple[Kept, tuple[str, ...]]:
    """From a file of the form, or from what stands for one."""
    reference = fields.get(_PHOTO)
    if reference is None and request.mimetype == "multipart/form-data" and _PHOTO in request.files:
        return services.photos.take(*file_of(request, _PHOTO))
    if reference is None:
        raise BadInput(
            say("There is no photo to make a video of."),
            say("Send one as input_reference: a file of a form, or a data: URL in JSON."),
        )
    if reference.keys() == {"file_id"} and isinstance(reference["file_id"], str):
        return services.photos.get(reference["file_id"]), ()
    if reference.keys() == {"image_url"} and isinstance(reference["image_url"], str):
        return services.photos.take(_decoded(reference["image_url"]), "photo")
    raise BadInput(
        say("input_reference has neither a photo nor the id of one."),
        say("Give it either image_url, with a data: URL, or file_id, with the id of a photo from POST /api/photos."),
    )


def _decoded(url: str) -> BinaryIO:
    head = _DATA_URL.match(url)
    if head is None:
        raise BadInput(
            say("VideoAi fetches no photo from an address."),
            say("Send the photo itself: as a file of a form, or as a data: URL in base64."),
        )
    try:
        return io.BytesIO(base64.b64decode(url[head.end() :], validate=True))
    except (binascii.Error, ValueError) as error:
        raise BadInput(
            say("The photo in image_url is no valid base64."), say("Encode the whole file, in one line.")
        ) from error
