"""Who may ask: in front of every route, of the static files and of what is not there.

The server answers its owner's own browser and scripts: which of the users of this machine that is, owner.py says. A
page of another site that is open in the same browser can send requests here too, under any name that it makes resolve
to 127.0.0.1 (DNS rebinding), so the browser's own words are checked: which host it thinks this is, and where the
request comes from.

What comes in from the LAN needs, besides all that, the cookie of a device that was paired. By which network it came,
the socket says; where it says it is from, and what proxies say of it, counts for nothing.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Any

from flask import Flask, Request, Response, request

from videoai.errors import Forbidden, NotOwner, Unpaired, VideoAiError, WrongType
from videoai.language import say
from videoai.web import addresses, bearer, owner
from videoai.web.phone import Phone
from videoai.web.v1.errors import PREFIX

NETWORK, CHANNEL = "videoai.door", "videoai.channel"
"""Where the server's own part of a request's environment says by which network it came, and on which connection."""

LOCAL, LAN = "local", "lan"

_OWNER, _DEVICE, _REFUSAL = "videoai.owner", "videoai.device", "videoai.refusal"
"""What is known of who asks, once that was looked at."""

_HOST = re.compile(r"(?P<name>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?P<port>:\d{1,5})?")

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

BODY_TYPES = ("application/json", "multipart/form-data")

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)

FOR_ANYBODY = {
    "/",
    "/static/<path:name>",
    "/api/health",
    "/api/words/<language>.json",
    "/api/pair",
}
"""What a device in the network gets before it is paired: the page, which then asks for the code."""

FOR_ANYBODY_HERE = FOR_ANYBODY - {"/api/pair"} | {"/api/owner"}
"""What another user of this machine gets: the page, which then says whose it is."""

FOR_THE_OWNER = {
    "/api/owner",
    "/api/phone",
    "/api/phone/open",
    "/api/phone/close",
    "/api/phone/code",
    "/api/phone/qr.svg",
    "/api/phone/devices/<id>",
    "/api/models/<id>/remove",
    "/api/models/import",
    "/api/uploads",
    "/api/uploads/<id>",
    "/api/disk",
    "/api/disk/free",
    "/api/forget",
    "/api/bin/empty",
}
"""What only the computer itself may do: a phone can be lost, or lent."""

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""Of every response but the page's own scripts."""
OF_SCRIPTS = ("X-Content-Type-Options", "Cross-Origin-Resource-Policy")
"""Those of them that are a script's: the others say what a document may do, and a script does what its page may. Sent
with each of seventy modules they would be a tenth of the page's first load."""


def protect(app: Flask, phone: Phone) -> None:
    """Let nothing past that is not allowed to ask, and say to browsers what they may do with the answers."""

    def check() -> None:
        _check_host(request)
        _check_origin(request)
        _check_device(request, phone)
        _check_type(request)

    app.before_request(check)
    app.after_request(_add_headers)


def is_asked_by_owner(request: Request) -> bool:
    """Whether the owner asks, on this machine. What came in by none of the server's sockets is not theirs."""
    if request.environ.get(NETWORK) != LOCAL:
        return False
    found = request.environ.get(_OWNER)
    if found is None:
        given = request.headers.get("Cookie", ""), request.headers.get("Authorization", "")
        try:
            found = admits(request.environ[CHANNEL], *given, request.environ["SERVER_PORT"])
        except VideoAiError as error:
            found, request.environ[_REFUSAL] = False, error
        request.environ[_OWNER] = found
    return bool(found)


def is_asked_by_known(request: Request) -> bool:
    """Whether the owner asks, or one of the owner's paired devices."""
    return is_asked_by_owner(request) or _DEVICE in request.environ


def admits(channel: Any, cookies: str, authorization: str, port: object) -> bool:
    """Whether a connection of this machine is the owner's, or who has it knows the owner's secret.

    A request that brings a token is judged by that alone. Raises WrongToken, TooManyTries.
    """
    token = bearer.given(authorization)
    if token is not None:
        bearer.TOKENS.check(token, known=bool(channel.is_ours))
        return True
    return bool(channel.is_ours) or owner.has_cookie(cookies, port)


def not_owner() -> NotOwner:
    """Of another user of this machine."""
    return NotOwner(
        say("This VideoAi belongs to another user of this computer."),
        say("If it is yours, start it with --open, which opens a page it recognises."),
    )


def unpaired() -> Unpaired:
    """Of a device that has to be paired first."""
    return Unpaired(
        say("This device is not paired with VideoAi."),
        say("On the computer, choose “Open on my phone”, and type the code it shows."),
    )


def _check_device(request: Request, phone: Phone) -> None:
    """Raises Unpaired, and Forbidden for what only the computer itself may do."""
    rule = None if request.url_rule is None else request.url_rule.rule
    if request.environ.get(NETWORK) == LOCAL:
        if is_asked_by_owner(request):
            request.environ[CHANNEL].is_known = True
        elif rule not in FOR_ANYBODY_HERE:
            raise request.environ.get(_REFUSAL) or not_owner()
        return
    device = phone.device_of(request.headers.get("Cookie", ""))
    if device is None:
        if rule not in FOR_ANYBODY:
            raise unpaired()
        return
    if rule in FOR_THE_OWNER:
        raise Forbidden(
            say("Only the computer itself can do this."), say("Do it in the browser of the computer that runs VideoAi.")
        )
    request.environ[_DEVICE] = request.environ[CHANNEL].device = device.id
    request.environ[CHANNEL].is_known = True


def _check_host(request: Request) -> None:
    """No name but our own: one that anybody can point at this machine makes another site's page ours."""
    match = _HOST.fullmatch(request.environ.get("HTTP_HOST", "").lower())
    if match is None or not _is_ours(match["name"], request.environ.get(NETWORK)):
        raise Forbidden(
            say("This is not an address of VideoAi."),
            say("Open http://localhost with the port VideoAi was started on."),
        )


def _is_ours(name: str, network: object) -> bool:
    """On this machine itself, it has no name and no address that others know it by."""
    if name == "localhost":
        return True
    if network != LOCAL and name == f"{addresses.local_name()}.local":
        return True
    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return address.is_loopback or (network != LOCAL and str(address) in addresses.own())


def _check_origin(request: Request) -> None:
    """Nothing from another site's page, but following a link to ours."""
    elsewhere = Forbidden(say("Other websites cannot use VideoAi."), say("Open VideoAi directly in the browser."))
    origin = request.headers.get("Origin")
    if origin is not None and origin.lower() != f"{request.scheme}://{request.environ['HTTP_HOST']}".lower():
        raise elsewhere
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site not in ("same-origin", "none") and not _is_link(request):
        raise elsewhere


def _is_link(request: Request) -> bool:
    """Whether somebody follows a link to a page of ours, in a window of its own."""
    mode, where = request.headers.get("Sec-Fetch-Mode"), request.headers.get("Sec-Fetch-Dest", "document")
    is_page = not request.path.startswith(("/api/", PREFIX))
    return request.method in ("GET", "HEAD") and mode == "navigate" and where == "document" and is_page


def _check_type(request: Request) -> None:
    """What a form of another site could send without asking first (text/plain) is not taken for JSON."""
    if request.method not in _SAFE_METHODS and request.content_length and request.mimetype not in BODY_TYPES:
        raise WrongType(say("This type of body is not accepted."), say("Send application/json or multipart/form-data."))


def headers_of(mimetype: str | None) -> Iterable[str]:
    """The names of the headers that protect an answer of that type."""
    return OF_SCRIPTS if mimetype == "text/javascript" else HEADERS


def _add_headers(response: Response) -> Response:
    for name in headers_of(response.mimetype):
        response.headers.setdefault(name, HEADERS[name])
    if response.mimetype == "application/json":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
