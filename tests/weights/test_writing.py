import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.conftest import measured
from videoai.errors import ModelDamaged
from videoai.weights.packed_file import PackedFile
from videoai.weights.quantise import Quantised, quantise
from videoai.weights.safetensors_file import SafetensorsFile
from videoai.weights.writing import ConversionPlan, write

WEIGHTS = {
    "conv_in.weight": torch.randn(32, 8, 3, 3).half(),
    "mid.conv.weight": torch.randn(32, 33, 3, 3),
    "mid.conv.bias": torch.randn(33).half(),
    "mid.proj.weight": torch.randn(96, 64).half(),
    "mid.mix_factor": torch.randn(1).half(),
}
PACKED = {"mid.conv.weight", "mid.proj.weight"}


def plan(bits: int, **changes: int) -> ConversionPlan:
    return ConversionPlan({name: bits if name in PACKED else 16 for name in WEIGHTS} | changes, "a test")


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "model.safetensors"
    save_file(WEIGHTS, path)
    return SafetensorsFile(path)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "packed.safetensors"


@pytest.mark.parametrize("bits", [8, 4])
def test_a_packed_file_holds_the_weights_it_was_made_from(source, target, bits):
    write(source, plan(bits), target)
    file = PackedFile(SafetensorsFile(target))
    assert set(file.names()) == WEIGHTS.keys()
    for name, weight in WEIGHTS.items():
        read = file.read(name)
        assert file.shape(name) == weight.shape
        assert isinstance(read, Quantised) == (name in PACKED)
        if isinstance(read, Quantised):
            assert torch.equal(read.dequantise(), quantise(weight.half(), bits).dequantise())
        else:
            assert torch.equal(read, weight)


def test_bits_are_chosen_tensor_by_tensor(source, target):
    write(source, plan(4, **{"mid.proj.weight": 8}), target)
    file = PackedFile(SafetensorsFile(target))
    assert [file.read(name).bits for name in sorted(PACKED)] == [4, 8]


def test_a_packed_file_is_plain_safetensors(source, target):
    write(source, plan(8), target)
    tensors = load_file(target)
    assert tensors["mid.proj.weight.codes"].dtype == torch.int8
    assert tensors["mid.proj.weight.shape"].tolist() == [96, 64]


def test_nothing_that_is_packed_is_plain_too(source, target):
    write(source, plan(16), target)
    assert load_file(target).keys() == WEIGHTS.keys()


def test_a_file_already_as_planned_is_recognised(source, target):
    write(source, plan(8), target)
    file = SafetensorsFile(target)
    assert plan(8).is_of(file)
    assert not plan(4).is_of(file)
    assert not plan(8, **{"mid.proj.weight": 16}).is_of(file)
    assert not plan(8).is_of(source)


def test_progress_counts_every_tensor_as_it_is_written_and_as_it_is_compared(source, target):
    seen = []
    write(source, plan(8), target, seen.append)
    assert seen == list(range(1, 2 * len(WEIGHTS) + 1))


def test_an_interruption_leaves_no_file_under_the_final_name_and_is_continued(source, target):
    def interrupt(done):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(source, plan(8), target, interrupt)
    assert not target.exists()
    # What was begun is taken over, not made again: a byte changed in it is still there before it is compared.
    part = target.with_name(f".{target.name}.unfinished")
    length = part.stat().st_size
    lengths = []
    write(source, plan(8), target, lambda done: lengths.append(part.stat().st_size))
    assert min(lengths) >= length
    assert target.exists()
    assert not part.exists()


def test_a_weight_that_is_not_finite_is_named(tmp_path, target):
    path = tmp_path / "model.safetensors"
    save_file({"mid.proj.weight": torch.full((64, 64), torch.nan)}, path)
    with pytest.raises(ModelDamaged, match=r"mid\.proj\.weight"):
        write(SafetensorsFile(path), ConversionPlan({"mid.proj.weight": 8}, "a test"), target)
    assert not target.exists()


def test_what_was_not_stored_as_it_was_read_is_found_out(source, target, monkeypatch):
    """A disk or a memory that fails: the codes that are written are not those that were computed."""
    import videoai.weights.writing as writing

    real = writing._bytes
    monkeypatch.setattr(writing, "_bytes", lambda t: bytes(t.nbytes) if t.dtype == torch.int8 else real(t))
    with pytest.raises(ModelDamaged, match="was not stored the way it was read"):
        write(source, plan(8), target)
    assert not target.exists()


def test_packed_files_of_another_format_are_refused(source):
    with pytest.raises(ModelDamaged, match="contains no packed weights"):
        PackedFile(source)


def test_a_name_that_is_not_there_is_a_key_error(source, target):
    write(source, plan(8), target)
    for name in ("mid.gone.weight", "mid.proj.weight.scale"):
        with pytest.raises(KeyError, match="mid"):
            PackedFile(SafetensorsFile(target)).read(name)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path):
    """80 MB of weights are packed in little more memory than 16 MB are."""
    code = (
        "import sys, torch, pathlib\n"
        "torch.set_num_threads(1)\n"
        "from videoai.weights.safetensors_file import SafetensorsFile\n"
        "from videoai.weights.writing import ConversionPlan, write\n"
        "source = SafetensorsFile(pathlib.Path(sys.argv[1]))\n"
        "write(source, ConversionPlan({name: 8 for name in source.names()}, 'x'), pathlib.Path(sys.argv[1] + '.out'))\n"
    )
    peaks = []
    for count in (4, 20):
        path = tmp_path / f"{count}.safetensors"
        save_file({f"layer.{i}.weight": torch.randn(1024, 2048).half() for i in range(count)}, path)
        _, peak, exit_code, said = measured(sys.executable, "-c", code, path)
        assert exit_code == 0, said
        peaks.append(peak)
    assert peaks[1] - peaks[0] < 40_000_000


@pytest.mark.parametrize(
    "shape",
    [
        torch.tensor([96.0, 64.0]),
        torch.tensor([[96, 64]]),
        torch.tensor(96),
        torch.tensor([], dtype=torch.int64),
        torch.tensor([-96, -64]),
        torch.tensor([1 << 60, 1 << 60]),
        torch.ones(100, dtype=torch.int64),
    ],
)
def test_a_packed_weight_without_a_sound_shape_is_damage(source, target, shape):
    write(source, plan(8), target)
    tensors = load_file(target)
    tensors["mid.proj.weight.shape"] = shape
    save_file(tensors, target, metadata={"format": "videoai-packed-1"})
    with pytest.raises(ModelDamaged, match=r"mid\.proj\.weight has no shape"):
        PackedFile(SafetensorsFile(target))


def test_a_packed_weight_whose_parts_do_not_fit_is_damage(source, target):
    write(source, plan(8), target)
    tensors = load_file(target)
    tensors["mid.proj.weight.scales"] = tensors["mid.proj.weight.scales"][:-1]
    save_file(tensors, target, metadata={"format": "videoai-packed-1"})
    with pytest.raises(ModelDamaged, match="scales"):
        PackedFile(SafetensorsFile(target)).read("mid.proj.weight")
