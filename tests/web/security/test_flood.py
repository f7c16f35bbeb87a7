"""A storm at the door to the network, and the computer's own page all the while."""

from __future__ import annotations

import resource
import socket
import statistics
import threading
import time
from contextlib import suppress
from dataclasses import replace

import pytest
import requests

from videoai.web import lan
from videoai.web.phone import COOKIE

CONNECTIONS = 500
SECONDS = 2.5
OWNER_SECONDS = 0.2
"""Within which the page answers, for most of the requests: the machine that tests has other things to do as well."""


@pytest.fixture
def many_files():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS + 500
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"{wanted} files cannot be open at once here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(params=["one address", "many addresses"])
def storm_from(request, monkeypatch):
    if request.param == "many addresses":
        monkeypatch.setattr(lan, "LIMITS", replace(lan.LIMITS, of_one_peer=CONNECTIONS))


@pytest.mark.slow  # it asserts a time
def test_the_owners_page_answers_during_a_flood_and_slow_uploads(storm_from, open_site, second_address, many_files):
    place = second_address, open_site.server.port
    token = open_site.services.phone.devices.add("phone")[1]
    slow = (
        f"POST /api/photos HTTP/1.1\r\nHost: localhost\r\nCookie: {COOKIE}={token}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 50000000\r\n\r\n"
    ).encode()
    storm = [socket.socket(socket.AF_INET6 if ":" in second_address else socket.AF_INET) for _ in range(CONNECTIONS)]
    done = threading.Event()

    def drip():
        """A third says nothing, a third goes on with an upload, a third asks again and again."""
        while not done.wait(0.02):
            for number, each in enumerate(storm):
                with suppress(OSError):
                    each.send((b"", b"x", b"GET /api/jobs HTTP/1.1\r\nHost: localhost\r\n\r\n")[number % 3])
                    each.recv(65536)

    try:
        for each in storm:
            each.setblocking(False)
            each.connect_ex(place)
        for number, each in enumerate(storm):
            if number % 3 == 1:
                with suppress(OSError):
                    each.send(slow)
        thread = threading.Thread(target=drip)
        thread.start()
        took, end = [], time.monotonic() + SECONDS
        while time.monotonic() < end:
            began = time.monotonic()
            assert requests.get(open_site.url + "/", timeout=30).status_code == 200
            assert requests.get(open_site.url + "/api/jobs", timeout=30).status_code == 200
            took.append((time.monotonic() - began) / 2)
        done.set()
        thread.join()
    finally:
        done.set()
        for each in storm:
            each.close()
    assert statistics.median(took) < OWNER_SECONDS, took
    assert open_site.give().status_code == 201
