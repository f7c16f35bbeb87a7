"""127.0.0.1 is every user's of this computer; the videos are one's."""

from __future__ import annotations

import os
import re
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.conftest import ROOT
from tests.web.conftest import wait_until
from tests.web.security.doors import Visitor, routes
from tests.web.security.test_second_host import There
from videoai.system import paths, temporary
from videoai.web import owner
from videoai.web.guard import FOR_ANYBODY_HERE

NEIGHBOUR = 12345
# It becomes the other user once all is loaded: that user may read no file of these tests.
CODE = (
    f"import os, encodings.idna; from tests.web.security import guest; os.setgid({NEIGHBOUR}); os.setuid({NEIGHBOUR})"
)


class Neighbour:
    """Another user of this machine."""

    def start(self, *command: str, **options: object) -> subprocess.Popen[str]:
        code = f"{CODE}; guest.main()"
        return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True, **options)


@pytest.fixture
def neighbour(idle):
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("needs root on Linux, to become another user")
    port = idle.server.port
    there = There(Neighbour(), "127.0.0.1", port)
    yield Visitor("neighbour", there, f"localhost:{port}")
    there.end()


def test_another_user_of_this_computer_gets_the_page_and_no_more(idle, neighbour):
    idle.give()
    open_to_all = {rule.replace("<path:name>", "x").replace("<language>", "it") for rule in FOR_ANYBODY_HERE}
    forged = ("Cookie", f"{owner.cookie(idle.server.port)}={'A' * 43}")
    for headers in ([], [forged], [("X-Forwarded-For", "127.0.0.1"), ("Authorization", "Bearer x")]):
        for method, path in routes():
            answer = neighbour.ask(method, path, headers)
            if path in open_to_all or path.startswith("/static/"):
                assert answer.status in (200, 400, 401, 404, 405, 415, 429), (method, path, answer.status)
            else:
                assert answer.status in (401, 429), (method, path, answer.status)
                refused = ("wrong_token", "too_many_tries") if len(headers) == 2 else ("not_owner",)
                assert method == "HEAD" or answer.code in refused
    right = {"Authorization": f"Bearer {owner.token()}"}
    assert idle.get("/v1/videos", headers=right).status_code == 200, "and waits for no stranger's guesses"
    assert neighbour.ask("GET", "/").status == 200
    assert neighbour.send("POST", "/api/phone/open", {}).status == 401
    assert idle.get("/api/phone").json()["open"] is False
    assert idle.get("/api/jobs").status_code == 200, "the owner gets everything, at the plain address"


def test_what_another_user_sends_is_not_taken_in(idle, neighbour):
    # The head alone: it is refused, and the connection ended, before any of it has come.
    head = [("Content-Type", "multipart/form-data; boundary=x"), ("Content-Length", "2000000")]
    answer = neighbour.ask("POST", "/api/photos", head)
    assert (answer.status, answer.code) == (401, "not_owner")
    assert list(paths.photos().glob("*")) == []


def test_why_no_video_can_be_made_is_not_told_to_another_user(idle, neighbour, monkeypatch):
    monkeypatch.setattr("videoai.web.serialiser.Serialiser.trouble", lambda self: {"message": "secret", "hint": ""})
    assert idle.get("/api/health").json()["trouble"]["message"] == "secret"
    assert neighbour.ask("GET", "/api/health").json().keys() == {"status", "version"}


def test_where_the_system_does_not_tell_a_secret_does(idle, monkeypatch):
    monkeypatch.setattr("videoai.web.listening.has_connection", lambda client, server: None)
    assert idle.get("/api/jobs").status_code == 401
    assert idle.post("/api/owner", {"token": "A" * 43}).status_code == 401
    entered = idle.post("/api/owner", {"token": owner.token()})
    assert entered.status_code == 204
    set_cookie = entered.headers["Set-Cookie"]
    assert re.fullmatch(rf"{owner.cookie(idle.server.port)}=[\w-]+; HttpOnly; Path=/; SameSite=Strict", set_cookie)
    assert requests.get(f"{idle.url}/api/jobs", cookies=entered.cookies, timeout=10).status_code == 200
    other = {owner.cookie(idle.server.port + 1): owner.token()}
    assert requests.get(f"{idle.url}/api/jobs", cookies=other, timeout=10).status_code == 401


def test_no_browser_is_called_with_the_secret(own_home, monkeypatch):
    """All users of a computer can read what programs are called with."""
    from videoai.cli.serve import link_of

    address = "http://localhost:5001"
    assert link_of(address) == address, "the system tells whose browser asks"
    monkeypatch.setattr(owner, "is_told", lambda: False)
    link = link_of(address)
    assert owner.token() not in link
    file = Path(link.removeprefix("file://"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f"url={address}/#token={owner.token()}" in file.read_text()
    os.utime(file, (0, 0))
    temporary.sweep()
    assert not file.exists()


def test_the_secret_is_ours_alone_and_stays(own_home):
    first = owner.token()
    file = paths.home() / "owner.token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert owner.token() == first
    assert owner.is_token(first)
    assert not owner.is_token("")
    file.write_text("")
    assert not owner.is_token("")
    assert len(owner.token()) >= 43
    assert owner.token() != first


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/net is Linux's")
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_the_system_tells_whose_connection_it_is_until_that_is_let_go(family):
    host = "::1" if family == socket.AF_INET6 else "127.0.0.1"
    with socket.create_server((host, 0), family=family) as server:
        place = server.getsockname()[:2]
        client = socket.create_connection(place)
        accepted, peer = server.accept()
        with accepted:
            assert owner.has_connection(peer[:2], place) is True
            client.shutdown(socket.SHUT_WR)
            assert owner.has_connection(peer[:2], place) is True, "half closed, it still is somebody's"
            client.close()
            # The system calls what nobody holds root's, who may do everything.
            wait_until(lambda: owner.has_connection(peer[:2], place) is None)
    assert owner.has_connection((host, 1), place) is None


def test_what_lsof_prints_names_both_ends():
    lines = "p4711\nf23\nn127.0.0.1:50123->127.0.0.1:5001\nf24\nn[::1]:50124->[::1]:5001".splitlines()
    assert owner.is_listed(("127.0.0.1", 50123), ("127.0.0.1", 5001), lines)
    assert owner.is_listed(("::1", 50124), ("::1", 5001), lines)
    assert not owner.is_listed(("127.0.0.1", 5001), ("127.0.0.1", 50123), lines), "the server's own end"
    assert not owner.is_listed(("127.0.0.1", 50124), ("127.0.0.1", 5001), lines)


def test_names_of_the_network_belong_to_its_door(idle, open_site, second_address):
    from videoai.web.addresses import local_name

    name = f"{local_name()}.local"
    assert requests.get(f"{idle.url}/api/health", headers={"Host": name}, timeout=10).status_code == 403
    there = f"http://{second_address}:{idle.server.port}/api/health"
    assert requests.get(there, headers={"Host": name}, timeout=10).status_code == 200
