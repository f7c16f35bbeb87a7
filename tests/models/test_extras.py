"""The tiny decoder on this machine, with a hub on loopback: fetched when wanted, imported, verified, removed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from tests.conftest import EXAMPLES
from tests.disks import mounted
from tests.models.hub import server as hub_server
from tests.models.hub.server import HubServer
from tests.models.test_manager import SMALL, XT, ignore
from tests.support import tiny_decoder as support
from videoai.catalogue import TINY_DECODER
from videoai.errors import BadInput, DownloadFailed, ModelDamaged, ModelMissing, WriteFailed
from videoai.events import Notice
from videoai.models import extras, manager, store
from videoai.models.files import files_for
from videoai.models.hub import cache, http_get
from videoai.settings import GenerationSettings

REPO, FILE = TINY_DECODER.weights


@pytest.fixture(scope="module")
def repositories(tmp_path_factory, quick_fp16) -> Path:
    root = tmp_path_factory.mktemp("hub")
    shutil.copytree(quick_fp16, root / XT)
    support.save(root / REPO)
    return root


@pytest.fixture
def hub(repositories, tmp_path, monkeypatch):
    monkeypatch.setattr(http_get, "BACKOFF", (0.01, 0.01, 0.01, 0.01))
    with HubServer(repositories) as hub:
        hub_server.use(monkeypatch, hub, tmp_path / "hf")
        yield hub


def asked(**values: object) -> GenerationSettings:
    return GenerationSettings(seed=1, **{"decoder": "tiny"} | values)


def test_a_run_that_wants_it_fetches_it_and_the_next_needs_no_hub(hub, videoai, tmp_path):
    words = (EXAMPLES / "coffee.png", *SMALL, "--precision", 8)
    first = videoai(*words, "--decoder", "tiny", "--output", tmp_path / "a.mp4")
    assert first.returncode == 0, first.stderr
    announced = next(line for line in first.stderr.splitlines() if "Downloading tiny-decoder" in line)
    for told in ("11 MB", REPO, "MIT", "https://github.com/madebyollin/taesdv"):
        assert told in announced
    assert first.stderr.index("Downloading tiny-decoder") < first.stderr.index("Downloading svd-xt")
    hub.disappear()
    second = videoai(*words, "--decoder", "tiny", "--output", tmp_path / "b.mp4", "--offline")
    assert second.returncode == 0, second.stderr
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert json.loads(videoai("info", tmp_path / "b.mp4", "--json").stdout)["settings"]["decoder"] == "tiny"


def test_offline_says_what_is_missing_before_anything_else(hub, videoai):
    run = videoai(EXAMPLES / "coffee.png", "--decoder", "tiny", "--offline")
    assert run.returncode == 3
    for told in ("tiny decoder is not on this computer", "models pull tiny-decoder", "models import", "--decoder tiny"):
        assert told in run.stderr
    assert not hub.requests


def test_nothing_is_fetched_for_previews_or_for_a_draft(hub, quick_fp16):
    for settings in (asked(model=str(quick_fp16), decoder="exact"), asked(model="draft")):
        files, _ = files_for(settings, None, ignore)
        assert files is None or files.tiny_decoder is None
    assert not hub.requests
    extras.pull(TINY_DECODER, ignore)
    files, _ = files_for(asked(model=str(quick_fp16), decoder="exact"), None, ignore, offline=True)
    assert files.tiny_decoder.weights == cache.find(TINY_DECODER.weights)


def test_all_verbs_know_it(hub, inside):
    def ask(*words: object) -> object:
        run = inside("models", *words, "--json")
        assert run.returncode == 0, run.stderr
        return json.loads(run.stdout)

    def row() -> tuple[str, int]:
        (found,) = (row for row in ask("list") if row["id"] == "tiny-decoder")
        return found["state"], found["size_bytes"]

    assert row() == ("missing", 0)
    size = (hub.root / REPO / FILE).stat().st_size
    assert ask("pull", "tiny-decoder")["size_bytes"] == size
    assert row() == ("ready", size)
    shown = ask("show", "tiny-decoder")
    assert (shown["licence"], shown["files"][0]["here"]) == ("MIT", True)
    path = ask("path", "tiny-decoder")["path"]
    assert ask("verify", "tiny-decoder") == [{"path": path, "ok": True}]
    assert ask("remove", "tiny-decoder") == {"id": "tiny-decoder", "freed_bytes": size, "kept_in_cache": False}
    assert row() == ("missing", 0)
    assert "tiny-decoder" in inside("models").stdout + inside("models", "list").stdout
    assert inside("models", "path", "tiny-decoder").returncode == 3
    assert inside("models", "convert", "tiny-decoder").returncode == 2
    assert inside(EXAMPLES / "coffee.png", "--model", "tiny-decoder").returncode == 2


def test_a_damaged_one_is_found_and_fetched_again(hub):
    path = extras.pull(TINY_DECODER, ignore)
    content = path.read_bytes()
    path.resolve().write_bytes(content[:-1] + b"x")
    (check,) = extras.verify(TINY_DECODER)
    assert (check.ok, check.repair) == (False, "videoai models pull tiny-decoder")
    assert extras.pull(TINY_DECODER, ignore).read_bytes() == content


def test_a_commit_that_another_program_moved_on_to_hides_nothing(hub):
    extras.pull(TINY_DECODER, ignore)
    (cache.folder(TINY_DECODER.weights.repo) / "refs" / "main").write_text("f" * 40)
    hub.disappear()
    assert (
        extras.ready(TINY_DECODER, ignore) == extras.pull(TINY_DECODER, ignore) == cache.find_any(TINY_DECODER.weights)
    )


def test_what_other_programs_have_fetched_stays(hub):
    path = extras.pull(TINY_DECODER, ignore)
    store.note_ours(removed=[TINY_DECODER.weights])
    assert extras.remove(TINY_DECODER) == 0
    assert path.is_file()


def test_a_hub_that_has_it_no_more_is_a_sentence_and_a_way_out(hub, tmp_path, monkeypatch):
    empty = HubServer(tmp_path / "empty")
    (tmp_path / "empty" / REPO).mkdir(parents=True)
    (tmp_path / "empty" / REPO / "README.md").write_text("moved")
    with empty:
        monkeypatch.setenv("HF_ENDPOINT", empty.endpoint)
        with pytest.raises(DownloadFailed, match="no longer has the file") as caught:
            extras.pull(TINY_DECODER, ignore)
    assert "models import FILE --as tiny-decoder" in caught.value.hint
    assert extras.state(TINY_DECODER) == ("missing", 0)


def test_an_imported_file_is_a_copy_and_needs_no_hub(inside, tmp_path, quick_fp16):
    file = support.save(tmp_path / "of a friend")
    run = inside("models", "import", file, "--json")
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["id"] == "tiny-decoder"
    found = extras.find(TINY_DECODER)
    assert found != file
    assert found.read_bytes() == file.read_bytes()
    assert [check.ok for check in extras.verify(TINY_DECODER)] == [True]
    assert extras.ready(TINY_DECODER, ignore, offline=True) == found
    assert extras.pull(TINY_DECODER, ignore) == found, "there is nothing to fetch"
    found.write_bytes(found.read_bytes()[:-1] + b"x")
    assert [check.ok for check in extras.verify(TINY_DECODER)] == [False]
    found.write_bytes(b"")
    assert extras.state(TINY_DECODER) == ("damaged", 0)
    with pytest.raises(ModelDamaged, match="altered"):
        files_for(asked(model=str(quick_fp16)), None, ignore)
    notices: list[Notice] = []
    files, _ = files_for(asked(model=str(quick_fp16), decoder="exact"), None, notices.append)
    assert files.tiny_decoder is None
    assert ["previews are rough" in notice.message for notice in notices] == [True]
    assert extras.remove(TINY_DECODER) > 0
    assert extras.find(TINY_DECODER) is None


def test_what_is_no_tiny_decoder_is_refused_and_leaves_nothing(tmp_path, quick_fp16):
    for wrong in (quick_fp16 / "unet/diffusion_pytorch_model.fp16.safetensors", tmp_path / "none", tmp_path):
        with pytest.raises((BadInput, ModelDamaged, ModelMissing)):
            extras.import_(wrong, TINY_DECODER)
    assert extras.find(TINY_DECODER) is None


def test_the_pickle_that_its_author_publishes_is_not_opened(inside, tmp_path):
    torch.save(support.reference().state_dict(), tmp_path / "taesdv.pth")
    run = inside("models", "import", tmp_path / "taesdv.pth")
    assert run.returncode == 1
    for told in ("pickled weights can run any program", "as .safetensors"):
        assert told in run.stderr


def test_a_full_disk_leaves_no_half_of_it(tmp_path, monkeypatch):
    file = support.save(tmp_path / "file")
    with mounted(tmp_path / "small", "10m") as disk:
        monkeypatch.setenv("VIDEOAI_HOME", str(disk))
        kept = extras.import_(file, TINY_DECODER)
        content = kept.read_bytes()
        with pytest.raises(WriteFailed):
            extras.import_(file, TINY_DECODER)
        assert sorted(path.name for path in kept.parent.iterdir()) == ["model.json", kept.name]
        assert kept.read_bytes() == content
        assert [check.ok for check in extras.verify(TINY_DECODER)] == [True]


def test_a_model_is_converted_and_removed_without_it(hub):
    extras.pull(TINY_DECODER, ignore)
    manager.pull("svd-xt", "8", ignore)
    assert not list(store.own_folder("svd-xt", 8).rglob("*taesdv*"))
    manager.remove("svd-xt", None, ignore)
    assert extras.state(TINY_DECODER)[0] == "ready"
