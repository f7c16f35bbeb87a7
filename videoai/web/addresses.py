"""The addresses of this machine in its own network: where a phone on the same Wi-Fi finds it."""

from __future__ import annotations

import functools
import ipaddress
import platform
import socket
import sys
from contextlib import suppress

import psutil

from videoai.system.machine_id import said_by

_NOT_A_CARD = (
    "awdl",
    "br-",
    "bridge",
    "docker",
    "ipsec",
    "llw",
    "lxc",
    "ppp",
    "tailscale",
    "tap",
    "tun",
    "utun",
    "veth",
    "virbr",
    "vmnet",
    "wg",
    "zt",
)
"""How tunnels, containers and virtual machines call what looks like a network card: no phone is at their other end."""


def own() -> set[str]:
    """All addresses that this machine has at the moment, without zones."""
    cards = psutil.net_if_addrs().values()
    return {each.address.partition("%")[0] for card in cards for each in card}


def in_network() -> list[str]:
    """The private IPv4 addresses of its network cards; the cards that were there first come first.

    A public address is none of them: the door is opened to the home, not to the internet.
    """
    states = psutil.net_if_stats()
    found = []
    for name, card in sorted(psutil.net_if_addrs().items(), key=lambda item: (len(item[0]), item[0])):
        if name.startswith(_NOT_A_CARD) or name not in states or not states[name].isup:
            continue
        found += [each.address for each in card if each.family == socket.AF_INET and _is_private(each.address)]
    return found


def _is_private(text: str) -> bool:
    address = ipaddress.IPv4Address(text)
    return address.is_private and not (address.is_loopback or address.is_link_local or address.is_unspecified)


@functools.cache
def local_name() -> str:
    """What this machine is called in its own network, without “.local”, in small letters."""
    if sys.platform == "darwin":  # a Mac's name for Bonjour; the other one may come from the router
        with suppress(OSError):
            if name := said_by("/usr/sbin/scutil", "--get", "LocalHostName"):
                return name.lower()
    return platform.node().partition(".")[0].lower()
