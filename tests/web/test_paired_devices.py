"""Paired devices: kept by what their tokens hash to, by nobody else to be read, and gone when removed."""

from __future__ import annotations

import json
import resource
from contextlib import contextmanager

import pytest

from tests.disks import fill, mounted
from videoai.errors import JobConflict, NotThere, VideoAiError, WriteFailed
from videoai.system import paths, set_aside
from videoai.web.paired_devices import MOST, PairedDevices, named, shown_name

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (IPHONE, "iPhone"),
        (IPHONE.replace("iPhone", "iPad"), "iPad"),
        (SAFARI, "Mac · Safari"),
        (EDGE, "Windows · Edge"),
        (ANDROID, "Android · Chrome"),
        (FIREFOX, "Linux · Firefox"),
        ("curl/8.0", "Browser"),
        ("", "Browser"),
    ],
)
def test_a_device_is_called_what_a_person_would_call_it(agent, name):
    assert named(agent) == name


def test_a_given_name_is_one_line():
    assert shown_name(" Anna's\n\0  phone\u202e ") == "Anna's phone"
    assert len(shown_name("x" * 500)) == 40
    assert shown_name("\r\n") == ""


def test_it_is_known_by_its_token_after_a_restart_too():
    device, token = PairedDevices().add("iPhone")
    assert PairedDevices().with_token(token) == device
    assert PairedDevices().with_token(token + "x") is None
    assert PairedDevices().with_token("") is None
    assert token not in paths.devices().read_text()
    assert paths.devices().stat().st_mode & 0o777 == 0o600


def test_when_it_was_last_there_is_kept_to_some_minutes():
    now = 1e9
    devices = PairedDevices(lambda: now)
    _, token = devices.add("iPhone")
    now += 60
    assert devices.with_token(token).last_seen == 1e9
    now += 600
    assert devices.with_token(token).last_seen == now
    assert json.loads(paths.devices().read_text())["devices"][0]["last_seen"] == now
    assert devices.all()[0].to_dict()["paired"] == "2001-09-09T01:46:40Z"


def test_one_that_was_removed_is_nobody():
    devices = PairedDevices()
    (first, token), (second, _) = devices.add("a"), devices.add("b")
    devices.remove(first.id)
    assert devices.with_token(token) is None
    assert PairedDevices().with_token(token) is None
    assert [device.id for device in devices.all()] == [second.id]
    assert (devices.has(first.id), devices.has(second.id)) == (False, True)
    with pytest.raises(NotThere):
        devices.remove(first.id)


def test_there_are_only_so_many():
    devices = PairedDevices()
    for _ in range(MOST):
        devices.add("x")
    with pytest.raises(JobConflict):
        devices.add("x")


ROW = {"id": "1ngj4c0xfq8sxw", "name": "x", "token_sha256": "00", "paired": 1.0, "last_seen": 1.0}


def row(**changed: object) -> str:
    return json.dumps({"devices": [ROW | changed]})


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", '{"devices": [{"id": 1}]}', '{"devices": 3}', "\xff", "[" * 100_000, "1" * 5000),
        *(row(paired=1e300), row(last_seen=-1), row(paired="now"), row(name=3), row(name="\ud800"), row(id=None)),
        *(row(paired=float("nan")), row(last_seen=10**400), row(wings=2)),
    ],
)
def test_a_damaged_list_lets_nobody_in_and_a_new_one_begins(content, caplog):
    _, token = PairedDevices().add("x")
    paths.devices().write_bytes(content.encode("latin-1"))
    devices = PairedDevices()
    assert devices.with_token(token) is None
    assert "cannot be read" in caplog.text
    assert devices.all() == []
    _, token = devices.add("y")
    assert PairedDevices().with_token(token).name == "y"
    (kept,) = set_aside.all_of_it()  # which is what “delete everything” deletes
    assert kept.name.startswith("devices-damaged-")
    assert kept.read_bytes() == content.encode("latin-1")
    assert kept.name in caplog.text


@contextmanager
def no_more_files():
    """This process has as many files open as it may."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_list_that_could_not_be_read_once_is_neither_forgotten_nor_written_over(caplog):
    reading, changing = PairedDevices(), PairedDevices()
    _, token = PairedDevices().add("x")  # by another server
    with no_more_files():
        for devices in (reading, changing):
            assert devices.with_token(token) is None
            assert devices.all() == []
            with pytest.raises(VideoAiError):
                devices.add("y")
    assert caplog.text.count("cannot be read") == 2, "once by each"
    assert reading.with_token(token).name == "x"
    changing.add("z")
    assert {device.name for device in PairedDevices().all()} == {"x", "z"}


def test_a_full_disk_locks_nobody_out_and_lets_nobody_in(tmp_path, monkeypatch, caplog):
    now = 1e9
    with mounted(tmp_path / "disk") as disk:
        monkeypatch.setenv("VIDEOAI_HOME", str(disk / "data"))
        devices = PairedDevices(lambda: now)
        _, token = devices.add("x")
        fill(disk)
        now += 10_000
        assert devices.with_token(token).name == "x"
        assert "could not be written" in caplog.text
        with pytest.raises(WriteFailed):
            devices.add("y")
        assert [device.name for device in devices.all()] == ["x"]
