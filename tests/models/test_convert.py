from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.engines.svd.conftest import error
from tests.engines.svd.test_weights import a_pass
from videoai.engines.svd import clip, unet, vae
from videoai.errors import ModelDamaged, WriteFailed
from videoai.events import Stage, Step
from videoai.models import store
from videoai.models.convert import convert
from videoai.models.manifest import Manifest
from videoai.weights.model_files import ModelFiles

UNET = "unet/diffusion_pytorch_model"


def ignore(event: object) -> None:
    pass


def converted(folder: Path, bits: int, on_event=ignore) -> Path:
    return convert("svd-xt", bits, ModelFiles.in_folder(folder), on_event)


def same_tree(a: Path, b: Path) -> bool:
    names = sorted(p.relative_to(a) for p in a.rglob("*") if p.is_file())
    return names == sorted(p.relative_to(b) for p in b.rglob("*") if p.is_file()) and all(
        (a / name).read_bytes() == (b / name).read_bytes() for name in names
    )


@pytest.mark.parametrize(("bits", "bound"), [(16, 1e-6), (8, 0.04), pytest.param(4, 0.25, marks=pytest.mark.slow)])
def test_a_converted_model_computes_nearly_the_same(tiny_fp16, bits, bound):
    files, small = ModelFiles.in_folder(tiny_fp16), ModelFiles.in_folder(converted(tiny_fp16, bits))
    with torch.no_grad():
        pixels, latents = torch.randn(1, 3, 224, 224), torch.randn(3, 4, 8, 8)
        assert error(clip.load(small.image_encoder)(pixels), clip.load(files.image_encoder)(pixels)) <= bound
        picture = torch.randn(1, 3, 64, 64).clamp(-1, 1)
        assert error(vae.load_encoder(small.vae)(picture), vae.load_encoder(files.vae)(picture)) <= bound
        frames = [torch.stack(list(vae.load_decoder(one.vae).frames(latents))) for one in (small, files)]
        assert error(*frames) <= bound
        networks = [unet.load(one.unet) for one in (small, files)]
        passes = [a_pass(network) for network in networks]
        assert error(*passes) <= bound


def test_packed_files_are_smaller_and_leave_out_what_decides_nothing(quick_fp16):
    original = load_file(quick_fp16 / f"{UNET}.fp16.safetensors")
    stored = load_file(converted(quick_fp16, 8) / f"{UNET}.8bit.safetensors")
    assert any(name.endswith("attn2.to_q.weight") for name in original)
    assert not any(".attn2.to_q" in name or ".attn2.to_k" in name for name in stored)
    assert sum(t.nbytes for t in stored.values()) < 0.75 * sum(t.nbytes for t in original.values())


def test_at_16_bits_it_is_a_folder_that_diffusers_loads(quick_fp16):
    from diffusers import StableVideoDiffusionPipeline

    folder = converted(quick_fp16, 16)
    pipeline = StableVideoDiffusionPipeline.from_pretrained(folder, variant="fp16")
    expected = load_file(quick_fp16 / f"{UNET}.fp16.safetensors")
    assert all(torch.equal(tensor.half(), expected[name]) for name, tensor in pipeline.unet.state_dict().items())


def test_progress_counts_every_tensor_twice_and_ends_at_the_end(quick_fp16):
    events = []
    converted(quick_fp16, 8, events.append)
    stage = next(event for event in events if isinstance(event, Stage))
    steps = [event.index for event in events if isinstance(event, Step)]
    assert steps == sorted(steps)
    assert steps[-1] == stage.steps


@pytest.mark.parametrize("times", [8, pytest.param(20, marks=pytest.mark.slow)])
def test_stopped_anywhere_it_goes_on_and_ends_with_the_same_bytes(quick_fp16, tmp_path, times):
    """Killed for real, many times: no run begins again what an earlier one has finished."""
    expected = tmp_path / "expected"
    shutil.copytree(converted(quick_fp16, 8), expected)
    shutil.rmtree(store.own_folder("svd-xt", 8))
    folder = store.own_folder("svd-xt", 8)
    # One process that has loaded torch and never used it starts them: each is killed at its own moment.
    code = (
        "import os, pathlib, random, signal, sys\n"
        "from videoai.events import Step\n"
        "from videoai.models.convert import convert\n"
        "from videoai.weights.model_files import ModelFiles\n"
        "source, folder = map(pathlib.Path, sys.argv[1:3])\n"
        "moments = random.Random(4)\n"
        "for _ in range(int(sys.argv[3])):\n"
        "    last, count = moments.randint(1, 300), 0\n"
        "    if not (pid := os.fork()):\n"
        "        def on_event(event):\n"
        "            global count\n"
        "            count += isinstance(event, Step)\n"
        "            if count == last: os.kill(os.getpid(), signal.SIGKILL)\n"
        "        convert('svd-xt', 8, ModelFiles.in_folder(source), on_event)\n"
        "        os._exit(0)\n"
        "    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])\n"
        "    size = sum(p.stat().st_size for p in folder.rglob('*') if p.is_file())\n"
        "    print(code, (folder / 'model.json').exists(), size)\n"
    )
    words = [sys.executable, "-c", code, quick_fp16, folder, str(times)]
    run = subprocess.run(words, capture_output=True, text=True, timeout=200)
    assert run.returncode == 0, run.stderr
    kept = []
    for line in run.stdout.splitlines():
        exit_code, whole, size = line.split()
        if exit_code == "0":
            break
        assert (int(exit_code), whole) == (-signal.SIGKILL, "False")
        kept.append(int(size))
    assert len(kept) > times // 2
    largest = max(tensor.nbytes for tensor in load_file(expected / f"{UNET}.8bit.safetensors").values())
    # What was begun of a tensor is cut away; all before it stays.
    assert all(after > before - largest for before, after in pairwise(kept)), kept
    converted(quick_fp16, 8)
    assert same_tree(folder, expected)


def test_what_a_power_cut_left_is_found_out_and_made_anew(quick_fp16, tmp_path):
    expected = tmp_path / "expected"
    folder = converted(quick_fp16, 8)
    shutil.copytree(folder, expected)
    whole = folder / f"{UNET}.8bit.safetensors"
    part = whole.with_name(f".{whole.name}.unfinished")
    content = bytearray(whole.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4096] = bytes(4096)
    part.write_bytes(content[: -len(content) // 4])
    whole.unlink()
    (folder / "model.json").unlink()
    converted(quick_fp16, 8)
    assert same_tree(folder, expected)


def test_work_begun_on_another_source_is_not_continued(tiny_fp16, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(tiny_fp16, other)
    path = other / f"{UNET}.fp16.safetensors"
    tensors = load_file(path)
    save_file({name: t * 2 if "conv1.weight" in name else t for name, t in tensors.items()}, path)
    stop_after(tiny_fp16, 150)
    folder = converted(other, 8)
    exact = unet.load(ModelFiles.in_folder(other).unet)
    small = unet.load(ModelFiles.in_folder(folder).unet)
    with torch.no_grad():
        assert error(a_pass(small), a_pass(exact)) <= 0.02


def stop_after(folder: Path, steps: int) -> None:
    class Stopped(Exception):
        pass

    def on_event(event: object) -> None:
        if isinstance(event, Step) and event.index >= steps:
            raise Stopped

    with pytest.raises(Stopped):
        converted(folder, 8, on_event)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e5])
def test_numbers_that_halves_cannot_hold_are_damage_and_nothing_is_installed(quick_fp16, tmp_path, number):
    broken = tmp_path / "broken"
    shutil.copytree(quick_fp16, broken)
    path = broken / f"{UNET}.fp16.safetensors"
    tensors = {name: tensor.float() for name, tensor in load_file(path).items()}
    tensors["mid_block.resnets.0.spatial_res_block.conv1.weight"].view(-1)[77] = number
    save_file(tensors, path)
    with pytest.raises(ModelDamaged, match=r"damaged: mid_block\.resnets\.0\.spatial_res_block\.conv1\.weight"):
        converted(broken, 8)
    assert not store.is_whole(store.own_folder("svd-xt", 8))


def test_a_wrong_network_is_refused_before_anything_is_written(quick_fp16, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(quick_fp16, broken)
    path = broken / f"{UNET}.fp16.safetensors"
    tensors = load_file(path)
    tensors["conv_in.weight"] = torch.zeros(32, 8, 5, 5)
    save_file(tensors, path)
    with pytest.raises(ModelDamaged, match=r"conv_in\.weight is 32×8×5×5, not 32×8×3×3"):
        converted(broken, 8)
    assert not store.own_folder("svd-xt", 8).exists()


def test_a_full_disk_is_said_and_the_work_goes_on_afterwards(quick_fp16, small_disk, monkeypatch, own_home):
    monkeypatch.setenv("VIDEOAI_HOME", str(small_disk))
    with pytest.raises(WriteFailed, match=r"needs .* on the disk of .*, but only .* free"):
        converted(quick_fp16, 8)
    monkeypatch.setattr("videoai.models.convert.need_space", lambda *_: None)
    with pytest.raises(WriteFailed, match="disk is full"):
        converted(quick_fp16, 8)
    assert not store.is_whole(store.own_folder("svd-xt", 8))
    monkeypatch.setenv("VIDEOAI_HOME", str(own_home / "data"))
    assert store.is_whole(converted(quick_fp16, 8))


def test_a_changed_file_is_told_from_a_whole_model(quick_fp16):
    folder = converted(quick_fp16, 8)
    path = folder / f"{UNET}.8bit.safetensors"
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(ModelDamaged, match=r"unet/diffusion_pytorch_model\.8bit\.safetensors has been altered"):
        store.is_whole(folder)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"files": 3}', "\x00", '{"model": "a", "bits": "x", "files": {}}']
)
def test_a_manifest_that_is_none_is_damage(tmp_path, content):
    (tmp_path / "model.json").write_text(content)
    with pytest.raises(ModelDamaged, match="damaged"):
        Manifest.read(tmp_path)
