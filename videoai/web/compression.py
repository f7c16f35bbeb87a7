"""Answers in JSON go compressed to who can read that: a phone on the same Wi-Fi waits for the bytes."""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

_WORTH = 1400
"""Bytes. Fewer are one packet of the network, compressed or not."""
_LEVEL = 6
"""A quarter of the bytes, in half a millisecond for the settings, the largest answer that every page asks for."""


def compress_json(app: Flask) -> None:
    """Have each answer in JSON compressed that is worth it; the page's files are, once for all: routes/page.py."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype != "application/json" or response.is_streamed:
        return response
    plain = response.get_data()
    if len(plain) < _WORTH:
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.quality("gzip") > 0:
        response.set_data(gzip.compress(plain, _LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
