"""The same from another host: two network namespaces and a cable, the server in one, a guest in the other.

Nothing of this reaches any network of this machine. The program's own `--lan` opens the door.
"""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import ROOT, find_tool
from tests.web.conftest import wait_until
from tests.web.security import table
from tests.web.security.doors import Doors, Headers, Visitor, pair
from tests.web.security.guest import Answer

HOST, GUEST = "192.168.77.1", "192.168.77.2"
PORT = 5001
STREAM_SECONDS = 20.0


@dataclass(frozen=True)
class Namespace:
    """A host of its own."""

    name: str

    def start(self, *command: str, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["ip", "netns", "exec", self.name, sys.executable, *command],
            **{"stdout": subprocess.PIPE, "text": True, "cwd": ROOT} | options,
        )


class There:
    """Asks from a process in a namespace."""

    def __init__(self, place: Any, host: str, port: int = PORT) -> None:
        self.host, self.port = host, port
        self.process = place.start("-m", "tests.web.security.guest", stdin=subprocess.PIPE)

    def say(self, do: str, **values: Any) -> None:
        for name, value in values.items():
            if isinstance(value, bytes):
                values[name] = base64.b64encode(value).decode()
        self.process.stdin.write(json.dumps({"do": do, "host": self.host, "port": self.port, **values}) + "\n")
        self.process.stdin.flush()

    def heard(self) -> Any:
        line = self.process.stdout.readline()
        assert line, "the guest has gone"
        return json.loads(line)

    def _do(self, do: str, **values: Any) -> Any:
        self.say(do, **values)
        return self.heard()

    def ask(self, method: str, path: str, headers: Headers, body: bytes) -> Answer:
        status, answered, sent = self._do("ask", method=method, path=path, headers=list(headers), body=body)
        return Answer(status, [(name, value) for name, value in answered], base64.b64decode(sent))

    def pour(self, head: bytes, most: int) -> int:
        return self._do("pour", head=head, most=most)

    def reach(self) -> bool:
        return self._do("reach")

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def hosts() -> Iterator[tuple[Namespace, Namespace]]:
    """Two hosts with a cable between them."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a second host needs network namespaces: root on Linux")
    find_tool("ip", "iproute2")
    names = [f"videoai-{os.getpid()}-{letter}" for letter in "ab"]
    if subprocess.run(["ip", "netns", "add", names[0]], capture_output=True).returncode:
        message = "this machine does not let root make network namespaces"
        pytest.fail(message) if os.environ.get("VIDEOAI_REQUIRE_TOOLS") else pytest.skip(message)
    try:
        ip("netns", "add", names[1])
        ip(
            "link",
            "add",
            "name",
            "home0",
            "netns",
            names[0],
            "type",
            "veth",
            "peer",
            "name",
            "home0",
            "netns",
            names[1],
        )
        for name, address in zip(names, (HOST, GUEST), strict=True):
            ip("-n", name, "addr", "add", f"{address}/24", "dev", "home0")
            for device in ("lo", "home0"):
                ip("-n", name, "link", "set", device, "up")
        yield Namespace(names[0]), Namespace(names[1])
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


@pytest.fixture
def server(hosts, known_machine, page) -> Iterator[subprocess.Popen[str]]:
    """`python app.py --lan`, which makes no videos here: what is asked for is far too large to begin."""
    process = hosts[0].start(str(ROOT / "app.py"), "--lan", "--offline", stderr=subprocess.PIPE)
    yield process
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert "Traceback" not in said


@pytest.fixture
def askers(hosts, server) -> Iterator[tuple[There, There]]:
    """One on the server's own host, and one on the other."""
    found = There(hosts[0], "127.0.0.1"), There(hosts[1], HOST)
    yield found
    for asker in found:
        asker.end()


@pytest.fixture
def doors(server, askers) -> Doors:
    said = [server.stdout.readline() for _ in range(3)]
    assert said[:2] == [
        f"VideoAi is at http://localhost:{PORT}\n",
        f"On a phone on the same network: http://{HOST}:{PORT}\n",
    ]
    code = re.fullmatch(r"Code, valid for 5 min: (\d{4} \d{4})\n", said[2])[1]
    owner = Visitor("owner", askers[0], f"localhost:{PORT}")
    assert owner.ask("GET", "/api/phone").json()["code"] == code.replace(" ", "")
    return pair(owner, Visitor("stranger", askers[1], f"{HOST}:{PORT}"))


@pytest.mark.slow
def test_every_attack_from_a_second_host(doors):
    for check in table.CHECKS:
        try:
            check(doors)
        except AssertionError as error:
            raise AssertionError(f"{check.__name__}: {check.__doc__}") from error


def test_what_a_device_has_open_ends_when_it_is_removed_and_when_the_door_is_closed(doors, hosts):
    guest = doors.phone.asker
    headers = [("Host", doors.phone.host), ("Cookie", f"videoai_device={doors.phone.cookie}")]
    device = doors.owner.ask("GET", "/api/phone").json()["devices"][0]["id"]
    guest.say("listen", headers=headers, seconds=STREAM_SECONDS)
    assert guest.heard() == {"began": True}
    assert doors.owner.ask("DELETE", f"/api/phone/devices/{device}").status == 204
    assert guest.heard() == [True, True]
    again = pair(doors.owner, doors.stranger).phone
    headers[1] = ("Cookie", f"videoai_device={again.cookie}")
    guest.say("listen", headers=headers, seconds=STREAM_SECONDS)
    assert guest.heard() == {"began": True}
    assert doors.owner.ask("POST", "/api/phone/close").status == 200
    assert guest.heard() == [True, True]
    assert not guest.reach()


@pytest.mark.slow
def test_a_phone_that_left_the_network_is_noticed(doors, hosts):
    """It has streams open, and says nothing when it goes out of reach."""
    guest = doors.phone.asker
    headers = [("Host", doors.phone.host), ("Cookie", f"videoai_device={doors.phone.cookie}")]
    guest.say("listen", headers=headers, seconds=90)
    assert guest.heard() == {"began": True}
    ip("-n", hosts[1].name, "link", "set", "home0", "down")

    def open_ones() -> str:
        command = ["ip", "netns", "exec", hosts[0].name, "ss", "-Htn", "state", "established", "dst", GUEST]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert open_ones()
    end = time.monotonic() + 60
    while open_ones():
        assert time.monotonic() < end, "it is waited for, for a quarter of an hour"
        time.sleep(1)
    guest.process.kill()


def test_the_loopback_listener_is_out_of_reach_while_the_door_is_closed(doors):
    assert doors.stranger.asker.reach()
    doors.owner.ask("POST", "/api/phone/close")
    wait_until(lambda: not doors.stranger.asker.reach())  # what listens has heard of it a moment later
    assert doors.owner.ask("POST", "/api/phone/open").json()["urls"][0] == f"http://{HOST}:{PORT}"
    assert doors.stranger.asker.reach()
    assert doors.stranger.ask("GET", "/api/jobs").status == 401


def test_where_there_is_no_network_the_command_says_so(hosts, known_machine):
    ip("-n", hosts[0].name, "link", "set", "home0", "down")
    process = hosts[0].start(str(ROOT / "app.py"), "--lan", stderr=subprocess.PIPE)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert said.startswith("Error: This computer is not on a home or office network")


@pytest.mark.slow
def test_a_terminal_shows_the_code_as_a_picture(hosts, known_machine):
    shown, screen = os.openpty()
    process = hosts[0].start(str(ROOT / "app.py"), "--lan", stdout=screen, stderr=subprocess.DEVNULL)
    os.close(screen)
    seen = b""
    try:
        while seen.count("█".encode()) < 300:  # of the other blocks there may be few, as the code says
            seen += os.read(shown, 65536)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        os.close(shown)
    assert b"Code, valid for" in seen
