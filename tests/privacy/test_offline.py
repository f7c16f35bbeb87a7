"""Offline is enforced in the process and in those it starts; and every library is told to report nothing."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys

import pytest
from huggingface_hub import constants

from tests.conftest import ROOT
from videoai.system import offline
from videoai.upkeep.checkup import network_check

CLOSED = "from videoai.system import offline; offline.close(); import socket, urllib.request, requests\n"


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=variables, timeout=60)


ATTEMPTS = [
    "socket.create_connection(('192.0.2.1', 443), 1)",
    "socket.create_connection(('example.com', 443), 1)",
    "socket.getaddrinfo('example.com', 443)",
    "socket.gethostbyname('example.com')",
    "socket.socket(socket.AF_INET6).connect(('2001:db8::1', 443))",
    "socket.socket(socket.AF_INET6).connect(('::ffff:192.0.2.1', 443))",
    "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
    "socket.socket(type=socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('192.0.2.1', 53))",
    "urllib.request.urlopen('https://example.com/')",
    "requests.get('http://192.0.2.1/')",
    "requests.get('http://example.com/')",
]


def test_nothing_gets_out():
    code = f"""
for attempt in {ATTEMPTS}:
    try:
        exec(attempt)
    except offline.Offline as error:
        assert error.message == "VideoAi is offline: nothing can leave this computer."
        print(attempt)
"""
    done = python(CLOSED + code)
    assert done.stdout.splitlines() == ATTEMPTS, done.stderr


def test_this_machine_can_be_asked():
    code = """
server = socket.create_server(("127.0.0.1", 0))
for host in ("127.0.0.1", "localhost", "::ffff:127.0.0.1"):
    socket.create_connection((host, server.getsockname()[1]), 5).close()
socket.getaddrinfo("192.168.1.5", 5001)  # an address needs no looking up
a, b = socket.socketpair()
b.sendmsg([b"x"])
print("well")
"""
    assert python(CLOSED + code).stdout == "well\n"


@pytest.mark.parametrize(
    "how",
    [
        {"VIDEOAI_OFFLINE": "1"},
        {"HF_HUB_OFFLINE": "YES", "VIDEOAI_OFFLINE": ""},
        {"TRANSFORMERS_OFFLINE": "On", "HF_HUB_OFFLINE": ""},
    ],
)
def test_children_are_closed_too(how, tmp_path):
    child = "from videoai.system import offline; offline.prepare(); print(offline.is_closed(), offline.asked())"
    (tmp_path / "child.py").write_text(child)
    code = f"""
import sys
from videoai.system import offline, processes
offline.prepare()
sys.path.append({str(tmp_path)!r})
print(processes.run("child", seconds=50).stdout)
"""
    assert python(code, **how).stdout.split() == ["True", "True"]
    assert python(code).stdout.split() == ["False", "False"], "that the hub's package is silent, is not the user's word"


@pytest.mark.parametrize("said", ["1", "true", "Yes", "ON", "0", "false", "", "2"])
@pytest.mark.parametrize("name", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_what_the_hub_s_own_library_reads_counts_as_it_reads_it(name, said, monkeypatch):
    monkeypatch.setenv(name, said)
    theirs = runpy.run_path(constants.__file__)["HF_HUB_OFFLINE"]
    assert offline.asked() is theirs
    monkeypatch.setenv("VIDEOAI_OFFLINE", "0" if theirs else "1")
    assert offline.asked() is not theirs, "ours has the last word"


def test_no_library_reports_anything():
    code = """
import os
from videoai.system import offline
offline.prepare()
print(*(os.environ[name] for name in ("HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK", "HF_HUB_OFFLINE")))
"""
    assert python(code).stdout.split() == ["1", "1", "1"]
    assert python(code, DO_NOT_TRACK="0").stdout.split() == ["1", "0", "1"], "what is exported is left alone"


def test_what_reads_files_of_others_is_always_closed():
    code = """
import io
from videoai.media import media_process
from videoai.system import child, offline
child.end_with_parent = bool
child.first_line, child.take_stdout = lambda: {"limit": None}, io.BytesIO
media_process.main("inspect", "none.mp4", "x.png")
print(offline.is_closed())
"""
    assert python(code).stdout == "True\n"


def test_the_doctor_says_so():
    assert network_check().message == "used only for downloads you ask for"
    code = "from videoai.upkeep.checkup import network_check; print(network_check().message)"
    assert python(CLOSED + code).stdout == "offline: nothing can leave this computer\n"


def test_the_page_is_told(site):
    settings = site.get("/api/settings", params={"lang": "it"}).json()
    assert settings["privacy"] == {"offline": False, "message": "usata solo per i download che chiedi tu"}
