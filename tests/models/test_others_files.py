"""What other programs, and people, have put into the Hugging Face cache is used as it is: linked, copied, in full
precision, in several files, in one; and what is complete needs no hub and no right to write."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from tests.conftest import EXAMPLES, ROOT
from tests.disks import mounted, remount
from tests.models.conftest import LCM, XT
from tests.models.hub import server as hub_server
from videoai import generate
from videoai.catalogue import MODELS, PARTS, STEMS
from videoai.errors import BadInput, ModelMissing
from videoai.models import local, manager, store
from videoai.models.availability import available_weights
from videoai.models.hub import cache

COMMIT = "c" * 40


def ignore(event: object) -> None:
    pass


@pytest.fixture(autouse=True)
def no_hub(monkeypatch, tmp_path):
    """None is there: whoever asks for it fails."""
    hub_server.use(monkeypatch, None, tmp_path / "hf")


def snapshot(repo: str = XT) -> Path:
    cache.set_ref(repo, "main", COMMIT)
    found = cache.folder(repo) / "snapshots" / COMMIT
    found.parent.mkdir()
    return found


def copied(folder: Path, target: Path) -> None:
    shutil.copytree(folder, target)


def linked(folder: Path, target: Path) -> None:
    """As whoever keeps models on another disk has it."""
    elsewhere = target.parents[4] / "elsewhere"
    shutil.copytree(folder, elsewhere)
    target.symlink_to(elsewhere)


def linked_one_by_one(folder: Path, target: Path) -> None:
    for path in folder.rglob("*.*"):
        link = target / path.relative_to(folder)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(path)


def in_full_precision(folder: Path, target: Path) -> None:
    """As diffusers fetches it without a variant."""
    shutil.copytree(folder, target)
    for path in target.rglob("*.fp16.safetensors"):
        exact = {name: tensor.float() for name, tensor in load_file(path).items()}
        save_file(exact, path.with_name(path.name.replace(".fp16", "")))
        path.unlink()


def sharded(folder: Path, target: Path) -> None:
    """As diffusers and transformers write large models; the index of a variant has two kinds of name."""
    shutil.copytree(folder, target)
    for part in PARTS:
        path = target / part / f"{STEMS[part]}.fp16.safetensors"
        tensors, halves = load_file(path), {}
        for number, names in enumerate((list(tensors)[::2], list(tensors)[1::2]), start=1):
            name = f"{STEMS[part]}.fp16-{number:05}-of-00002.safetensors"
            save_file({each: tensors[each] for each in names}, path.with_name(name))
            halves |= dict.fromkeys(names, name)
        index = f"{STEMS[part]}.safetensors.index.fp16.json" if part == "unet" else f"{path.name}.index.json"
        path.with_name(index).write_text(json.dumps({"metadata": {}, "weight_map": halves}))
        path.unlink()


WAYS = [copied, linked, linked_one_by_one, in_full_precision, sharded]


@pytest.mark.parametrize("way", WAYS)
def test_a_model_is_there_in_whichever_form_and_pulling_it_needs_no_hub(way, quick_fp16, monkeypatch):
    way(quick_fp16, snapshot())
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    found = manager.pull("svd-xt", "16", ignore)
    assert (found.bits, found.place) == (16, cache.folder(XT) / "snapshots" / COMMIT)
    assert all(check.ok for check in manager.verify("svd-xt"))
    assert found.size >= sum(path.stat().st_size for path in quick_fp16.rglob("*.safetensors")) * 0.99
    small = manager.pull("svd-xt", "8", ignore)
    assert [one.bits for one in store.installed(MODELS["svd-xt"])] == [16, 8]
    assert local.files_of(found.place) == found.files
    assert local.files_of(small.place) == small.files
    manager.remove("svd-xt", None, ignore)
    assert [one.bits for one in store.installed(MODELS["svd-xt"])] == [16], "it is another program's"


@pytest.mark.slow
def test_a_video_is_made_of_each_form_and_is_the_same(quick_fp16, tmp_path):
    small = {"width": 256, "height": 256, "frames": 4, "steps": 5, "guidance_max": 1, "seed": 1, "precision": 16}
    videos = []
    for way in WAYS:
        snapshots = cache.folder(XT) / "snapshots"
        shutil.rmtree(snapshots, ignore_errors=True)
        shutil.rmtree(tmp_path / "elsewhere", ignore_errors=True)
        way(quick_fp16, snapshot())
        made = generate(EXAMPLES / "coffee.png", tmp_path / f"{way.__name__}.mp4", offline=True, **small)
        videos.append(made.path.read_bytes())
    assert len(set(videos)) == 1


def test_what_can_be_streamed_is_one_file_in_the_layout_of_the_hub(quick_fp16):
    folder = snapshot()
    sharded(quick_fp16, folder)
    assert available_weights("svd-xt").streamable is False
    shutil.rmtree(folder)
    in_full_precision(quick_fp16, folder)
    assert available_weights("svd-xt").streamable is True


def test_a_model_of_which_a_shard_is_missing_is_not_there(quick_fp16):
    folder = snapshot()
    sharded(quick_fp16, folder)
    next((folder / "unet").glob("*-00002-of-*")).unlink()
    assert store.installed(MODELS["svd-xt"]) == []


def test_a_single_file_that_was_fetched_into_the_cache_is_the_model(monkeypatch):
    folder = snapshot()
    folder.mkdir()
    (folder / "svd_xt_image_decoder.safetensors").write_bytes(b"made for single images")
    assert store.fetched(MODELS["svd-xt"]) is None
    (folder / "svd_xt.safetensors").write_bytes(b"weights")
    (found,) = store.installed(MODELS["svd-xt"])
    assert (found.place, found.size) == (folder / "svd_xt.safetensors", 7)
    assert available_weights("svd-xt").streamable is False


@pytest.mark.parametrize("damage", ["cut", "longer", "no json"])
def test_a_copy_that_is_not_whole_is_found_though_its_name_has_no_hash(damage, quick_fp16, monkeypatch):
    folder = snapshot()
    copied(quick_fp16, folder)
    weights = folder / MODELS["svd-xt"].parts["vae"].weights.path
    spoilt = folder / "vae/config.json" if damage == "no json" else weights
    spoilt.write_bytes(
        {"cut": weights.read_bytes()[:-1], "longer": weights.read_bytes() + b"0", "no json": b"{"}[damage]
    )
    assert [check.path for check in manager.verify("svd-xt") if not check.ok] == [spoilt]
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(BadInput, match="downloads nothing"):
        manager.pull("svd-xt", "16", ignore)


def test_a_unet_alone_in_the_cache_takes_the_others_from_where_they_are(quick_fp16, hub):
    """Of svd-xt only what the other model needs is here."""
    found = manager.pull("animatelcm-svd-xt", "16", ignore)
    assert store.installed(MODELS["svd-xt"]) == []
    assert found.place == cache.folder(LCM) / "snapshots" / hub.commit(LCM) / "AnimateLCM-SVD-xt.safetensors"
    files = local.files_of(found.place)
    assert (files.unet.weights, files.vae) == (found.files.unet.weights, found.files.vae)


def test_without_the_others_a_unet_alone_is_refused(repositories):
    with pytest.raises(ModelMissing, match="contains only a UNet"):
        local.files_of(repositories / LCM / "AnimateLCM-SVD-xt.safetensors")


def test_pulling_what_is_complete_needs_nothing_that_can_be_written(hub, tmp_path, monkeypatch):
    """As another user of the machine, on a disk that is read-only, without a network."""
    with mounted(tmp_path / "disk", "200m") as disk:
        hub_server.use(monkeypatch, hub, disk / "hf")
        manager.pull("svd-xt", "16", ignore)
        hub.disappear()
        (disk / "home").mkdir()
        remount(disk, "ro")
        command = [sys.executable, "-m", "videoai", "models", "pull", "svd-xt", "--precision", "16", "--json"]
        variables = os.environ | {"PYTHONPATH": str(ROOT), "VIDEOAI_HOME": str(disk / "home" / "data")}
        for more in ({}, {"HF_HUB_OFFLINE": "1"}):
            run = subprocess.run(command, capture_output=True, text=True, env=variables | more, timeout=60)
            assert run.returncode == 0, run.stderr
            assert json.loads(run.stdout)["precision"] == 16
            assert "Downloading" not in run.stderr
