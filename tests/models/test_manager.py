"""The life of a model on this machine, with a hub on loopback: fetched, made small, shared, verified, removed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import torch
from safetensors.torch import load_file

from tests.conftest import EXAMPLES
from tests.disks import mounted
from tests.models.conftest import XT, XT_1_1
from videoai.catalogue import MODELS
from videoai.errors import AccessNeeded, BadInput, ModelDamaged, ModelMissing, NotDeleted, WriteFailed
from videoai.events import Notice, Stage
from videoai.models import manager, store
from videoai.models.hub import cache

UNET = "unet/diffusion_pytorch_model.fp16.safetensors"
SMALL = ("--width", 256, "--height", 256, "--frames", 4, "--steps", 5, "--guidance-max", 1, "--seed", 1)


def ignore(event: object) -> None:
    pass


@pytest.fixture
def small_machine(monkeypatch):
    """A Mac of 8 GB."""

    class Memory:
        total = 8 << 30

    monkeypatch.setattr(psutil, "virtual_memory", Memory)


def bits_here(model: str = "svd-xt") -> list[int]:
    return [one.bits for one in store.installed(MODELS[model])]


@pytest.mark.slow
def test_the_first_run_says_what_it_fetches_fetches_it_and_goes_on_and_the_second_needs_no_hub(hub, videoai, tmp_path):
    first = videoai(EXAMPLES / "coffee.png", *SMALL, "--precision", 8, "--output", tmp_path / "a.mp4")
    assert first.returncode == 0, first.stderr
    announced = next(line for line in first.stderr.splitlines() if "Downloading svd-xt" in line)
    for told in ("4.5 GB", XT, "licence", f"https://huggingface.co/{XT}", "Ctrl-C"):
        assert told in announced
    assert first.stderr.index("Downloading svd-xt") < first.stderr.index("Denoising")
    assert bits_here() == [16, 8]
    hub.disappear()
    second = videoai(EXAMPLES / "coffee.png", *SMALL, "--precision", 8, "--output", tmp_path / "b.mp4", "--offline")
    assert second.returncode == 0, second.stderr
    assert "Fetching" not in second.stderr
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    settings = json.loads(videoai("info", tmp_path / "b.mp4", "--json").stdout)["settings"]
    assert (settings["model"], settings["precision"]) == ("svd-xt", "8")


def test_quiet_shows_no_progress_but_the_licence_all_the_same(hub, inside):
    run = inside("models", "pull", "svd-xt", "--precision", "16", "--quiet", "--json")
    assert run.returncode == 0, run.stderr
    assert "licence" in run.stderr.lower()
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "how", [{"arguments": ["--offline"]}, pytest.param({"env": {"HF_HUB_OFFLINE": "1"}}, marks=pytest.mark.slow)]
)
def test_offline_without_the_model_ends_with_3_and_names_the_three_ways_out(hub, videoai, how):
    run = videoai(EXAMPLES / "coffee.png", *how.get("arguments", ()), env=how.get("env", {}))
    assert run.returncode == 3
    for way in ("models pull svd-xt", "models import", "--model draft"):
        assert way in run.stderr
    assert not hub.requests


def test_a_bad_photo_is_told_before_anything_is_fetched(hub, inside, tmp_path):
    (tmp_path / "photo.jpg").write_text("no photo")
    assert inside(tmp_path / "photo.jpg").returncode == 2
    assert not hub.requests


@pytest.mark.slow
def test_a_hub_that_cannot_be_reached_is_a_sentence(hub, videoai):
    hub.disappear()
    for words in (("models", "pull", "svd-xt"), (EXAMPLES / "coffee.png",)):
        run = videoai(*words)
        assert run.returncode == 3
        assert run.stderr.count("Error: The hub could not be reached") == 1
        assert "Traceback" not in run.stderr
        for way in ("the same command again", "models import", "--model draft"):
            assert way in run.stderr


def test_a_gated_model_says_where_to_accept_its_terms_and_how_to_give_the_token(hub, videoai):
    run = videoai("models", "pull", "svd-xt-1.1")
    assert run.returncode == 3
    for told in (f"https://huggingface.co/{XT_1_1}", "HF_TOKEN", "settings/tokens"):
        assert told in run.stderr
    with pytest.raises(AccessNeeded):
        manager.pull("svd-xt-1.1", "16", ignore)
    run = videoai("models", "pull", "svd-xt-1.1", "--json", env={"HF_TOKEN": "hf_right"})
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["id"] == "svd-xt-1.1"
    assert "hf_right" not in run.stdout + run.stderr


def test_auto_is_8_bits_on_a_small_machine_and_exact_on_a_roomy_one(hub, small_machine, monkeypatch):
    assert manager.ready("svd-xt", "auto", ignore).bits == 8
    monkeypatch.undo()
    assert psutil.virtual_memory().total > 12 << 30, "this test needs a machine with more memory"


@pytest.mark.slow
def test_diffusers_and_huggingface_hub_load_what_we_fetched(hub, tmp_path):
    manager.pull("svd-xt", "16", ignore)
    hub.disappear()
    code = (
        "import sys, torch\n"
        "from diffusers import StableVideoDiffusionPipeline\n"
        "from huggingface_hub import snapshot_download\n"
        f"print(snapshot_download('{XT}', local_files_only=True))\n"
        f"pipeline = StableVideoDiffusionPipeline.from_pretrained('{XT}', variant='fp16', local_files_only=True)\n"
        "print(sum(p.numel() for p in pipeline.unet.parameters()))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr[-2000:]
    folder, count = run.stdout.split()
    assert Path(folder) == cache.folder(XT) / "snapshots" / hub.commit(XT)
    found = load_file(Path(folder) / UNET)
    assert int(count) == sum(tensor.numel() for tensor in found.values())


def test_what_huggingface_hub_fetched_is_used_and_never_removed(hub, tmp_path):
    code = (
        "from huggingface_hub import snapshot_download\n"
        f"snapshot_download('{XT}', allow_patterns=['*.json', '*.fp16.*'])"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, env=os.environ | {"HF_HUB_DISABLE_XET": "1"}
    )
    hub.requests.clear()
    assert manager.ready("svd-xt", "16", ignore).bits == 16
    assert not hub.requests
    manager.convert("svd-xt", 8, ignore, drop_original=True)
    assert bits_here() == [16, 8]
    assert manager.remove("svd-xt", None, ignore) > 0
    assert bits_here() == [16]


def test_the_original_is_dropped_when_it_is_ours_and_the_small_one_stands_alone(hub):
    fetched = manager.pull("svd-xt", "16", ignore).size
    before = disk_use(cache.root())
    found = manager.pull("svd-xt", "8", ignore, drop_original=True)
    assert (found.bits, bits_here()) == (8, [8])
    assert before - disk_use(cache.root()) >= fetched
    hub.requests.clear()
    assert manager.ready("svd-xt", "8", ignore).bits == 8
    assert manager.ready("svd-xt", "auto", ignore).bits == 8
    assert manager.pull("svd-xt", "8", ignore).bits == 8
    assert not hub.requests
    assert manager.ready("svd-xt", "4", ignore).bits == 4  # from 8 bits: the exact ones are not fetched for it
    assert not hub.requests
    assert manager.ready("svd-xt", "16", ignore).bits == 16
    assert hub.gets(UNET)


def disk_use(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def test_animatelcm_takes_its_other_networks_from_svd_xt_and_shares_their_files(hub):
    xt = manager.pull("svd-xt", "8", ignore)
    hub.requests.clear()
    lcm = manager.pull("animatelcm-svd-xt", "8", ignore)
    assert not hub.gets(UNET)
    assert hub.gets("AnimateLCM-SVD-xt.safetensors")
    assert lcm.files.vae.weights.samefile(xt.files.vae.weights)
    assert lcm.files.image_encoder.weights.samefile(xt.files.image_encoder.weights)
    assert not lcm.files.unet.weights.samefile(xt.files.unet.weights)
    manager.remove("animatelcm-svd-xt", None, ignore)
    assert bits_here() == [16, 8]
    assert bits_here("animatelcm-svd-xt") == []


def test_what_another_model_still_needs_is_not_removed(hub):
    manager.pull("svd-xt", "16", ignore)
    manager.pull("animatelcm-svd-xt", "16", ignore)
    manager.remove("svd-xt", None, ignore)
    assert bits_here("animatelcm-svd-xt") == [16]
    assert bits_here() == []  # its own UNet is gone
    manager.remove("animatelcm-svd-xt", None, ignore)
    assert disk_use(cache.root() / ("models--" + XT.replace("/", "--"))) == 0


def test_verify_finds_a_flipped_byte_and_pull_repairs_it(hub, inside):
    found = manager.pull("svd-xt", "8", ignore)
    assert all(check.ok for check in manager.verify("svd-xt"))
    for path in (cache.find(MODELS["svd-xt"].parts["vae"].weights).resolve(), found.files.unet.weights):
        content = bytearray(path.read_bytes())
        content[-100] ^= 1
        path.write_bytes(content)
    run = inside("models", "verify", "svd-xt")
    assert run.returncode == 1
    assert run.stdout.count("damaged") == 2
    repairs = [line.removeprefix("To repair it: videoai ") for line in run.stderr.splitlines()]
    assert len(repairs) == 2
    hub.requests.clear()
    for command in repairs:
        assert inside(*command.split()).returncode == 0
    assert hub.gets("vae/diffusion_pytorch_model.fp16.safetensors")
    assert not hub.gets(UNET)
    assert all(check.ok for check in manager.verify("svd-xt"))


def test_a_damaged_download_is_not_converted_and_nothing_half_is_installed(hub, repositories, monkeypatch):
    manager.pull("svd-xt", "16", ignore)
    path = cache.find(MODELS["svd-xt"].parts["unet"].weights).resolve()
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    with pytest.raises(ModelDamaged, match="damaged"):
        manager.convert("svd-xt", 8, ignore)
    assert not store.own_folder("svd-xt", 8).exists()


def test_disk_for_the_download_and_the_conversion_is_asked_for_first(hub, monkeypatch):
    class Usage:
        free = 2_000_000_000

    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage)
    with pytest.raises(WriteFailed, match=r"2\.\d GB .* 2\.0 GB is free"):
        manager.pull("svd-xt", "8", ignore)
    assert not hub.gets(UNET)


@pytest.mark.parametrize("stop", ["fetch", "check", "convert"])
def test_ctrl_c_anywhere_loses_nothing(hub, stop):
    class Stopped(Exception):
        pass

    def on_event(event):
        if isinstance(event, Stage) and event.name == stop:
            raise Stopped

    manager.pull("svd-xt", "16", ignore) if stop == "check" else None
    with pytest.raises(Stopped):
        manager.pull("svd-xt", "8", on_event)
    assert 8 not in bits_here()
    assert manager.pull("svd-xt", "8", ignore).bits == 8
    assert hub.served(UNET) == (hub.root / XT / UNET).stat().st_size


def test_what_is_fetched_is_told_with_the_conversion_after_it(hub):
    events = []
    manager.pull("svd-xt", "4", events.append)
    stages = [event.name for event in events if isinstance(event, Stage)]
    assert stages == ["ask", "fetch", "convert"]
    assert [event.important for event in events if isinstance(event, Notice)] == [True]


def test_the_built_in_model_has_nothing_to_pull_or_remove(inside):
    with pytest.raises(BadInput):
        manager.pull("draft", "auto", ignore)
    assert inside("models", "remove", "draft").returncode == 2


def test_converting_what_is_not_here(inside):
    with pytest.raises(ModelMissing, match="svd-xt is not on this computer"):
        manager.convert("svd-xt", 8, ignore)
    with pytest.raises(ModelMissing):
        list(manager.verify("svd-xt"))


def test_the_environment_that_forbids_fetching_forbids_pull(hub, monkeypatch):
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "1")
    with pytest.raises(BadInput, match="TRANSFORMERS_OFFLINE is set") as refused:
        manager.pull("svd-xt", "8", ignore)
    assert refused.value.hint.endswith("VIDEOAI_OFFLINE=0 videoai models pull svd-xt")
    assert not hub.requests
    monkeypatch.setenv("VIDEOAI_OFFLINE", "0")
    assert manager.pull("svd-xt", "8", ignore).bits == 8


def test_half_an_interrupted_conversion_is_no_model(hub):
    manager.pull("svd-xt", "16", ignore)
    folder = store.own_folder("svd-xt", 8)
    folder.mkdir(parents=True)
    (folder / "unet").mkdir()
    (folder / "unet" / ".diffusion_pytorch_model.8bit.safetensors.unfinished").write_bytes(b"half")
    assert bits_here() == [16]
    with torch.no_grad():
        assert manager.ready("svd-xt", "8", ignore).bits == 8


def test_a_commit_that_another_program_moved_on_to_hides_no_model(hub):
    manager.pull("svd-xt", "16", ignore)
    (cache.folder(XT) / "refs" / "main").write_text("f" * 40)
    hub.disappear()
    assert manager.ready("svd-xt", "16", ignore).bits == 16


def test_callers_from_python_are_told_the_licence_too(hub, tmp_path, caplog):
    from videoai import generate

    generate(EXAMPLES / "coffee.png", tmp_path / "a.mp4", width=256, height=256, frames=4, steps=5, guidance_max=1)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "licence" in caplog.text.lower()


def test_a_model_that_cannot_be_removed_is_named_and_can_be_removed_later():
    folder = store.own_folder("svd-xt", 8)
    folder.mkdir(parents=True)
    (folder / "model.json").write_text("{}")
    with mounted(folder / "unet"):
        with pytest.raises(NotDeleted, match="could not be deleted: something else is using it"):
            manager.remove("svd-xt", 8, ignore)
        assert not (folder / "model.json").exists(), "it counts as none any more"
    manager.remove("svd-xt", 8, ignore)
    assert not folder.exists()


def test_below_a_file_there_is_no_model_and_none_is_damaged(tmp_path, monkeypatch):
    (tmp_path / "home").touch()
    monkeypatch.setenv("VIDEOAI_HOME", str(tmp_path / "home" / "VideoAi"))
    assert [store.installed(model) for model in MODELS.values()] == [[]] * len(MODELS)
