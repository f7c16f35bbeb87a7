import os
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from videoai.errors import ModelDamaged, ModelMissing, WriteFailed
from videoai.models.formats.packed_file import PackedFile, quantise_file
from videoai.models.formats.quantise import Quantised, quantise
from videoai.models.formats.safetensors_file import SafetensorsFile

WEIGHTS = {
    "conv_in.weight": torch.randn(32, 8, 3, 3),
    "mid.conv.weight": torch.randn(32, 33, 3, 3),
    "mid.conv.bias": torch.randn(33),
    "mid.proj.weight": torch.randn(96, 64).half(),
    "mid.mix_factor": torch.randn(1),
    "steps": torch.arange(7),
}
PACKED = {"mid.conv.weight", "mid.proj.weight"}


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "model.safetensors"
    save_file(WEIGHTS, path)
    return path


@pytest.mark.parametrize("bits", [8, 4])
def test_a_packed_file_holds_the_weights_it_was_made_from(source, tmp_path, bits):
    target = tmp_path / "packed.safetensors"
    quantise_file(source, target, bits, keep=None)
    file = PackedFile(SafetensorsFile(target))
    assert set(file.names()) == WEIGHTS.keys()
    for name, weight in WEIGHTS.items():
        read = file.read(name)
        assert file.shape(name) == weight.shape
        assert isinstance(read, Quantised) == (name in PACKED)
        if isinstance(read, Quantised):
            assert torch.equal(read.dequantise(), quantise(weight, bits).dequantise())
        else:
            assert torch.equal(read, weight)


def test_what_is_not_packed_is_kept_in_half_precision_unless_asked_otherwise(source, tmp_path):
    target = tmp_path / "packed.safetensors"
    quantise_file(source, target, 4)
    assert PackedFile(SafetensorsFile(target)).read("conv_in.weight").dtype == torch.float16
    assert PackedFile(SafetensorsFile(target)).read("steps").dtype == torch.int64


def test_a_packed_file_is_plain_safetensors(source, tmp_path):
    target = tmp_path / "packed.safetensors"
    quantise_file(source, target, 8)
    tensors = load_file(target)
    assert tensors["mid.proj.weight.codes"].dtype == torch.int8
    assert tensors["mid.proj.weight.shape"].tolist() == [96, 64]


def test_progress_counts_every_tensor(source, tmp_path):
    seen = []
    quantise_file(source, tmp_path / "packed.safetensors", 8, progress=lambda *done: seen.append(done))
    assert seen == [(i, len(WEIGHTS)) for i in range(1, len(WEIGHTS) + 1)]


def test_an_interruption_leaves_no_file_behind(source, tmp_path):
    def interrupt(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quantise_file(source, tmp_path / "packed.safetensors", 8, progress=interrupt)
    assert list(tmp_path.iterdir()) == [source]


def test_a_full_disk_is_a_clear_error_and_leaves_no_file_behind(source, tmp_path, monkeypatch):
    def no_space(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(WriteFailed, match="disk is full"):
        quantise_file(source, tmp_path / "packed.safetensors", 8)
    assert list(tmp_path.iterdir()) == [source]


def test_a_weight_that_is_not_finite_is_named(tmp_path):
    path = tmp_path / "model.safetensors"
    save_file({"mid.proj.weight": torch.full((64, 64), torch.nan)}, path)
    with pytest.raises(ModelDamaged, match=r"mid\.proj\.weight"):
        quantise_file(path, tmp_path / "packed.safetensors", 8)


def test_missing_cut_off_and_other_files_are_told_apart(source, tmp_path):
    with pytest.raises(ModelMissing):
        PackedFile(SafetensorsFile(tmp_path / "none.safetensors"))
    with pytest.raises(ModelDamaged, match="does not hold packed weights"):
        PackedFile(SafetensorsFile(source))
    target = tmp_path / "packed.safetensors"
    quantise_file(source, target, 8)
    target.write_bytes(target.read_bytes()[:-9])
    with pytest.raises(ModelDamaged, match="is damaged"):
        PackedFile(SafetensorsFile(target))


def test_a_name_that_is_not_there_is_a_key_error(source, tmp_path):
    target = tmp_path / "packed.safetensors"
    quantise_file(source, target, 8)
    for name in ("mid.gone.weight", "mid.proj.weight.scale"):
        with pytest.raises(KeyError, match="mid"):
            PackedFile(SafetensorsFile(target)).read(name)


def test_packing_holds_one_tensor_at_a_time(tmp_path):
    """100 MB of weights in 4 MB tensors raise the peak of a fresh process by a fraction of that."""
    source = tmp_path / "model.safetensors"
    save_file({f"layer.{i}.weight": torch.zeros(1024, 2048, dtype=torch.float16) for i in range(25)}, source)
    code = (
        "import resource, sys, pathlib\n"
        "from videoai.models.formats import packed_file, quantise\n"
        "import torch; torch.set_num_threads(1); quantise.quantise(torch.randn(1 << 21).half(), 4)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "packed_file.quantise_file(*map(pathlib.Path, sys.argv[1:]), 4)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, source, tmp_path / "packed.safetensors"],
        capture_output=True,
        text=True,
        check=True,
    )
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(run.stdout) * unit < 40_000_000
