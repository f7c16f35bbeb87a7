"""A model by its path: what `models path` prints is what `--model` takes, and a name in the current folder is one."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest
from safetensors.torch import save_file

from tests.conftest import EXAMPLES
from tests.models.conftest import XT
from tests.support import tiny_decoder
from videoai import generate
from videoai.models import extras, manager
from videoai.models.availability import available_weights
from videoai.models.hub import cache
from videoai.weights import svd_configs

COFFEE = EXAMPLES / "coffee.png"
SMALL = {"width": 256, "height": 256, "frames": 4, "steps": 5, "guidance_max": 1, "seed": 1}
FLAGS = [word for name, value in SMALL.items() for word in (f"--{name.replace('_', '-')}", value)]
TINY = "tiny"


def ignore(event: object) -> None:
    pass


@pytest.fixture
def tiny(quick_fp16, tmp_path) -> Path:
    """A folder called so in the current one."""
    return shutil.copytree(quick_fp16, tmp_path / TINY)


def printed(inside, *words: object) -> str:
    run = inside("models", "path", *words)
    assert run.returncode == 0, run.stderr
    found = json.loads(inside("models", "path", *words, "--json").stdout)["path"]
    assert run.stdout == f"{found}\n"
    return found


def fetched(precision: str) -> tuple[str, ...]:
    manager.pull("svd-xt", precision, ignore)
    return "svd-xt", "--precision", precision


def imported(folder: Path) -> tuple[str, ...]:
    manager.import_(folder, "svd", "16", ignore)
    return ("svd",)


def single(folder: Path) -> tuple[str, ...]:
    cache.set_ref(XT, "main", "c" * 40)
    target = cache.folder(XT) / "snapshots" / ("c" * 40) / "svd_xt.safetensors"
    target.parent.mkdir(parents=True)
    shutil.copy(folder / "svd_xt.safetensors", target)
    return ("svd-xt",)


WAYS = {
    "as it was fetched": lambda _: fetched("16"),
    "8 bits": lambda _: fetched("8"),
    "4 bits": lambda _: fetched("4"),
    "imported": lambda folder: imported(folder / TINY),
    "one file": single,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("made", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_what_models_path_prints_is_what_model_takes(
    way,
    made,
    hub,
    tiny,
    tensors,
    tiny_standard,
    inside,
    tmp_path,
):
    save_file({name: tensor.half().contiguous() for name, tensor in tensors.items()}, tmp_path / "svd_xt.safetensors")
    path = printed(inside, *WAYS[way](tmp_path))
    assert available_weights(path).bits, "all networks of it are laid out"
    if made:
        assert generate(COFFEE, tmp_path / "a.mp4", model=path, **SMALL).path.exists()


def test_a_unet_alone_is_one_too(hub, inside, tmp_path, monkeypatch, quick_fp16):
    """Of svd-xt only the networks that it takes from there are here."""
    monkeypatch.setattr(svd_configs, "UNET", json.loads((quick_fp16 / "unet/config.json").read_text()))
    manager.pull("animatelcm-svd-xt", "16", ignore)
    path = printed(inside, "animatelcm-svd-xt")
    told = inside("models", "path", "animatelcm-svd-xt").stderr
    assert told == "By its path it comes without the settings that suit it: --model animatelcm-svd-xt brings them.\n"
    assert available_weights(path).streamable


def test_the_path_of_the_tiny_decoder_can_be_imported_and_is_told_from_a_model(inside, tmp_path):
    extras.import_(tiny_decoder.save(tmp_path), extras.TINY_DECODER)
    path = printed(inside, "tiny-decoder")
    assert inside("models", "import", path).returncode == 0
    refused = inside("estimate", COFFEE, "--model", path)
    assert refused.returncode == 1
    assert "it seems to be the tiny decoder, which is no model: choose it with --decoder tiny." in refused.stderr


def test_a_precision_that_is_not_here_is_not_a_model_that_is_not_here(tiny, inside):
    manager.import_(tiny, "svd", "8", ignore)
    for bits, hint in (
        ("4", "Make it: videoai models convert svd --precision 4"),
        ("16", "Download it: videoai models pull svd --precision 16"),
    ):
        run = inside("models", "path", "svd", "--precision", bits)
        assert run.returncode == 3
        assert f"The model svd is not on this computer at {bits} bits, but at 8." in run.stderr
        assert hint in run.stderr
    assert inside("models", "convert", "svd", "--precision", "4").returncode == 0
    assert inside("models", "path", "svd", "--precision", "4").returncode == 0


def test_what_is_built_in_has_no_path_and_nothing_to_verify(inside):
    run = inside("models", "path", "draft")
    assert (run.returncode, "--model draft" in run.stderr) == (2, True)
    run = inside("models", "verify", "draft")
    assert (run.returncode, "built in: there is nothing to verify" in run.stderr) == (2, True)


def test_a_name_in_the_current_folder_is_a_model_and_a_video_of_it_says_where_it_is(
    tiny, inside, tmp_path, monkeypatch
):
    """The whole way: made from there, repeated from elsewhere by what the refusal says to type."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (tmp_path / "svd-xt").mkdir()  # an id is never taken for a path
    assert "The model svd-xt is not on this computer" in inside(COFFEE, "--model", "svd-xt").stderr
    made = inside(COFFEE, "--model", TINY, *FLAGS, "--output", "a video.mp4")
    assert made.returncode == 0, made.stderr
    info = inside("info", "a video.mp4", "--json")
    assert json.loads(info.stdout)["settings"]["model"] == TINY
    assert str(tmp_path) not in info.stdout

    moved = tmp_path / "moved.mp4"
    (tmp_path / "a video.mp4").rename(moved)
    (tmp_path / "elsewhere").mkdir()
    refused = inside("estimate", COFFEE, "--like", moved)
    assert refused.returncode == 2
    assert f"You made it with {tiny}. To use that again: " in refused.stderr
    words = shlex.split(refused.stderr.strip().rpartition("again: ")[2])
    assert words == ["videoai", "PHOTO", "--like", str(moved), "--model", str(tiny)]
    again = inside("estimate", COFFEE, *words[2:], "--json")
    settings = json.loads(again.stdout)["settings"]
    assert {name: settings[name.replace("-", "_")] for name in SMALL} == SMALL

    tiny.rename(tmp_path / "gone")
    refused = inside(COFFEE, "--like", moved)
    assert refused.returncode == 2
    assert "or the path of “tiny” if you have it." in refused.stderr


def test_files_and_near_misses_in_the_current_folder(inside, tmp_path):
    run = inside("estimate", COFFEE, "--model", "svd_xt.safetensors")
    assert (run.returncode, "the nearest is svd-xt" in run.stderr) == (2, True)
    (tmp_path / "svd_xt.safetensors").write_bytes(b"")
    run = inside("estimate", COFFEE, "--model", "svd_xt.safetensors")
    assert (run.returncode, "it is empty" in run.stderr) == (1, True), run.stderr


def test_a_list_names_models_beside_itself(tmp_path, inside):
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "own.safetensors").write_bytes(b"")
    (lists / "list.csv").write_text(f"photo,model\n{COFFEE},own.safetensors\n")
    run = inside("--jobs", lists / "list.csv", "--dry-run")
    assert f"{lists / 'own.safetensors'} is damaged: it is empty" in run.stderr
    (lists / "list.csv").write_text(f"photo,model\n{COFFEE},drafft\n")
    assert "the nearest is draft" in inside("--jobs", lists / "list.csv").stderr
