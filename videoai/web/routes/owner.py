"""The way in for the owner, where the system does not tell who asks: see owner.py."""

from __future__ import annotations

from flask import Blueprint, Response, request

from videoai.errors import BadInput
from videoai.language import say
from videoai.web import owner
from videoai.web.guard import not_owner
from videoai.web.request_body import json_of


def routes() -> Blueprint:
    """POST /api/owner"""
    api = Blueprint("owner", __name__)

    @api.post("/api/owner")
    def enter() -> Response:
        given = json_of(request, {"token": str}).get("token")
        if given is None:
            raise BadInput(say("The token is missing."), say("Use the link that VideoAi opens with --open."))
        if not owner.is_token(given):
            raise not_owner()
        response = Response(status=204)
        name = owner.cookie(request.environ["SERVER_PORT"])
        response.set_cookie(name, given, path="/", httponly=True, samesite="Strict")
        return response

    return api
