"""What is beside the models, through the web: the tiny decoder from a hub on this machine, and jobs that want it."""

from __future__ import annotations

import pytest

from tests.models.hub import server as hub_server
from tests.models.hub.server import Fault, HubServer
from tests.support import tiny_decoder as support
from tests.web.conftest import DRAFT
from tests.web.test_models import part_bytes
from tests.web.test_models import row as model_row
from tests.web.test_models import wait_for as wait_for_model
from videoai.catalogue import TINY_DECODER
from videoai.history.owner import Owner
from videoai.models import extras

REPO, FILE = TINY_DECODER.weights
WANTED = {"model": "svd-xt", "width": 256, "height": 256, "frames": 4, "steps": 5, "decoder": "tiny"}


@pytest.fixture(scope="module")
def repositories(tmp_path_factory):
    root = tmp_path_factory.mktemp("hub")
    support.save(root / REPO)
    return root


@pytest.fixture
def hub(repositories, tmp_path, monkeypatch):
    with HubServer(repositories) as hub:
        hub_server.use(monkeypatch, hub, tmp_path / "hf")
        yield hub


def row(site):
    return next(extra for extra in site.get("/api/models").json()["extras"] if extra["id"] == TINY_DECODER.id)


def wait_for(site, that):
    return wait_for_model(site, that, "tiny-decoder", rows="extras")


def settled(site):
    return wait_for(site, lambda found: found["progress"] is None or found["progress"]["state"] == "failed")


def test_it_is_listed_fetched_verified_and_removed_and_told_of(hub, idle):
    missing = row(idle)
    assert (missing["state"], missing["licence"], missing["progress"]) == ("missing", "MIT", None)
    assert missing["licence_url"].startswith("https://github.com/")
    assert missing["download_bytes"] == pytest.approx(11e6, rel=0.1)
    assert missing in idle.get("/api/settings").json()["extras"]
    events = idle.events()
    assert missing in events.until("snapshot")[1]["extras"]
    answer = idle.post("/api/models/tiny-decoder/pull")
    assert (answer.status_code, answer.json()["progress"]["state"]) == (202, "waiting")
    events.until("extra", lambda found: found["state"] == "ready" and found["progress"] is None)
    size = (hub.root / REPO / FILE).stat().st_size
    assert row(idle)["size_bytes"] == size
    assert idle.post("/api/models/tiny-decoder/verify").status_code == 202
    # It takes some milliseconds: of news that follow each other so soon a listener may hear the last alone.
    events.until("extra", lambda found: found["progress"] is None)
    events.close()
    removed = idle.post("/api/models/tiny-decoder/remove").json()
    assert (removed["state"], removed["size_bytes"]) == ("missing", 0)
    assert extras.find(TINY_DECODER) is None


def test_its_download_is_paused_and_goes_on(hub, idle, tmp_path):
    hub.faults[FILE] = Fault(stall_after=20_000)
    idle.post("/api/models/tiny-decoder/pull")
    wait_for(idle, lambda found: part_bytes(tmp_path) >= 20_000)
    assert idle.post("/api/models/tiny-decoder/remove").status_code == 409
    assert idle.post("/api/models/tiny-decoder/cancel").json()["progress"]["state"] == "paused"
    hub.faults.clear()
    idle.post("/api/models/tiny-decoder/pull")
    assert settled(idle)["state"] == "ready"
    assert any(request.headers.get("range") for request in hub.gets(FILE))


def test_a_byte_that_has_changed_is_found_and_what_helps_is_said(hub, idle, tmp_path):
    def spoil(path):
        path.resolve().write_bytes(path.read_bytes()[:-1] + b"x")

    path = extras.pull(TINY_DECODER, lambda event: None)
    spoil(path)
    idle.post("/api/models/tiny-decoder/verify")
    error = settled(idle)["progress"]["error"]
    assert (error["code"], error["hint"]) == ("download_failed", "Download it again.")
    assert FILE in error["message"]
    assert str(tmp_path) not in error["message"], "that is nobody's business"
    idle.post("/api/models/tiny-decoder/pull")
    assert settled(idle)["progress"] is None
    idle.post("/api/models/tiny-decoder/verify")
    assert settled(idle)["progress"] is None
    idle.post("/api/models/tiny-decoder/remove")
    spoil(extras.import_(support.save(tmp_path / "of a friend"), TINY_DECODER))
    idle.post("/api/models/tiny-decoder/verify")
    error = settled(idle)["progress"]["error"]
    assert (error["code"], error["hint"]) == ("model_damaged", "Remove it, then download or import it again.")


def test_one_that_is_used_by_a_running_video_is_not_removed(hub, idle, svd_xt):
    extras.pull(TINY_DECODER, lambda event: None)
    assert idle.post("/api/jobs", {"photo_id": photo(idle), "settings": WANTED, "force": True}).status_code == 201
    idle.services.store.leases.claim(Owner.this_process())
    assert idle.post("/api/models/tiny-decoder/remove").status_code == 409


def photo(site):
    return site.give().json()["id"]


def test_what_is_missing_is_said_and_no_job_fetches_it(hub, idle, svd_xt):
    body = {"photo_id": photo(idle), "settings": WANTED, "force": True}
    assert idle.post("/api/estimate", {"settings": WANTED}).json()["to_download"] == ["tiny-decoder"]
    assert idle.post("/api/estimate", {"settings": WANTED | {"decoder": "exact"}}).json()["to_download"] == []
    assert idle.post("/api/estimate", {"settings": WANTED | {"model": "draft"}}).json()["to_download"] == []
    more_exact = WANTED | {"precision": "16"}  # than the one that is here
    assert idle.post("/api/estimate", {"settings": more_exact}).json()["to_download"] == ["tiny-decoder", "svd-xt"]
    refused = idle.post("/api/jobs", body)
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (409, "model_missing")
    assert error["message"] == "The tiny decoder is not on this computer yet."
    assert "videoai models pull tiny-decoder" in error["hint"]
    assert not hub.requests
    extras.pull(TINY_DECODER, lambda event: None)
    job = idle.post("/api/jobs", body).json()
    idle.post(f"/api/jobs/{job['id']}/cancel")
    idle.post("/api/models/tiny-decoder/remove")
    for verb in ("resume", "retry"):
        assert idle.post(f"/api/jobs/{job['id']}/{verb}").json()["error"]["code"] == "model_missing"


def test_one_that_goes_while_its_job_waits_is_not_fetched_by_the_job(hub, start, svd_xt):
    """The job fails and says so: whoever asked for it may ask for the download."""
    extras.pull(TINY_DECODER, lambda event: None)
    asked = start()
    asked.services.queue.stop()
    job = asked.post("/api/jobs", {"photo_id": photo(asked), "settings": WANTED, "force": True}).json()
    extras.remove(TINY_DECODER)
    hub.requests.clear()
    failed = start().ended(job["id"])
    assert (failed["state"], failed["reason"]["code"]) == ("failed", "model_missing")
    assert not hub.requests


def test_a_model_is_verified_too(idle, svd_xt):
    idle.post("/api/models/svd-xt/verify")
    assert wait_for_model(idle, lambda found: found["progress"] is None)["state"] == "ready"
    (weights,) = (path for path in svd_xt.rglob("*.safetensors") if "vae" in str(path))
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    idle.post("/api/models/svd-xt/verify")
    failed = wait_for_model(idle, lambda found: found["progress"] and found["progress"]["state"] == "failed")
    assert failed["progress"]["error"]["code"] == "model_damaged"
    assert model_row(idle, "draft")["progress"] is None
    for verb in ("pull", "verify", "remove"):
        assert idle.post(f"/api/models/draft/{verb}").status_code == 400
    assert idle.post("/api/models/nothere/verify").status_code == 404


def test_a_verification_that_is_ended_leaves_no_trace(idle, svd_xt):
    """It is not paused: there is nothing to go on with."""
    idle.post("/api/models/svd-xt/verify")
    assert "verified" in idle.post("/api/models/svd-xt/remove").json()["error"]["message"]
    idle.post("/api/models/svd-xt/cancel")
    assert wait_for_model(idle, lambda found: found["progress"] is None)["state"] == "ready"


def test_a_draft_needs_none(hub, idle):
    body = {"photo_id": photo(idle), "settings": DRAFT | {"decoder": "tiny"}}
    assert idle.post("/api/jobs", body).status_code == 201
    assert not hub.requests
