"""What is sent, asked for and taken back fills no disk, and a full one is said."""

from __future__ import annotations

import io
from contextlib import closing

import pytest

from tests.disks import fill, mounted
from tests.web.conftest import DRAFT
from tests.web.test_listening import answer_of, connect
from videoai.jobs import admission
from videoai.system import paths


# The file that it could not fill, waitress leaves to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("size", [200_000, 5_000_000], ids=["small", "large"])
def test_what_finds_no_room_is_told_so(idle, size):
    """Small files wait in memory until they are read; large ones on the disk, first as a body, then as a part of it."""
    photo = b"\xff\xd8\xff" + bytes(size)
    with mounted(paths.temporary(), "3m") as disk:
        fill(disk)
        answer = idle.ask("POST", "/api/photos", files={"photo": ("x.jpg", io.BytesIO(photo))})
        assert (answer.status_code, answer.json()["error"]["code"]) == (507, "write_failed")
    assert idle.give().status_code == 201, "once there is room again, all is as before"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("chunk", [1000, 1 << 16], ids=["many chunks come at once", "a chunk comes in parts"])
def test_what_comes_in_chunks_and_finds_no_room_is_told_so(idle, chunk):
    head = b"POST /api/photos HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    body = (b"%x\r\n" % chunk + bytes(chunk) + b"\r\n") * (3_000_000 // chunk)
    with mounted(paths.temporary(), "3m") as disk, closing(connect("127.0.0.1", idle.server.port)) as connection:
        fill(disk)
        connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n" + body + b"0\r\n\r\n")
        status, told = answer_of(connection)
        assert (status, told["error"]["code"]) == (507, "write_failed")
    assert idle.give().status_code == 201


def test_a_body_that_just_has_room_is_still_refused_in_words_when_it_is_taken_apart(idle):
    with mounted(paths.temporary(), "8m"):
        answer = idle.ask("POST", "/api/photos", files={"photo": ("x.jpg", io.BytesIO(bytes(6_000_000)))})
        assert answer.status_code == 507


def test_adding_and_cancelling_comes_to_an_end(idle, monkeypatch):
    monkeypatch.setattr(admission, "_MOST_UNFINISHED", 3)
    photo = idle.give().json()["id"]
    for _ in range(3):
        job = idle.post("/api/jobs", {"photo_id": photo, "settings": DRAFT}).json()["id"]
        idle.post(f"/api/jobs/{job}/cancel")
    refused = idle.post("/api/jobs", {"photo_id": photo, "settings": DRAFT})
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "queue_full")
    assert idle.ask("DELETE", f"/api/jobs/{job}").status_code == 200
    assert idle.post("/api/jobs", {"photo_id": photo, "settings": DRAFT}).status_code == 201


def test_no_video_is_asked_for_where_there_is_no_room(idle, monkeypatch):
    photo = idle.give().json()["id"]
    monkeypatch.setattr(admission, "SPARE_BYTES", 1 << 60)
    refused = idle.post("/api/jobs", {"photo_id": photo, "settings": DRAFT})
    assert (refused.status_code, refused.json()["error"]["code"]) == (507, "write_failed")
