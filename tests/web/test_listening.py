"""What a socket lets come: so many uploads, so many connections, and none for ever."""

from __future__ import annotations

import http.client
import json
import resource
import select
import socket
import sys
import threading
import time
from contextlib import ExitStack, closing, suppress

import pytest

from tests.web.conftest import wait_until
from videoai.web import lan, listening, server
from videoai.web.events import MOST_OF_A_DEVICE
from videoai.web.phone import COOKIE

HEAD = b"POST /api/photos HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n%s\r\n"


def connect(host, port):
    return socket.create_connection((host, port), timeout=30)


def answer_of(connection):
    """Status and body of what came back."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response.status, json.loads(response.read())


@pytest.fixture
def token(open_site):
    return open_site.services.phone.devices.add("phone")[1]


def is_free(site) -> bool:
    """Whether a photo can be given, in a moment at the latest."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if site.give().status_code == 201:
            return True
        time.sleep(0.05)
    return False


def test_so_many_files_can_be_on_their_way_and_the_next_is_told(idle):
    with ExitStack() as stack:
        begun = [
            stack.enter_context(closing(connect("127.0.0.1", idle.server.port))) for _ in range(listening.UPLOADS + 1)
        ]
        for each in begun[:-1]:
            each.sendall(HEAD % b"Content-Length: 500000\r\n" + b"x" * 1000)
        turns = idle.server._listeners.uploads
        end = time.monotonic() + 20
        while turns._value and time.monotonic() < end:  # until all their heads have arrived
            time.sleep(0.01)
        for length, how in (
            (b"Content-Length: 500000\r\n", "announced"),
            (b"Transfer-Encoding: chunked\r\n", "in chunks"),
        ):
            late = stack.enter_context(closing(connect("127.0.0.1", idle.server.port)))
            late.sendall(HEAD % length)
            body = b"7a120\r\n" + b"x" * 500_000 + b"\r\n0\r\n\r\n" if how == "in chunks" else b"x" * 500_000
            late.sendall(body)  # all of it, as browsers do, before the answer is read
            status, told = answer_of(late)
            assert (status, told["error"]["code"]) == (503, "busy"), how
        assert idle.get("/api/health").status_code == 200
        assert idle.post("/api/estimate", {"settings": {"model": "draft"}}).status_code == 200
    assert is_free(idle)  # once those that had begun have gone


def test_photos_given_one_after_the_other_take_no_turn_for_ever(idle):
    for _ in range(2 * listening.UPLOADS + 1):
        assert idle.give().status_code == 201  # of 400 kB


def test_a_strangers_file_is_refused_before_it_has_come(open_site, second_address):
    for length in (b"Content-Length: 50000000\r\n", b"Content-Length: 50000000\r\nExpect: 100-continue\r\n"):
        with closing(connect(second_address, open_site.server.port)) as stranger:
            stranger.sendall(HEAD % length)
            status, told = answer_of(stranger)
            assert (status, told["error"]["code"]) == (401, "unpaired")
            assert stranger.recv(1) == b""
    with closing(connect(second_address, open_site.server.port)) as stranger:
        stranger.sendall(HEAD % b"Transfer-Encoding: chunked\r\n")
        assert answer_of(stranger)[0] == 401


def test_the_doors_do_not_take_each_others_turns(open_site, second_address, token):
    cookie = f"Content-Length: 500000\r\nCookie: {COOKIE}={token}\r\n".encode()
    with ExitStack() as stack:
        for _ in range(listening.UPLOADS):
            phone = stack.enter_context(closing(connect(second_address, open_site.server.port)))
            phone.sendall(HEAD % cookie + b"x")
        assert open_site.give().status_code == 201


@pytest.fixture
def impatient(monkeypatch):
    """A server that waits for nobody."""
    for name, value in (("HEAD_SECONDS", 0.2), ("BODY_SECONDS", 0.4), ("LOOK_SECONDS", 0)):
        monkeypatch.setattr(listening, name, value)


def test_a_request_that_never_ends_is_ended(impatient, open_site, second_address):
    for host in ("127.0.0.1", second_address):
        for beginning in (b"GET / HT", HEAD % b"Content-Length: 5000\r\n" + b"x"):
            with closing(connect(host, open_site.server.port)) as slow:
                slow.sendall(beginning)
                stop = threading.Event()

                def drip(slow=slow, stop=stop):
                    while not stop.wait(0.1):
                        try:
                            slow.sendall(b"x")
                        except OSError:
                            return

                thread = threading.Thread(target=drip)
                thread.start()
                try:
                    assert slow.recv(100) == b""
                except ConnectionError:
                    pass
                finally:
                    stop.set()
                    thread.join()


def test_one_address_has_only_so_many_connections(open_site, second_address):
    port = open_site.server.port
    with ExitStack() as stack:
        many = [stack.enter_context(closing(connect(second_address, port))) for _ in range(lan.LIMITS.of_one_peer + 5)]
        closed = _closed(many, 5)
        assert len(closed) == 5
        assert open_site.get("/api/health").status_code == 200
    end = time.monotonic() + 20
    while time.monotonic() < end:  # once they are gone, the next comes in
        with closing(connect(second_address, port)) as one:
            one.sendall(b"GET /api/health HTTP/1.0\r\nHost: localhost\r\n\r\n")
            with suppress(ConnectionError):
                if one.recv(100).startswith(b"HTTP/1.0 200"):
                    return
    raise AssertionError("nobody came in any more")


@pytest.mark.skipif(sys.platform != "linux", reason="other loopback addresses are Linux's")
def test_idle_connections_take_no_room_from_a_phone(open_site, second_address, token):
    """Strangers of three addresses have all the room there is, and say nothing."""
    port, cookie = open_site.server.port, f"Cookie: {COOKIE}={token}\r\n".encode()
    request = b"GET /api/jobs HTTP/1.1\r\nHost: localhost\r\n" + cookie + b"\r\n"
    with ExitStack() as stack:
        paired = stack.enter_context(closing(connect(second_address, port)))
        paired.sendall(request)
        assert answer_of(paired)[0] == 200
        for number in range(72):
            source = (f"127.0.1.{number % 3 + 1}", 0)
            stranger = socket.create_connection((second_address, port), timeout=30, source_address=source)
            stack.enter_context(closing(stranger))
        began = time.monotonic()
        another = stack.enter_context(closing(connect(second_address, port)))
        another.sendall(request)
        assert answer_of(another)[0] == 200
        assert time.monotonic() - began < 5, "it does not wait for them to be tired of"
        paired.sendall(request)
        assert answer_of(paired)[0] == 200, "and who is known is not sent away"


@pytest.fixture
def many_files():
    """This process may have as many files open as the test needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, 1024) if hard == resource.RLIM_INFINITY else min(max(soft, 1024), hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_silent_connections_of_another_user_take_no_room_from_the_owner(idle, many_files):
    """All of this computer have one address."""
    port, request = idle.server.port, b"GET /api/jobs HTTP/1.1\r\nHost: localhost\r\n\r\n"
    upload = HEAD % b"Content-Length: 500000\r\n"
    with ExitStack() as stack:
        mine, giving = (stack.enter_context(closing(connect("127.0.0.1", port))) for _ in range(2))
        mine.sendall(request)
        assert answer_of(mine)[0] == 200
        giving.sendall(upload)
        wait_until(lambda: idle.server._listeners.uploads._value < listening.UPLOADS)
        for _ in range(server.LIMITS.connections + 5):
            stack.enter_context(closing(connect("127.0.0.1", port)))
        began = time.monotonic()
        another = stack.enter_context(closing(connect("127.0.0.1", port)))
        another.sendall(request)
        assert answer_of(another)[0] == 200
        assert time.monotonic() - began < 10, "it does not wait for them to be tired of"
        mine.sendall(request)
        assert answer_of(mine)[0] == 200, "and who is known is not sent away"
        giving.sendall(bytes(500_000))
        assert answer_of(giving)[1]["error"], "nor is a file of theirs on its way, though this one is refused"


def test_of_one_devices_streams_the_newest_go_on(open_site, second_address, token):
    port, cookie = open_site.server.port, f"Cookie: {COOKIE}={token}\r\n".encode()
    request = b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n" + cookie + b"\r\n"
    with ExitStack() as stack:
        streams = [stack.enter_context(closing(connect(second_address, port))) for _ in range(10)]
        for stream in streams:
            stream.sendall(request)
            assert stream.recv(15) == b"HTTP/1.1 200 OK"
        wait_until(lambda: open_site.services.events.listeners == MOST_OF_A_DEVICE)


def _closed(connections, wanted):
    """Those at whose other end nobody is any more; waits until there are as many as `wanted`, but not for ever."""
    end = time.monotonic() + 10
    while True:
        found = select.select(connections, [], [], 0.2)[0]
        if len(found) >= wanted or time.monotonic() > end:
            return found


def test_a_door_that_is_closed_leaves_no_thread_and_no_socket(idle, second_address):
    before = len(threading.enumerate())
    for _ in range(3):
        idle.post("/api/phone/open")
        with closing(connect(second_address, idle.server.port)) as one:
            idle.post("/api/phone/close")
            assert _closed([one], 1) == [one]
    end = time.monotonic() + 20
    while len(threading.enumerate()) > before and time.monotonic() < end:
        time.sleep(0.05)
    assert len(threading.enumerate()) <= before
