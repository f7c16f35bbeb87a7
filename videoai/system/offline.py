"""What may leave this machine: nothing but a download that the user asked for, and offline not even that.

Offline is enforced in the process: whoever opens a connection to elsewhere, or looks up a name, through Python's
sockets is refused, whichever package it is. Processes that this one starts are told by the environment, and do the
same. What native code might do by itself is not seen here: that it does nothing, tests/privacy watches the system
calls for.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from typing import Any

from videoai.errors import Offline
from videoai.language import say

_OURS, _HUB, _TRANSFORMERS = "VIDEOAI_OFFLINE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"

_SILENT = {
    # This program uses none of the hub's own packages. Should one be loaded by another package, it reports nothing.
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    _HUB: "1",
}

_TRUE = {"1", "true", "yes", "on"}

_TO = {"socket.connect", "socket.sendto", "socket.sendmsg"}
"""Audit events whose second argument is where something goes; a name in it has been looked up by then."""
_NAMED = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
"""Those whose first argument is what is looked up."""

_closed = False


def asked() -> bool:
    """Whether the user has said, for this program or else for all that use the hub, that nothing may be fetched.

    The first that says anything counts, as the hub's own library reads them; an empty one says nothing.
    """
    said = next(filter(None, map(os.environ.get, (_OURS, _HUB, _TRANSFORMERS))), "")
    return said.lower() in _TRUE


def prepare() -> None:
    """At the start of a process, before anything is imported that reads it: no telemetry, and offline if that is asked.

    What the user has exported is left alone; what it says of the hub is kept as what it says of this program.
    """
    os.environ[_OURS] = os.environ.get(_OURS) or ("1" if asked() else "0")
    for name, value in _SILENT.items():
        os.environ.setdefault(name, value)
    if asked():
        close()


def close() -> None:
    """From now on nothing leaves this process, nor those that it starts; there is no way back."""
    global _closed
    os.environ[_OURS] = "1"
    if not _closed:
        _closed = True
        sys.addaudithook(_refuse)


def is_closed() -> bool:
    """Whether that is enforced."""
    return _closed


def sentence() -> str:
    """What to say of it to the user."""
    if _closed:
        return say("offline: nothing can leave this computer")
    return say("used only for downloads you ask for")


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Raises Offline."""
    if (event in _TO and not _stays(arguments[1])) or (event in _NAMED and not _is_no_name(arguments[0])):
        raise Offline(
            say("VideoAi is offline: nothing can leave this computer."),
            say("To download something, start VideoAi without --offline and with VIDEOAI_OFFLINE=0."),
        )


def _stays(address: object) -> bool:
    """Whether an address is on this machine: of the loopback, or of no network at all."""
    if not isinstance(address, tuple) or not isinstance(address[0], str):
        return True  # a path, a process; or none, as the connection was made before
    try:
        ip = ipaddress.ip_address(address[0].partition("%")[0])
    except ValueError:
        return address[0] in ("", "localhost")
    mapped = getattr(ip, "ipv4_mapped", None)
    return bool((mapped or ip).is_loopback)


def _is_no_name(host: object) -> bool:
    """Whether nobody needs to be asked who that is."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if text is None or text in ("", "localhost"):
        return True
    try:
        ipaddress.ip_address(str(text).partition("%")[0])
    except ValueError:
        return False
    return True
