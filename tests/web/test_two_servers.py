"""Two servers on one home: what one is told, the other knows."""

from __future__ import annotations

import threading
from contextlib import suppress

import requests

from tests.web.conftest import wait_until
from videoai.system import paths
from videoai.web.paired_devices import PairedDevices
from videoai.web.phone import COOKIE


def test_what_one_removes_the_other_does_not_bring_back():
    now = 1e9
    one, other = PairedDevices(lambda: now), PairedDevices(lambda: now)
    (lost, token), (_, kept) = one.add("lost"), one.add("kept")
    assert {device.name for device in other.all()} == {"kept", "lost"}
    one.remove(lost.id)
    assert other.with_token(token) is None
    assert not other.has(lost.id)
    now += 10_000
    assert other.with_token(kept).last_seen == now, "which writes the file"
    for devices in (one, other, PairedDevices()):
        assert devices.with_token(token) is None
        assert [device.name for device in devices.all()] == ["kept"]


def test_what_many_add_at_once_is_all_there():
    servers = [PairedDevices() for _ in range(4)]
    threads = [threading.Thread(target=lambda each=each: [each.add("x") for _ in range(4)]) for each in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(len(devices.all()) == 16 for devices in servers)


def test_a_phone_that_one_server_removes_is_out_of_the_other_with_all_it_has_open(open_site, second_address):
    device, token = PairedDevices().add("lost")
    address = f"http://{second_address}:{open_site.server.port}"
    cookies = {COOKIE: token}
    stream = requests.get(f"{address}/api/events", cookies=cookies, stream=True, timeout=30)
    assert stream.status_code == 200
    PairedDevices().remove(device.id)
    assert requests.get(f"{address}/api/jobs", cookies=cookies, timeout=30).status_code == 401
    with suppress(requests.RequestException):  # in the middle of a piece
        for _ in stream.iter_content(None):
            pass
    wait_until(lambda: open_site.services.events.listeners == 0)


def test_a_list_that_was_deleted_or_put_back_counts_at_once():
    devices = PairedDevices()
    _, token = devices.add("x")
    backup = paths.devices().read_bytes()
    paths.devices().unlink()
    assert devices.with_token(token) is None
    paths.devices().write_bytes(backup)
    assert devices.with_token(token).name == "x"
