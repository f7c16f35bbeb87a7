"""Opening to a phone: by the page's own requests, and by the command."""

from __future__ import annotations

import json
import re
import threading

import pytest
import requests
import segno

from tests.conftest import EXAMPLES
from tests.web import contract
from tests.web.conftest import DRAFT, Events, wait_until
from videoai.errors import WriteFailed
from videoai.history.owner import Owner
from videoai.language import joined, say
from videoai.web.paired_devices import MOST
from videoai.web.phone import COOKIE
from videoai.web.routes.phone import picture


@pytest.fixture
def lan(open_site):
    """Asks as a device in the network does, and holds the answers to the OpenAPI file."""
    base = open_site.services.phone.urls()[0]

    def ask(method, path, **options):
        answer = requests.request(method, base + path, timeout=30, **options)
        contract.check(open_site.app, method, path, answer)
        return answer

    ask.base = base
    return ask


def paired(site, lan, **body):
    code = site.get("/api/phone").json()["code"]
    answer = lan("POST", "/api/pair", json={"code": code, **body}, headers={"User-Agent": "iPad"})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], dict(answer.cookies)


def test_the_door_is_shut_until_it_is_opened(idle, second_address):
    closed = idle.get("/api/phone").json()
    assert closed == {
        "open": False,
        "urls": [],
        "code": None,
        "code_expires_seconds": 0,
        "qr_url": None,
        "devices": [],
    }
    assert idle.get("/api/phone/qr.svg").status_code == 404
    assert idle.post("/api/phone/code").status_code == 409
    opened = idle.post("/api/phone/open").json()
    assert opened["open"]
    assert opened["urls"][0].endswith(f":{idle.server.port}")
    assert opened["urls"][-1].endswith(f".local:{idle.server.port}")
    assert re.fullmatch(r"\d{8}", opened["code"])
    assert idle.post("/api/phone/open").json()["code"] == opened["code"]
    closed = idle.post("/api/phone/close").json()
    assert (closed["open"], closed["code"]) == (False, None)
    assert idle.post("/api/phone/close").status_code == 200
    again = idle.post("/api/phone/open").json()
    assert again["code"] != opened["code"]


def test_without_a_network_it_is_said(idle, monkeypatch):
    monkeypatch.setattr("videoai.web.addresses.in_network", list)
    refused = idle.post("/api/phone/open")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "no_network")


def test_an_address_that_is_taken_is_said_and_nothing_stays_open(idle, monkeypatch, second_address):
    monkeypatch.setattr("videoai.web.addresses.in_network", lambda: [second_address, "127.0.0.1"])
    refused = idle.post("/api/phone/open")
    assert (refused.status_code, refused.json()["error"]["code"]) == (500, "port_unusable")
    assert not idle.get("/api/phone").json()["open"]


def test_the_picture_holds_the_address_and_the_code_behind_what_is_never_sent(open_site):
    phone = open_site.get("/api/phone").json()
    svg = open_site.get(phone["qr_url"])
    assert svg.headers["Content-Type"].startswith("image/svg+xml")
    assert svg.headers["Cache-Control"] == "no-store"
    link = f"{phone['urls'][0]}/#code={phone['code']}"
    assert open_site.services.phone.link() == link
    assert svg.content == picture(link)
    assert len(segno.make(link, micro=False).matrix) <= 33


def test_a_phone_comes_in_by_the_code_and_stays_in(open_site, lan):
    assert lan("GET", "/api/settings").status_code == 401
    assert lan("GET", "/").status_code == 200
    device, cookies = paired(open_site, lan)
    assert list(cookies) == [COOKIE]
    settings = lan("GET", "/api/settings", cookies=cookies).json()
    assert settings["local"] is False
    assert open_site.get("/api/settings").json()["local"] is True
    assert open_site.get("/api/phone").json()["devices"][0]["name"] == "iPad"
    assert open_site.ask("DELETE", f"/api/phone/devices/{device}").status_code == 204
    assert lan("GET", "/api/settings", cookies=cookies).status_code == 401


def test_a_phone_that_could_not_be_added_tries_the_same_code_once_more(open_site, lan):
    devices = open_site.services.phone.devices
    added = [devices.add("x")[0].id for _ in range(MOST)]
    code = open_site.get("/api/phone").json()["code"]
    refused = lan("POST", "/api/pair", json={"code": code})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "job_conflict")
    devices.remove(added[0])
    assert lan("POST", "/api/pair", json={"code": code}).status_code == 201
    assert lan("POST", "/api/pair", json={"code": code}).status_code == 401


def test_a_phone_gives_photos_and_asks_for_videos(open_site, lan):
    _, cookies = paired(open_site, lan, name="Anna")
    with (EXAMPLES / "coffee.png").open("rb") as file:
        photo = lan("POST", "/api/photos", files={"photo": file}, cookies=cookies).json()["id"]
    assert lan("GET", f"/api/photos/{photo}/depth.png", cookies=cookies).status_code == 200
    assert lan("POST", "/api/camera", json={"settings": DRAFT}, cookies=cookies).status_code == 200
    job = lan("POST", "/api/jobs", json={"photo_id": photo, "settings": DRAFT}, cookies=cookies)
    assert job.status_code == 201
    assert [each["id"] for each in open_site.get("/api/jobs").json()["jobs"]] == [job.json()["id"]]


def test_a_phone_sees_no_names_of_the_computers_programs(open_site, lan):
    """Neither in the settings nor in the stream, and not in what a job that ran out of memory advises to close."""
    _, cookies = paired(open_site, lan)
    store, advice = open_site.services.store, "Close what you don't need of {programs}, or choose a smaller preset."
    job = store.leases.claim(Owner.this_process(), open_site.job()["id"])
    reason = {"code": "out-of-memory", "message": "It died.", "hint": say(advice, programs=joined(", ", ["Safari"]))}
    assert store.leases.fail(job.id, job.owner, reason)
    local, remote = (
        ask("/api/settings").json()["machine"]["programs"]
        for ask in (open_site.get, lambda path: lan("GET", path, cookies=cookies))
    )
    assert local
    assert remote == []
    hints = [
        ask(f"/api/jobs/{job.id}").json()["reason"]["hint"]
        for ask in (open_site.get, lambda path: lan("GET", path, cookies=cookies))
    ]
    assert hints == [advice.format(programs="Safari"), advice.format(programs="the open programs")]
    with requests.get(f"{lan.base}/api/events", cookies=cookies, stream=True, timeout=30) as response:
        _, snapshot = Events(response).until("snapshot")
    assert snapshot["machine"]["programs"] == []
    assert "Safari" not in json.dumps(snapshot)
    _, snapshot = open_site.events().until("snapshot")
    assert snapshot["machine"]["programs"] == local


def test_why_no_video_can_be_made_is_told_to_who_is_paired(open_site, lan):
    """For a page that has no stream; the stream tells it too."""
    open_site.services.queue._note(WriteFailed("The disk is full.", "Free some space."))
    told = {"message": "The disk is full.", "hint": "Free some space."}
    assert lan("GET", "/api/health").json().keys() == {"status", "version"}
    _, cookies = paired(open_site, lan)
    assert lan("GET", "/api/health", cookies=cookies).json()["trouble"] == told


def test_errors_are_in_the_phones_language(lan):
    italian = {"Accept-Language": "it"}
    assert lan("GET", "/api/jobs", headers=italian).json()["error"]["message"].startswith("Questo dispositivo")
    wrong = lan("POST", "/api/pair", json={"code": "x"}, headers=italian)
    assert wrong.json()["error"]["message"].startswith("Questo codice è sbagliato")


@pytest.mark.parametrize("body", [{}, {"code": 12345678}, {"code": None}, {"code": "1", "more": 1}, []])
def test_what_is_no_code_is_a_sentence(lan, body):
    assert lan("POST", "/api/pair", json=body).status_code == 400


def test_streams_end_with_the_device_and_with_the_door(open_site, lan):
    for end in ("device", "door"):
        open_site.post("/api/phone/code")
        device, cookies = paired(open_site, lan)
        stream = requests.get(f"{lan.base}/api/events", stream=True, timeout=30, cookies=cookies)
        lines = stream.iter_lines()
        assert next(lines).startswith(b"retry")
        path = f"/api/phone/devices/{device}" if end == "device" else "/api/phone/close"
        open_site.ask("DELETE" if end == "device" else "POST", path)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            list(lines)
        stream.close()


def test_half_of_the_streams_are_the_computers_own(open_site, lan):
    ask = {"stream": True, "timeout": 30}
    devices = []
    for _ in range(3):
        open_site.post("/api/phone/code")
        devices.append(paired(open_site, lan)[1])
    phones = [requests.get(f"{lan.base}/api/events", cookies=devices[number % 3], **ask) for number in range(9)]
    assert [each.status_code for each in phones] == [200] * 8 + [503]
    own = requests.get(f"{open_site.url}/api/events", **ask)
    assert own.status_code == 200
    for each in [*phones, own]:
        each.close()


def test_the_door_shuts_in_another_network_and_waits_without_any(open_site, lan, monkeypatch, caplog):
    monkeypatch.setattr("videoai.web.lan.LOOK_SECONDS", 0)
    looked = []
    monkeypatch.setattr("videoai.web.addresses.in_network", lambda: looked.append(1) or [])
    wait_until(lambda: len(looked) > 2)
    assert open_site.get("/api/phone").json()["open"]
    monkeypatch.setattr("videoai.web.addresses.in_network", lambda: ["127.0.0.77"])
    wait_until(lambda: not open_site.get("/api/phone").json()["open"])
    assert open_site.get("/api/phone").json()["code"] is None
    with pytest.raises(requests.ConnectionError):
        lan("GET", "/")
    assert "in another network" in caplog.text


def test_the_door_can_be_opened_and_closed_by_many_at_once(idle, second_address):
    def move():
        for _ in range(5):
            idle.post("/api/phone/open")
            idle.post("/api/phone/close")

    threads = [threading.Thread(target=move) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not idle.get("/api/phone").json()["open"]
    assert idle.post("/api/phone/open").json()["open"]
