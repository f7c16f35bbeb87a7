"""Models that are on the computer already, through the web: by their path, or copied piece by piece."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from tests.engines.svd import checkpoint
from tests.support import tiny_decoder
from tests.web.test_models import row, wait_for
from videoai.catalogue import TINY_DECODER
from videoai.models.store import own_folder
from videoai.system import paths
from videoai.web import uploads


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A checkpoint in the layout of diffusers, whose name says which it is."""
    tiny = checkpoint.save(tmp_path_factory.mktemp("tiny"), variant="fp16", quick=True)
    return Path(shutil.copytree(tiny, tmp_path_factory.mktemp("mine") / "stable-video-diffusion-img2vid-xt"))


@pytest.fixture
def decoder(tmp_path) -> bytes:
    """The file of a tiny decoder."""
    tiny_decoder.save(tmp_path / "decoder")
    return (tmp_path / "decoder" / TINY_DECODER.weights.path).read_bytes()


def begin(site, name, size):
    return site.post("/api/uploads", {"name": name, "size": size})


def send(site, id, offset, piece):
    return site.ask("POST", f"/api/uploads/{id}", params={"offset": offset}, files={"chunk": ("chunk", piece)})


def sent(site, name, content, step=4_000_000):
    """A whole file; the id of its upload."""
    upload = begin(site, name, len(content)).json()
    for at in range(0, len(content), step):
        answer = send(site, upload["id"], at, content[at : at + step])
        assert answer.json()["received"] == min(len(content), at + step)
    return upload["id"]


def copies():
    return list(paths.temporary().glob("*/*.safetensors"))


def until_gone():
    end = time.monotonic() + 30
    while copies():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_folder_is_imported_by_its_path_and_stays_as_it_is(idle, folder):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    answer = idle.post("/api/models/import", {"path": str(folder), "precision": "8"})
    assert (answer.status_code, answer.json()["id"]) == (202, "svd-xt")
    assert answer.json()["progress"]["source"] == folder.name
    found = wait_for(idle, lambda found: found["progress"] is None)
    assert (found["state"], [each["bits"] for each in found["weights"]]) == ("ready", [8])
    assert found["weights"] == [{"bits": 8, "size_bytes": found["size_bytes"], "downloaded": False}]
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_one_precision_is_removed_and_the_other_stays(idle, folder):
    for precision in (16, 8):
        idle.post("/api/models/import", {"path": str(folder), "precision": precision})
        wait_for(idle, lambda found: found["progress"] is None)
    assert row(idle)["precision"] == [16, 8]
    assert idle.post("/api/models/svd-xt/remove", {"precision": 16}).json()["precision"] == [8]


def test_a_file_comes_in_pieces_and_its_copy_goes_again(idle, decoder):
    id = sent(idle, "taesdv.safetensors", decoder)
    assert [path.read_bytes() == decoder for path in copies()] == [True]
    answer = idle.post("/api/models/import", {"upload": id})
    assert (answer.status_code, answer.json()["id"]) == (202, TINY_DECODER.id)
    found = wait_for(idle, lambda found: found["progress"] is None, TINY_DECODER.id, rows="extras")
    assert (found["state"], found["size_bytes"]) == ("ready", len(decoder))
    until_gone()
    assert idle.post("/api/models/import", {"upload": id}).status_code == 404


def test_a_piece_that_does_not_fit_changes_nothing(idle, decoder):
    upload = begin(idle, "taesdv.safetensors", len(decoder)).json()
    assert send(idle, upload["id"], 0, decoder[:1000]).json()["received"] == 1000
    for offset in (0, 999, 5000):
        assert send(idle, upload["id"], offset, b"other").status_code == 409
    assert idle.post("/api/models/import", {"upload": upload["id"]}).status_code == 409  # not all of it is here
    assert send(idle, upload["id"], 1000, decoder[1000:] + b"more").status_code == 413
    assert send(idle, upload["id"], 1000, decoder[1000:]).json()["received"] == len(decoder)
    assert copies()[0].read_bytes() == decoder
    assert idle.ask("DELETE", f"/api/uploads/{upload['id']}").status_code == 204
    assert copies() == []


@pytest.mark.parametrize(
    ("name", "size", "status"),
    [
        ("photo.jpg", 1000, 400),
        ("model.ckpt", 1000, 400),
        ("model.safetensors", 0, 400),
        ("model.safetensors", -5, 400),
        ("model.safetensors", 10**12, 413),
    ],
)
def test_what_is_no_model_is_refused_before_it_travels(idle, name, size, status):
    answer = begin(idle, name, size)
    assert (answer.status_code, bool(answer.json()["error"]["hint"])) == (status, True)


def test_a_disk_without_room_is_said_before_it_travels(idle, monkeypatch):
    monkeypatch.setattr("videoai.system.files.free_disk", lambda folder: 1_000_000)
    answer = begin(idle, "svd_xt.safetensors", 4_500_000_000)
    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "write_failed")
    assert "only 1 MB is free" in answer.json()["error"]["message"]


def test_a_file_that_is_none_leaves_nothing_but_a_sentence(idle):
    id = sent(idle, "svd_xt.safetensors", b"this is no model" * 100)
    idle.post("/api/models/import", {"upload": id, "precision": 8})
    found = wait_for(idle, lambda found: found["progress"]["state"] == "failed")
    assert found["state"] == "missing"
    assert found["progress"]["error"]["code"] == "model_damaged"
    assert found["progress"]["error"]["message"].startswith("svd_xt.safetensors is damaged")
    until_gone()
    assert not own_folder("svd-xt", 8).exists()


def test_a_stopped_import_leaves_nothing(idle, folder, tmp_path, monkeypatch):
    broken = Path(shutil.copytree(folder, tmp_path / "svd-xt"))
    weights = next(broken.glob("vae/*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-100])  # the last network cannot be written
    idle.post("/api/models/import", {"path": str(broken), "precision": 8})
    wait_for(idle, lambda found: found["progress"]["state"] == "failed")
    assert not own_folder("svd-xt", 8).exists()
    idle.post("/api/models/import", {"path": str(folder), "precision": 8})
    idle.post("/api/models/svd-xt/cancel")
    found = wait_for(idle, lambda found: found["progress"] is None)
    assert found["state"] in ("missing", "ready")  # it may have been faster
    assert own_folder("svd-xt", 8).exists() == (found["state"] == "ready")


def test_a_path_has_to_be_whole_and_there(idle, tmp_path):
    for path in ("", "model.safetensors", "~nobody/x", "/nothing/here", "/\0", str(tmp_path / "gone")):
        answer = idle.post("/api/models/import", {"path": path})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_input"), path
    (tmp_path / "weights.safetensors").write_bytes(b"x")
    answer = idle.post("/api/models/import", {"path": str(tmp_path / "weights.safetensors")})
    assert answer.json()["error"]["hint"] == "Choose the model it is."
    assert idle.post("/api/models/import", {}).status_code == 400
    assert idle.post("/api/models/import", {"path": str(tmp_path), "model": "draft"}).status_code == 400
    assert idle.post("/api/models/import", {"path": str(tmp_path), "model": "none"}).status_code == 404


def test_what_was_left_lying_is_dropped(idle, decoder, monkeypatch):
    begun = [begin(idle, "taesdv.safetensors", len(decoder)).json()["id"] for _ in range(2)]
    send(idle, begun[0], 0, decoder[:1000])
    assert begin(idle, "taesdv.safetensors", len(decoder)).status_code == 409  # so many at once
    monkeypatch.setattr(uploads, "_IDLE_SECONDS", -1.0)
    assert begin(idle, "taesdv.safetensors", len(decoder)).status_code == 201
    assert send(idle, begun[0], 1000, decoder[1000:]).status_code == 404
    assert copies() == []


def test_what_takes_the_disk_is_told_and_leftovers_are_freed(idle, folder):
    idle.post("/api/models/import", {"path": str(folder), "precision": 8})
    wait_for(idle, lambda found: found["progress"] is None)
    shares = {share["id"]: share["bytes"] for share in idle.get("/api/disk").json()["shares"]}
    assert shares["models"] > 100_000
    left = paths.home() / "devices-damaged-20200101-000000-000001.json"
    left.write_bytes(b"x" * 100_000)
    before = {share["id"]: share["bytes"] for share in idle.get("/api/disk").json()["shares"]}["leftovers"]
    assert before >= 100_000
    assert idle.post("/api/disk/free").json() == {"freed_bytes": before, "left": 0}
