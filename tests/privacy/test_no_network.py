"""Whole jobs, of the command line and the web app: where there is no network, and with all they send written down."""

from __future__ import annotations

import ipaddress
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, find_tool
from tests.engines.svd import checkpoint
from tests.privacy.conftest import DRAFT, command, run
from videoai.models import manager
from videoai.system import paths

CLIENT = ROOT / "tests" / "privacy" / "client.py"
TINY = ("--model", "svd-xt", "--precision", "16", "--width", 256, "--height", 256, "--frames", 4, "--steps", 5)

_CALL = re.compile(r"^(?:\d+ +)?(?P<name>connect|sendto|sendmsg|sendmmsg)\((?P<arguments>.*)$")
_FAMILY = re.compile(r"sa_family=(AF_\w+)")
_ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')


def alone(words: list[str]) -> list[str]:
    """The same in a network of its own, in which there is nothing but this machine itself."""
    find_tool("ip", "iproute2")
    prefix = [find_tool("unshare", "util-linux"), "-rn"]
    if subprocess.run([*prefix, "true"], capture_output=True).returncode:
        pytest.skip("this machine lets nobody make a network namespace")
    return [*prefix, "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *words]


def written_down(words: list[str], log: Path) -> list[str]:
    return [
        find_tool("strace", "strace"),
        "-f",
        "-qq",
        "-e",
        "trace=connect,sendto,sendmsg,sendmmsg",
        "-o",
        log,
        *words,
    ]


def sent_elsewhere(log: Path) -> list[str]:
    """The calls that name another machine, or ask for one."""
    lines = log.read_text(errors="replace").splitlines()
    return [line for line in lines if (call := _CALL.match(line)) and not _stays(call["arguments"])]


def _stays(arguments: str) -> bool:
    families = set(_FAMILY.findall(arguments))
    if not families & {"AF_INET", "AF_INET6"}:
        return True  # between processes of this machine, or on a connection that was made before
    found = [four or six for four, six in _ADDRESS.findall(arguments)]
    addresses = [ipaddress.ip_address(text) for text in found]
    return bool(addresses) and all((getattr(a, "ipv4_mapped", None) or a).is_loopback for a in addresses)


@pytest.fixture(scope="module")
def tiny_files(tmp_path_factory) -> Path:
    return checkpoint.save(tmp_path_factory.mktemp("tiny") / "tiny-svd")


@pytest.fixture
def tiny(request, own_home) -> None:
    """svd-xt is here, with tiny networks."""
    manager.import_(request.getfixturevalue("tiny_files"), "svd-xt", "16", lambda event: None)


def of_the_web_app(*words: object) -> list[str]:
    """A server, and a client that gives a photo and gets its video."""
    return [sys.executable, str(CLIENT), *map(str, words)]


def names_nobody(where: Path) -> None:
    """No file there says who took the photo, where, or where it was kept."""
    home = os.environ["HOME"].encode()
    telling = [b"Ann Example", b"Camera of Ann", b"Pictures of ann", home, b"Exif", b"GPS"]
    for path in [path for path in where.rglob("*") if path.is_file()]:
        data = path.read_bytes()
        assert [word for word in telling if word in data] == [], path


def test_the_watcher_sees_what_leaves(tmp_path):
    log = tmp_path / "calls"
    code = """
import socket
for place in ("127.0.0.1", "192.0.2.1"):
    socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", (place, 53))
socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).connect(("::1", 53))
"""
    run(written_down([sys.executable, "-c", code], log), tmp_path)
    assert len(log.read_text().splitlines()) >= 3
    assert ["192.0.2.1" in line for line in sent_elsewhere(log)] == [True]


def test_a_draft_of_the_command_line(photo, tmp_path, outputs):
    log = tmp_path / "calls"
    done = run(written_down(command(photo, *DRAFT), log), tmp_path)
    assert log.exists()
    assert sent_elsewhere(log) == []
    assert "Wrote: " in done.stdout
    names_nobody(outputs)
    run(alone(command(photo, *DRAFT)), tmp_path)
    assert len(list(outputs.iterdir())) == 2


@pytest.mark.slow
def test_a_draft_of_the_web_app(photo, tmp_path, outputs):
    """The client looks at all that it gets, too."""
    log = tmp_path / "calls"
    run(alone(written_down(of_the_web_app(photo, *DRAFT), log)), tmp_path)
    assert "127.0.0.1" in log.read_text(), "the client's own calls are there"
    assert sent_elsewhere(log) == []
    names_nobody(outputs)
    names_nobody(paths.photos())
    assert len(list(outputs.iterdir())) == 1


@pytest.mark.slow
def test_a_whole_model_of_the_command_line(tiny, photo, tmp_path, outputs):
    log = tmp_path / "calls"
    run(written_down(command(photo, *TINY), log), tmp_path)
    assert sent_elsewhere(log) == []
    run(alone(command(photo, *TINY)), tmp_path)
    names_nobody(outputs)
    assert len(list(outputs.iterdir())) == 2


@pytest.mark.slow
def test_a_whole_model_of_the_web_app(tiny, photo, tmp_path, outputs):
    log = tmp_path / "calls"
    run(written_down(of_the_web_app(photo, *TINY), log), tmp_path)
    assert sent_elsewhere(log) == []
    run(alone(of_the_web_app(photo, *TINY)), tmp_path)
    names_nobody(outputs)
    assert len(list(outputs.iterdir())) == 2


@pytest.mark.slow
def test_no_package_of_the_hub_is_ever_loaded(tiny, photo, tmp_path, monkeypatch):
    """What is not loaded reports nothing. Each process of the run would end if one were."""
    folder = tmp_path / "first"
    for name in ("huggingface_hub", "diffusers", "transformers"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("raise SystemExit('this is not to be loaded')")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    run(command(photo, *TINY), tmp_path)
