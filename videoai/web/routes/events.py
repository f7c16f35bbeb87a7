"""The stream of events (text/event-stream)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from videoai.web.events import MOST_BEFORE_NETWORK, MOST_STREAMS, Events
from videoai.web.guard import CHANNEL, is_asked_by_owner
from videoai.web.language import language_of


def routes(events: Events) -> Blueprint:
    """GET /api/events"""
    api = Blueprint("events", __name__)

    @api.get("/api/events")
    def stream() -> Response:
        last = request.headers.get("Last-Event-ID", "")
        seen = int(last) if last.isascii() and last.isdigit() and len(last) < 20 else None
        is_gone = request.environ.get("waitress.client_disconnected", lambda: False)
        most = MOST_STREAMS if is_asked_by_owner(request) else MOST_BEFORE_NETWORK
        channel = request.environ.get(CHANNEL)
        device = None if channel is None else channel.device
        found = events.listen(seen, is_gone, language_of(request), most, device)
        response = Response(iter(found), mimetype="text/event-stream")
        response.call_on_close(found.close)
        response.cache_control.no_store = True
        return response

    return api
