"""The depth network on this machine, with a hub on loopback: fetched when asked for and never by a run, imported,
verified, removed, and told of where it is damaged."""

from __future__ import annotations

import functools
import json
import shutil
from pathlib import Path

import pytest

from tests.engines.depth import checkpoint
from tests.models.hub import server as hub_server
from tests.models.hub.server import HubServer
from tests.models.test_manager import ignore
from tests.support import tiny_decoder
from videoai.catalogue import DEPTH, TINY_DECODER
from videoai.engines.depth import network
from videoai.errors import BadInput, DownloadFailed, ModelDamaged, ModelMissing
from videoai.events import Notice
from videoai.models import extras, store
from videoai.models.availability import available_weights
from videoai.models.files import files_for, to_fetch
from videoai.models.hub import cache, http_get
from videoai.settings import GenerationSettings
from videoai.system import paths
from videoai.weights.model_files import ExtraFiles

REPO, FILE = DEPTH.weights
DRAFT = GenerationSettings(model="draft", seed=1)


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """Of a tiny network: what is fetched is compared with its hash, and only what is imported is opened."""
    return checkpoint.save(tmp_path_factory.mktemp("depth"))


@pytest.fixture
def hub(file, tmp_path, monkeypatch):
    (tmp_path / "hub" / REPO).mkdir(parents=True)
    shutil.copyfile(file, tmp_path / "hub" / REPO / FILE)
    monkeypatch.setattr(http_get, "BACKOFF", (0.01, 0.01, 0.01, 0.01))
    with HubServer(tmp_path / "hub") as hub:
        hub_server.use(monkeypatch, hub, tmp_path / "hf")
        yield hub


@pytest.fixture
def tiny(monkeypatch):
    """Let networks be tiny ones."""
    monkeypatch.setattr(network, "load", functools.partial(network.load, config=checkpoint.TINY))


def test_no_draft_fetches_it_and_the_next_one_uses_what_was_fetched(hub):
    for offline in (False, True):
        assert files_for(DRAFT, None, ignore, offline=offline) == (None, None)
    assert to_fetch(DRAFT) == []
    assert not available_weights("draft").depth
    assert hub.requests == []
    path = extras.pull(DEPTH, ignore)
    hub.disappear()
    assert files_for(DRAFT, None, ignore, offline=True) == (ExtraFiles(path), None)
    assert available_weights("draft").depth
    guessed = GenerationSettings(model="draft", seed=1, depth="guessed")
    assert files_for(guessed, None, ignore) == (None, None)


def test_all_verbs_know_it(hub, inside):
    def ask(*words: object) -> object:
        run = inside("models", *words, "--json")
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    def row() -> tuple[str, int]:
        (found,) = (row for row in ask("list") if row["id"] == "depth")
        return found["state"], found["size_bytes"]

    assert row() == ("missing", 0)
    pulled = inside("models", "pull", "depth")
    assert pulled.returncode == 0, pulled.stderr
    announced = next(line for line in pulled.stderr.splitlines() if "Downloading depth" in line)
    for told in ("99 MB", REPO, "Apache-2.0"):
        assert told in announced
    size = (hub.root / REPO / FILE).stat().st_size
    assert row() == ("ready", size)
    shown = ask("show", "depth")
    assert (shown["licence"], shown["files"][0]["here"]) == ("Apache-2.0", True)
    path = ask("path", "depth")["path"]
    assert ask("verify", "depth") == [{"path": path, "ok": True}]
    assert ask("remove", "depth") == {"id": "depth", "freed_bytes": size, "kept_in_cache": False}
    assert row() == ("missing", 0)


def test_a_damaged_one_is_found_and_fetched_again(hub):
    path = extras.pull(DEPTH, ignore)
    content = path.read_bytes()
    path.resolve().write_bytes(content[:-1] + b"x")
    (check,) = extras.verify(DEPTH)
    assert (check.ok, check.repair) == (False, "videoai models pull depth")
    assert extras.pull(DEPTH, ignore).read_bytes() == content


def test_no_sentence_about_it_speaks_of_the_other(hub, monkeypatch):
    """The words are each extra's own."""
    shutil.rmtree(hub.root / REPO)
    (hub.root / REPO).mkdir()
    (hub.root / REPO / "README.md").write_text("moved")
    with pytest.raises(DownloadFailed) as failed:
        extras.pull(DEPTH, ignore)
    missing = extras.missing(DEPTH)
    for error in (failed.value, missing):
        assert "models import FILE --as depth" in error.hint
        assert "Without it the draft guesses the depth." in error.hint
        assert "decoder" not in error.message + error.hint
    assert missing.message == "The depth network is not on this computer, and downloads are off."
    assert "--decoder tiny" in extras.missing(TINY_DECODER).hint


def test_an_imported_file_is_a_copy_and_a_damaged_one_is_told_of(tiny, file):
    kept = extras.import_(file, DEPTH)
    assert kept.read_bytes() == file.read_bytes()
    assert [check.ok for check in extras.verify(DEPTH)] == [True]
    assert files_for(DRAFT, None, ignore, offline=True) == (ExtraFiles(kept), None)
    kept.write_bytes(b"")
    notices: list[Notice] = []
    assert files_for(DRAFT, None, notices.append) == (None, None)
    (notice,) = notices
    assert "altered" in notice.message
    assert notice.message.endswith("Without it the draft guesses the depth.")
    assert not available_weights("draft").depth
    assert extras.remove(DEPTH) > 0
    assert extras.find(DEPTH) is None


def test_what_is_another_network_is_refused_and_leaves_nothing(tiny, tmp_path):
    for wrong in (tiny_decoder.save(tmp_path), tmp_path / "none", tmp_path):
        with pytest.raises((BadInput, ModelDamaged, ModelMissing)):
            extras.import_(wrong, DEPTH)
    assert not (paths.models() / "depth").exists()


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("depth_anything_v2_small.safetensors", DEPTH),
        ("x/models--depth-anything--Depth-Anything-V2-Small-hf/snapshots/0123/model.safetensors", DEPTH),
        ("Depth-Anything-V2-Small-hf/model.safetensors", DEPTH),
        ("taesdv.safetensors", TINY_DECODER),
        ("model.safetensors", None),
        ("svd-xt/image_encoder/model.safetensors", None),
        ("depth-anything/svd_xt.safetensors", None),
    ],
)
def test_a_file_is_known_by_its_name_or_where_that_is_the_hubs_by_its_folder(path, meant):
    assert extras.meant(Path(path)) is meant


def test_what_other_programs_have_fetched_stays(hub):
    path = extras.pull(DEPTH, ignore)
    store.note_ours(removed=[DEPTH.weights])
    assert extras.remove(DEPTH) == 0
    assert path == cache.find_any(DEPTH.weights)
