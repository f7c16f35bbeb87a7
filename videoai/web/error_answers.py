"""Errors as JSON: a sentence, a hint and a code, in the shape that the command line has too, and never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from videoai.errors import BadInput, NotAllowed, NotThere, TooLarge, VideoAiError, WriteFailed, WrongType
from videoai.language import say, shown
from videoai.media.photo_decoder import MAX_BYTES
from videoai.system.reasons import is_full
from videoai.system.scrubbing import without_home
from videoai.system.units import size
from videoai.web.audience import fit_for_them
from videoai.web.v1 import errors as v1

_log = logging.getLogger("videoai.web")


def answer_errors(app: Flask) -> None:
    """Turn whatever is raised while a request is answered into JSON."""
    app.register_error_handler(VideoAiError, _ours)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _defect)


def public(error: Mapping[str, str]) -> dict[str, str]:
    """An error, as VideoAiError.to_dict()["error"] has it, in the current language, without the user's name (the
    path of the home folder is “~”), and for others without the names of the user's programs."""
    return {name: without_home(shown(fit_for_them(text))) for name, text in error.items()}


def _ours(error: VideoAiError) -> Response:
    told = public(error.to_dict()["error"])
    if request.path.startswith(v1.PREFIX):
        response = jsonify(v1.shaped(told, error.http_status, g.get("param")))
        response.headers["X-Should-Retry"] = str(error.http_status in v1.PASSING).lower()
    else:
        response = jsonify({"error": told})
    response.status_code = error.http_status
    if error.http_status == 503:
        response.headers["Retry-After"] = "3"
    return response


def _of_http(error: HTTPException) -> Response:
    response = _ours(_translated(error))
    response.status_code = error.code or 500
    allowed = dict(error.get_headers()).get("Allow")
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed.split(", ")))
    return response


def _translated(error: HTTPException) -> VideoAiError:
    """What Flask or Werkzeug refused, in our words."""
    if error.code == 404:
        return NotThere(say("There is nothing at this address."), say("/api/openapi.json lists every address."))
    if error.code == 405:
        return NotAllowed(
            say("{method} is not allowed here.", method=request.method), say("/api/openapi.json lists every address.")
        )
    if error.code == 413:
        return too_large()
    if error.code == 415:
        return WrongType(say("This type of body is not accepted."), say("Send application/json."))
    return not_understood()


def too_large() -> TooLarge:
    """Of a request that is larger than any photo may be."""
    return TooLarge(say("The request is too large."), say("Send one photo of at most {size}.", size=size(MAX_BYTES)))


def not_understood() -> BadInput:
    """Of a request that is none."""
    return BadInput(say("The request is not valid."), say("/api/openapi.json describes what you can send."))


def no_room() -> WriteFailed:
    """Of what was sent, and could not be put down."""
    return WriteFailed(
        say("There is no room for what you sent: the disk is full."), say("Free some space, then send it again.")
    )


def _defect(error: Exception) -> Response:
    if is_full(error):
        return _ours(no_room())
    _log.error("%s %s failed", request.method, request.path, exc_info=error)
    return _ours(
        VideoAiError(
            say("Something unexpected went wrong ({name}).", name=type(error).__name__),
            say("This is a bug in VideoAi; the window where you started it shows the details."),
        )
    )
