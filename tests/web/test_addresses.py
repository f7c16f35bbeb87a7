"""Which of a machine's addresses a phone could be near to."""

from __future__ import annotations

import socket
import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest

from videoai.web import addresses
from videoai.web.addresses import in_network


def card(*found: str, up: bool = True):
    kinds = [socket.AF_INET6 if ":" in each else socket.AF_INET for each in found]
    return [SimpleNamespace(address=each, family=kind) for each, kind in zip(found, kinds, strict=True)], up


@pytest.fixture
def cards(monkeypatch):
    def be(**found):
        monkeypatch.setattr(psutil, "net_if_addrs", lambda: {name: each for name, (each, _) in found.items()})
        states = {name: SimpleNamespace(isup=up) for name, (_, up) in found.items()}
        monkeypatch.setattr(psutil, "net_if_stats", lambda: states)

    return be


def test_only_private_addresses_of_real_cards_that_are_up(cards):
    cards(
        en10=card("10.0.0.4"),
        en0=card("192.168.1.5", "fe80::1%en0"),
        lo0=card("127.0.0.1"),
        en1=card("192.168.2.5", up=False),
        utun3=card("10.8.0.2"),
        docker0=card("172.17.0.1"),
        veth1a=card("172.18.0.1"),
        en2=card("169.254.7.7"),
        en3=card("8.8.8.8"),
        en4=card("100.64.0.9"),
    )
    assert in_network() == ["192.168.1.5", "10.0.0.4"]
    assert "fe80::1" in addresses.own()


def test_a_machine_without_a_network_has_none(cards):
    cards(lo=card("127.0.0.1"))
    assert in_network() == []


@pytest.fixture
def unnamed():
    addresses.local_name.cache_clear()
    yield
    addresses.local_name.cache_clear()


@pytest.mark.parametrize(
    ("bonjour", "code", "name"),
    [("Annas-MacBook\n", 0, "annas-macbook"), ("", 0, "fallback"), ("LocalHostName: not set\n", 1, "fallback")],
)
def test_a_mac_is_called_what_bonjour_calls_it(unnamed, monkeypatch, bonjour, code, name):
    monkeypatch.setattr(sys, "platform", "darwin")
    asked = SimpleNamespace(returncode=code, stdout=bonjour)
    monkeypatch.setattr(subprocess, "run", lambda *words, **options: asked)
    monkeypatch.setattr("platform.node", lambda: "Fallback.fritz.box")
    assert addresses.local_name() == name
