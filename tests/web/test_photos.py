"""Photos at the door: only pixels pass, and nothing that is none."""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import sys
import time
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from tests.conftest import EXAMPLES, ROOT
from tests.media.depths import heic, scene
from tests.web.conftest import DRAFT
from videoai.history.cleanup import clean_photos
from videoai.history.erase import erase_job
from videoai.history.task import read_photo
from videoai.system import paths
from videoai.web import photos


def bytes_of(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def give(site, content: bytes, name: str = "photo.jpg"):
    return site.ask("POST", "/api/photos", files={"photo": (name, content)})


def kept(site, answer) -> Image.Image:
    found = site.get(answer.json()["url"])
    assert (found.status_code, found.headers["Content-Type"]) == (200, "image/jpeg")
    return Image.open(io.BytesIO(found.content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF"])
def test_every_kind_of_photo_becomes_a_jpeg_for_any_browser(idle, kind):
    answer = give(idle, bytes_of(Image.new("RGB", (300, 200), "teal"), kind), "any.name")
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert (found["width"], found["height"], found["shape"], found["notices"]) == (300, 200, "landscape", [])
    assert kept(idle, answer).size == (300, 200)


@pytest.mark.parametrize(
    ("size", "expected", "shape"),
    [
        ((5000, 2500), (2048, 1024), "landscape"),
        ((2000, 5000), (1024, 2560), "portrait"),
        ((500, 480), (500, 480), "square"),
        ((1, 1), (1, 1), "square"),
        ((30000, 10), (16384, 5), "landscape"),
    ],
)
def test_a_photo_is_kept_no_larger_than_a_video_needs(idle, size, expected, shape):
    found = give(idle, bytes_of(Image.new("RGB", size, "red"), "PNG")).json()
    assert (found["width"], found["height"], found["shape"]) == (*expected, shape)


def test_only_pixels_are_kept_and_they_are_upright(idle):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera"
    exif[0x8825] = {1: "N", 2: (45.0, 4.0, 0.0)}
    answer = give(idle, bytes_of(Image.new("RGB", (300, 200)), "JPEG", exif=exif, comment=b"of Anna"))
    photo = kept(idle, answer)
    assert photo.size == (200, 300)
    assert not photo.getexif()
    assert b"Camera" not in idle.get(answer.json()["url"]).content
    assert b"Anna" not in idle.get(answer.json()["url"]).content


def test_nobody_else_on_this_machine_may_look(idle):
    id = idle.give().json()["id"]
    assert (paths.photos().stat().st_mode & 0o777, (paths.photos() / f"{id}.jpg").stat().st_mode & 0o777) == (
        0o700,
        0o600,
    )


POLYGLOT = b"\xff\xd8\xff<html><script>alert(1)</script>"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a photo",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        POLYGLOT,
        b"SIMPLE  =                    T" + b" " * 2850,
        b"8BPS\0\1" + b"\0" * 100,
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
        (EXAMPLES / "rocket.jpg").read_bytes()[:2000],
    ],
)
def test_what_is_no_photo_is_a_sentence(idle, content):
    answer = give(idle, content, "photo.png")
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "bad_photo")
    assert answer.json()["error"]["hint"]
    assert not list(paths.photos().glob("*")) if paths.photos().exists() else True


def test_a_decompression_bomb_is_refused_before_it_is_opened(idle):
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10**6)))
        + chunk(b"IEND", b"")
    )
    answer = give(idle, bomb)
    assert answer.status_code == 415
    assert "60000 × 60000" in answer.json()["error"]["message"] or "too many" in answer.json()["error"]["message"]


def test_a_file_that_is_too_large_is_refused(idle):
    answer = give(idle, b"\xff\xd8\xff" + bytes(65 << 20))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def test_a_form_of_many_parts_or_long_fields_is_refused(idle):
    many = {f"field{number}": (None, "x") for number in range(1001)}
    assert idle.ask("POST", "/api/photos", files=many).status_code == 413
    long = {"photo": (None, "x" * 600_000)}
    assert idle.ask("POST", "/api/photos", files=long).status_code == 413


def test_a_form_without_the_photo(idle):
    assert idle.ask("POST", "/api/photos", files={"picture": b"x"}).status_code == 400
    assert idle.post("/api/photos", {"photo": "x"}).status_code == 415
    assert idle.ask("POST", "/api/photos").status_code == 415


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("a\u202egpj.jpg", "agpj.jpg"),
        ("x" * 300 + ".jpg", "x" * 100),
        ("città 🌅.jpg", "città 🌅.jpg"),
        ("..", ".."),
        ("'; DROP TABLE jobs; --.jpg", "'; DROP TABLE jobs; --.jpg"),
        ("<b>.jpg", "<b>.jpg"),
    ],
)
def test_a_photos_name_is_only_a_title(idle, name, title):
    photo = idle.give(name=name).json()["id"]
    job = idle.post("/api/jobs", {"photo_id": photo, "settings": DRAFT}).json()
    assert job["title"] == title


def test_a_name_makes_no_header_of_its_own(site, outputs):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a%0d%0aX-Evil: 1\x01.png"\r\n\r\n'
        + (EXAMPLES / "coffee.png").read_bytes()
        + b"\r\n--x--\r\n"
    )
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    photo = site.ask("POST", "/api/photos", data=body, headers=kind).json()["id"]
    job = site.ended(site.post("/api/jobs", {"photo_id": photo, "settings": DRAFT}).json()["id"])
    saved = site.get(job["video_url"] + "?download=1")
    assert saved.status_code == 200
    assert "X-Evil" not in saved.headers


@pytest.mark.parametrize("id", ["nothere", "..%2f..%2fetc%2fpasswd", "%00", "%2e%2e", "..\\x", "é"])
def test_unknown_photos(idle, id):
    found = idle.get(f"/api/photos/{id}.jpg")
    assert (found.status_code, found.json()["error"]["code"]) == (404, "not_found")


def test_a_link_among_the_photos_is_not_followed(idle, tmp_path):
    idle.give()
    secret = tmp_path / "secret.jpg"
    Image.new("RGB", (8, 8)).save(secret)
    (paths.photos() / "abc.jpg").symlink_to(secret)
    assert idle.get("/api/photos/abc.jpg").status_code == 404


def test_the_disk_is_not_filled_to_the_last(idle, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda place: SimpleNamespace(free=photos.SPARE_BYTES - 1))
    refused = idle.give()
    assert (refused.status_code, refused.json()["error"]["code"]) == (507, "write_failed")
    assert refused.json()["error"]["message"].startswith("A photo needs 200 MB on the disk of ~/")


def test_photos_take_only_so_much(idle, monkeypatch):
    assert idle.give().status_code == 201
    monkeypatch.setattr(photos, "MOST_BYTES", 1000)
    refused = idle.give()
    assert (refused.status_code, refused.json()["error"]["code"]) == (507, "write_failed")
    assert refused.json()["error"]["hint"].startswith("Delete some clips")


def test_photos_that_no_job_has_are_removed_after_a_day(idle):
    names = ("coffee.png", "rocket.jpg", "chelsea.png")
    old, wanted, new = (idle.give(EXAMPLES / name).json()["id"] for name in names)
    idle.post("/api/jobs", {"photo_id": wanted, "settings": DRAFT})
    for id in (old, wanted):
        os.utime(paths.photos() / f"{id}.jpg", (time.time() - 90000,) * 2)
    clean_photos({wanted}, time.time())
    assert {path.stem for path in paths.photos().iterdir()} == {wanted, new}


def test_examples_can_be_tried_at_once(idle):
    found = idle.get("/api/examples").json()
    assert [row["name"] for row in found] == ["coffee", "rocket", "astronaut", "chelsea"]
    for row in found:
        picture = idle.get(row["url"])
        assert picture.headers["Content-Type"] == "image/jpeg"
        assert max(Image.open(io.BytesIO(picture.content)).size) == 320
        again = idle.get(row["url"], headers={"If-None-Match": picture.headers["ETag"]})
        assert again.status_code == 304
    taken = idle.post("/api/examples/astronaut")
    assert (taken.status_code, taken.json()["shape"]) == (201, "square")
    assert idle.post("/api/examples/..%2Fnothere").status_code == 404
    assert idle.get("/api/examples/README.jpg").status_code == 404


@pytest.mark.parametrize("content", [b"", b"no photo", b"\xff\xd8\xff\xe0\0\x10JFIF"])
def test_a_kept_photo_that_is_damaged_is_a_sentence(idle, content):
    id = idle.give().json()["id"]
    (paths.photos() / f"{id}.jpg").write_bytes(content)
    for answer in (idle.get(f"/api/photos/{id}.jpg"), idle.post("/api/jobs", {"photo_id": id, "settings": DRAFT})):
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_thousand_photos_leave_the_server_small():
    result = subprocess.run([sys.executable, "-m", "bench.uploads", "--json"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    *_, most = json.loads(result.stdout)
    assert most["what"] == "the most during 2000: resident"
    assert most["ok"], most


def test_the_point_for_a_crop_is_looked_for_once_and_never_wrong_loudly(idle, monkeypatch, caplog):
    photo = idle.give(EXAMPLES / "coffee.png").json()["id"]
    found = idle.get(f"/api/photos/{photo}/subject").json()["focus"]
    assert 0.3 < found[0] < 0.6
    monkeypatch.setattr("videoai.web.subjects._PROCESS", "videoai.nothing")
    assert idle.get(f"/api/photos/{photo}/subject").json()["focus"] == found
    other = idle.give(EXAMPLES / "rocket.jpg").json()["id"]
    assert idle.get(f"/api/photos/{other}/subject").json()["focus"] is None
    assert "could not be looked for" in caplog.text
    assert idle.get("/api/photos/x/subject").status_code == 404


def test_a_photo_that_comes_again_is_the_same_and_is_called_as_it_is_now(idle):
    first, other = (
        give(idle, (EXAMPLES / name).read_bytes(), name).json()["id"] for name in ("coffee.png", "rocket.jpg")
    )
    assert give(idle, (EXAMPLES / "coffee.png").read_bytes(), "Breakfast, in the morning.png").json()["id"] == first
    assert idle.post("/api/examples/coffee").json()["id"] == first != other
    assert len(list(paths.photos().iterdir())) == 2
    give(idle, (EXAMPLES / "coffee.png").read_bytes(), "kitchen.png")
    job = idle.post("/api/jobs", {"photo_id": first, "settings": DRAFT}).json()
    assert (job["title"], job["photo_id"]) == ("kitchen.png", first)
    one_pixel = Image.open(EXAMPLES / "coffee.png")
    one_pixel.putpixel((0, 0), (255, 0, 0))
    assert give(idle, bytes_of(one_pixel, "PNG")).json()["id"] != first


def test_the_depth_of_a_portrait_is_kept_with_it_and_shown_to_nobody(idle):
    data = heic(scene())
    given = give(idle, data, "portrait.heic").json()
    assert (given["depth"], given["notices"]) == (True, [])
    assert give(idle, data, "portrait.heic").json() == given
    assert give(idle, heic(1 - scene()), "portrait.heic").json()["id"] != given["id"], "its depth is another"
    (file,) = paths.photos().glob(f"{given['id']}*")
    shown = idle.get(given["url"]).content
    assert b"PNG" in file.read_bytes()
    assert not any(word in shown for word in (b"PNG", b"adobe", b"Depth"))
    assert Image.open(io.BytesIO(shown)).size == (320, 240)
    job = idle.post("/api/jobs", {"photo_id": given["id"], "settings": DRAFT}).json()["id"]
    near = read_photo(paths.job_folder(job)).near
    assert np.ptp(near) > 0.5
    erase_job(idle.services.store, job, video=True)
    assert not file.exists()
    assert not idle.give().json()["depth"]


def test_deleting_a_clip_leaves_a_photo_that_was_given_once_more_meanwhile(idle):
    def job() -> str:
        return idle.post("/api/jobs", {"photo_id": photo, "settings": DRAFT}).json()["id"]

    photo = idle.give().json()["id"]
    older = job()
    assert idle.give().json()["id"] == photo
    erase_job(idle.services.store, older, video=True)
    assert idle.get(f"/api/photos/{photo}.jpg").ok, "it lies on somebody's stage"
    newer = job()
    erase_job(idle.services.store, newer, video=True)
    assert not (paths.photos() / f"{photo}.jpg").exists()
