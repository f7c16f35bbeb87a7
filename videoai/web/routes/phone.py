"""Opening the app to a phone, and the phone's way in."""

from __future__ import annotations

import io

from flask import Blueprint, Response, jsonify, request

from videoai.errors import BadInput, Forbidden, NotThere
from videoai.language import say
from videoai.web.guard import LOCAL, NETWORK
from videoai.web.phone import COOKIE, Phone
from videoai.web.request_body import json_of

_COOKIE_SECONDS = 400 * 86400
"""The longest that browsers keep one."""


def routes(phone: Phone) -> Blueprint:
    """/api/phone, for the computer itself, and POST /api/pair"""
    api = Blueprint("phone", __name__)

    @api.get("/api/phone")
    def show() -> Response:
        return jsonify(phone.to_dict())

    @api.post("/api/phone/open")
    def open_to_network() -> Response:
        json_of(request, {})
        phone.open()
        return jsonify(phone.to_dict())

    @api.post("/api/phone/close")
    def close_to_network() -> Response:
        json_of(request, {})
        phone.close()
        return jsonify(phone.to_dict())

    @api.post("/api/phone/code")
    def new_code() -> Response:
        json_of(request, {})
        phone.new_code()
        return jsonify(phone.to_dict())

    @api.get("/api/phone/qr.svg")
    def qr() -> Response:
        link = phone.link()
        if link is None:
            raise NotThere(say("Phones cannot connect yet."), say("Choose “Open on my phone” first."))
        response = Response(picture(link), mimetype="image/svg+xml")
        response.cache_control.no_store = True
        return response

    @api.delete("/api/phone/devices/<id>")
    def revoke(id: str) -> tuple[str, int]:
        phone.revoke(id)
        return "", 204

    @api.post("/api/pair")
    def pair() -> tuple[Response, int]:
        body = json_of(request, {"code": str, "name": str})
        if request.environ.get(NETWORK) == LOCAL:
            raise Forbidden(say("This computer does not need pairing."), say("Open the page's address on the phone."))
        if "code" not in body:
            raise BadInput(say("The code is missing."), say("Enter the code the computer shows."))
        peer = request.environ["REMOTE_ADDR"]
        device, token = phone.pair(body["code"], body.get("name", ""), request.headers.get("User-Agent", ""), peer)
        response = jsonify(id=device.id, name=device.name)
        response.set_cookie(COOKIE, token, max_age=_COOKIE_SECONDS, path="/", httponly=True, samesite="Strict")
        return response, 201

    return api


def picture(link: str) -> bytes:
    """`link` as a QR code: SVG, dark on light, so that every camera reads it."""
    import segno

    out = io.BytesIO()
    segno.make(link, micro=False, error="m").save(out, kind="svg", xmldecl=False, light="#fff", border=3, omitsize=True)
    return out.getvalue()
