"""Models through the web: fetched from a hub on this machine, paused, gone on with, made small, removed."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import psutil
import pytest

from tests.conftest import EXAMPLES
from tests.engines.svd import checkpoint
from tests.models.hub import server as hub_server
from tests.models.hub.server import Fault, HubServer
from tests.web.conftest import DRAFT
from videoai.history.owner import Owner

XT = "stabilityai/stable-video-diffusion-img2vid-xt"
UNET = "unet/diffusion_pytorch_model.fp16.safetensors"


@pytest.fixture(scope="module")
def repositories(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("hub")
    tiny = checkpoint.save(tmp_path_factory.mktemp("tiny"), variant="fp16", quick=True)
    shutil.copytree(tiny, root / XT)
    return root


@pytest.fixture
def hub(repositories, tmp_path, monkeypatch):
    with HubServer(repositories) as hub:
        hub_server.use(monkeypatch, hub, tmp_path / "hf")
        yield hub


def row(site, model="svd-xt", rows="models"):
    return next(row for row in site.get("/api/models").json()[rows] if row["id"] == model)


def wait_for(site, that, model="svd-xt", seconds=60, rows="models"):
    end = time.monotonic() + seconds
    while not that(found := row(site, model, rows)):
        assert time.monotonic() < end, found
        time.sleep(0.05)
    return found


def part_bytes(folder: Path) -> int:
    """How much of an unfinished file has arrived."""
    return sum(path.stat().st_size for path in folder.glob("hf/hub/*/blobs/*.videoai-part"))


def children():
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if "videoai.models.pull_process" in " ".join(child.cmdline())
    ]


def test_a_model_is_fetched_made_small_and_removed(hub, idle):
    events = idle.events()
    events.until("snapshot")
    answer = idle.post("/api/models/svd-xt/pull", {"precision": "8"})
    assert (answer.status_code, answer.json()["progress"]["state"]) == (202, "waiting")
    states = []
    for _, name, data in events:
        if name == "model":
            states.append((data["progress"] or {}).get("state"))
            if data["state"] == "ready" and data["progress"] is None:
                break
    events.close()
    assert [state for state in dict.fromkeys(states) if state != "verifying"] == [
        "waiting",
        "downloading",
        "converting",
        None,
    ]
    found = row(idle)
    assert (found["state"], found["precision"], found["progress"]) == ("ready", [16, 8], None)
    assert found["size_bytes"] > 0
    removed = idle.post("/api/models/svd-xt/remove").json()
    assert (removed["state"], removed["precision"], removed["size_bytes"]) == ("missing", [], 0)


def test_a_paused_download_goes_on_where_it_was(hub, idle, tmp_path):
    hub.faults[UNET] = Fault(stall_after=20_000)
    idle.post("/api/models/svd-xt/pull", {"precision": "16"})
    wait_for(idle, lambda found: hub.gets(UNET) and part_bytes(tmp_path) >= 20_000)
    wait_for(idle, lambda found: found["progress"]["done_bytes"] > 20_000)
    (child,) = children()
    paused = idle.post("/api/models/svd-xt/cancel").json()
    assert paused["progress"]["state"] == "paused"
    assert paused["progress"]["done_bytes"] > 20_000
    assert paused["state"] == "partly here"
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    hub.faults.clear()
    idle.post("/api/models/svd-xt/pull", {"precision": "16"})
    found = wait_for(idle, lambda found: found["progress"] is None)
    assert (found["state"], found["precision"]) == ("ready", [16])
    assert any(request.headers.get("range") for request in hub.gets(UNET))


def test_one_is_fetched_at_a_time_and_the_other_waits(hub, idle):
    hub.faults[UNET] = Fault(stall_after=20_000)
    idle.post("/api/models/svd-xt/pull")
    wait_for(idle, lambda found: found["progress"]["state"] == "downloading")
    idle.post("/api/models/svd/pull")
    again = idle.post("/api/models/svd-xt/pull")
    assert (again.status_code, again.json()["progress"]["state"]) == (202, "downloading")
    assert row(idle, "svd")["progress"]["state"] == "waiting"
    assert len(children()) == 1
    assert idle.post("/api/models/svd-xt/remove").status_code == 409
    assert idle.post("/api/models/svd/cancel").json()["progress"]["state"] == "paused"
    idle.post("/api/models/svd-xt/cancel")
    assert children() == []


def test_why_a_download_failed_is_told(hub, idle):
    hub.disappear()
    idle.post("/api/models/svd/pull")
    failed = wait_for(idle, lambda found: found["progress"]["state"] == "failed", "svd")["progress"]
    assert failed["error"]["code"] == "hub_unreachable"
    assert failed["error"]["hint"]
    hub.appear()
    assert idle.post("/api/models/svd/pull").json()["progress"]["state"] == "waiting"


def test_a_listing_that_names_another_place_is_refused_and_told(hub, idle):
    """Row S15 of the table of attacks, through the web."""
    hub.listings[XT] = {"sha": "c" * 40, "siblings": [{"rfilename": "..\\x", "size": 4, "blobId": "a" * 40}]}
    idle.post("/api/models/svd-xt/pull", {"precision": "16"})
    failed = wait_for(idle, lambda found: found["progress"]["state"] == "failed")["progress"]
    assert failed["error"]["code"] == "download_failed"
    assert "refused" in failed["error"]["message"]
    assert row(idle)["state"] == "missing"


def test_a_killed_download_is_told_and_can_go_on(hub, idle):
    hub.faults[UNET] = Fault(stall_after=20_000)
    idle.post("/api/models/svd-xt/pull", {"precision": "16"})
    wait_for(idle, lambda found: found["progress"]["done_bytes"] > 20_000)
    children()[0].kill()
    failed = wait_for(idle, lambda found: found["progress"]["state"] == "failed")["progress"]
    assert failed["error"]["code"] == "download_failed"
    hub.faults.clear()
    idle.post("/api/models/svd-xt/pull", {"precision": "16"})
    assert wait_for(idle, lambda found: found["progress"] is None)["state"] == "ready"


def test_the_servers_end_is_the_downloads(hub, start):
    site = start()
    hub.faults[UNET] = Fault(stall_after=20_000)
    site.post("/api/models/svd-xt/pull")
    wait_for(site, lambda found: found["progress"]["state"] == "downloading")
    (child,) = children()
    site.server.stop()
    psutil.wait_procs([child], timeout=20)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_offline_nothing_is_fetched(start, monkeypatch):
    site = start(offline=True)
    assert site.post("/api/models/svd/pull").json()["error"]["code"] == "model_missing"
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert start().post("/api/models/svd/pull").status_code == 409


def test_what_cannot_be_done_with_a_model(idle):
    for verb in ("pull", "cancel", "remove"):
        assert idle.post(f"/api/models/nothere/{verb}").status_code == 404
        assert idle.post(f"/api/models/svd/{verb}", {"other": 1}).status_code == 400
    assert idle.post("/api/models/draft/pull").status_code == 400
    assert idle.post("/api/models/draft/remove").status_code == 400
    assert idle.post("/api/models/svd/pull", {"precision": "7"}).status_code == 400
    assert idle.post("/api/models/svd/cancel").json()["progress"] is None


def test_a_model_that_makes_a_video_is_not_removed(idle, svd_xt):
    photo = idle.give(EXAMPLES / "coffee.png").json()["id"]
    idle.post("/api/jobs", {"photo_id": photo, "settings": DRAFT | {"model": "svd-xt"}, "force": True})
    idle.services.store.leases.claim(Owner.this_process())
    assert idle.post("/api/models/svd-xt/remove").status_code == 409
