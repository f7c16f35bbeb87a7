"""Errors as JSON: a sentence, a hint and a code, in the shape that the command line has too, and never a traceback."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from videoai.errors import BadInput, NotAllowed, NotThere, TooLarge, VideoAiError, WrongType
from videoai.language import shown

_log = logging.getLogger("videoai.web")


def answer_errors(app: Flask) -> None:
    """Turn whatever is raised while a request is answered into JSON."""
    app.register_error_handler(VideoAiError, _ours)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _defect)


def public(error: dict[str, Any]) -> dict[str, Any]:
    """An error, as VideoAiError.to_dict()["error"] has it, without the user's name: his folder is “~”."""
    home = str(Path.home())
    return {name: text.replace(home, "~") if isinstance(text, str) else text for name, text in shown(error).items()}


def _ours(error: VideoAiError) -> Response:
    response = jsonify({"error": public(error.to_dict()["error"])})
    response.status_code = error.http_status
    if error.http_status == 503:
        response.headers["Retry-After"] = "3"
    return response


def _of_http(error: HTTPException) -> Response:
    response = _ours(_translated(error))
    response.status_code = error.code or 500
    allowed = dict(error.get_headers()).get("Allow")
    if allowed:
        response.headers["Allow"] = allowed
    return response


def _translated(error: HTTPException) -> VideoAiError:
    """What Flask or Werkzeug refused, in our words."""
    if error.code == 404:
        return NotThere("There is nothing at this address.", "/api/openapi.json lists what there is.")
    if error.code == 405:
        return NotAllowed(f"{request.method} is not possible here.", "/api/openapi.json lists what is.")
    if error.code == 413:
        return TooLarge("That is more than is taken at once.", "Send one photo of at most 64 MB.")
    if error.code == 415:
        return WrongType("A body of this type is not taken.", "Send application/json.")
    return BadInput("The request cannot be understood.", "/api/openapi.json says what can be asked, and how.")


def _defect(error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.path, exc_info=error)
    return _ours(
        VideoAiError(
            f"Something went wrong that should not have ({type(error).__name__}).",
            "This is a defect of VideoAi; the window in which it was started shows the details.",
        )
    )
