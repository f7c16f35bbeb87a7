"""GGUF files of other writers are read, and hostile ones are damaged: quickly, and with little memory."""

from __future__ import annotations

import struct
import sys

import gguf
import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType as Type
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.weights.hostile import in_little_memory, opens_or_is_damaged, spoilt
from videoai.errors import ModelDamaged, ModelMissing, VideoAiError
from videoai.weights import gguf_header
from videoai.weights.gguf_file import GgufFile, Reshaped
from videoai.weights.tensor_source import MemorySource

pytestmark = pytest.mark.timeout(30)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """One path, for examples by the hundred."""
    return tmp_path_factory.mktemp("files") / "weights.gguf"


def write(path, tensors: dict[str, tuple[np.ndarray, Type | None]], **arrays: object) -> None:
    """A file as the gguf package writes it, with settings of every kind before the tensors."""
    writer = gguf.GGUFWriter(path, "sd")
    writer.add_quantization_version(2)
    writer.add_description("a file for a test")
    writer.add_bool("general.good", True)
    writer.add_float64("general.ratio", 0.5)
    writer.add_array("tokenizer.words", ["one", "two", ""])
    writer.add_array("general.numbers", [1, 2, 3])
    for name, value in arrays.items():
        writer.add_array(name, value)
    for name, (data, kind) in tensors.items():
        writer.add_tensor(name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def test_plain_tensors(place):
    values = numbers(3, 5, 2)
    halves = torch.from_numpy(numbers(4, 6)).to(torch.bfloat16)
    write(
        place,
        {
            "a": (values, None),
            "b.half": (values.astype(np.float16), None),
            "b.brain": (halves.view(torch.uint8).numpy(), Type.BF16),
            "c": (np.arange(7, dtype=np.int32), None),
        },
    )
    file = GgufFile(place)
    assert list(file.names()) == ["a", "b.half", "b.brain", "c"]
    assert torch.equal(file.read("a"), torch.from_numpy(values))
    assert torch.equal(file.read("b.half"), torch.from_numpy(values).half())
    assert torch.equal(file.read("b.brain"), halves)
    assert file.read("c").tolist() == list(range(7))
    assert file.shape("b.brain") == (4, 6)


@pytest.mark.parametrize("kind", [Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0])
def test_quantised_tensors(place, kind):
    values = numbers(3, 4, 64)
    write(place, {"first": (numbers(5), None), "a": (gguf.quantize(values, kind), kind)})
    read = GgufFile(place).read("a")
    assert read.dtype == torch.float32
    assert torch.equal(read, torch.from_numpy(gguf.dequantize(gguf.quantize(values, kind), kind)))
    assert (read - torch.from_numpy(values)).abs().max() < 0.5


def dequantisable() -> list[Type]:
    from gguf.quants import _type_traits

    return sorted(set(_type_traits) & {Type(number) for number in gguf_header.TYPES})


@pytest.mark.parametrize("kind", dequantisable())
def test_every_type_that_the_package_knows_has_its_size_and_is_unpacked(place, kind):
    block, size = gguf.GGML_QUANT_SIZES[kind]
    known = gguf_header.TYPES[kind]
    assert (known.name, known.block, known.size) == (kind.name, block, size)
    raw = np.random.default_rng(1).integers(0, 60, (2, 3 * size), dtype=np.uint8)
    write(place, {"a": (raw, kind)})
    read = GgufFile(place).read("a")
    assert read.shape == (2, 3 * block)
    assert np.array_equal(read.float().numpy(), gguf.dequantize(raw, kind), equal_nan=True)


def test_a_shape_that_comfyui_flattened_is_restored(place):
    values = numbers(6, 4, 3, 1, 1)
    flat = values.reshape(-1)
    write(place, {"a": (flat, None)}, **{"comfy.gguf.orig_shape.a": [6, 4, 3, 1, 1]})
    assert GgufFile(place).shape("a") == (6, 4, 3, 1, 1)
    assert torch.equal(GgufFile(place).read("a"), torch.from_numpy(values))
    write(place, {"a": (flat, None)}, **{"comfy.gguf.orig_shape.a": [6, 4, 3, 2, 1]})
    with pytest.raises(ModelDamaged, match="cannot have had the shape"):
        GgufFile(place)


def test_without_the_package_a_sentence_says_what_to_install(place, monkeypatch):
    write(place, {"plain": (numbers(3), None), "a": (gguf.quantize(numbers(2, 32), Type.Q8_0), Type.Q8_0)})
    for name in [name for name in sys.modules if name.split(".")[0] == "gguf"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "gguf", None)
    file = GgufFile(place)
    assert torch.equal(file.read("plain"), torch.from_numpy(numbers(3)))
    with pytest.raises(VideoAiError, match="quantised as Q8_0") as failure:
        file.read("a")
    assert "pip install gguf" in failure.value.hint


def test_quantised_nothing(place):
    assert GgufFile(put(place, [info(sides=(0, 3), kind=8)])).read("a").shape == (3, 0)


def test_a_file_that_shrinks_after_it_was_opened(place):
    write(place, {"a": (numbers(500), None)})
    file = GgufFile(place)
    with place.open("r+b") as opened:
        opened.truncate(1000)
    with pytest.raises(ModelDamaged, match="ends inside a"):
        file.read("a")


@pytest.mark.parametrize(
    ("stored", "wanted", "fits"),
    [
        ((24, 3, 1, 1), (6, 4, 3, 1, 1), True),
        ((6, 4), (6, 4, 1, 1), True),
        ((6, 4, 1, 1), (6, 4), True),
        ((72,), (6, 4, 3, 1, 1), True),
        ((1,), (), True),
        ((6, 12, 1), (6, 4, 3, 1, 1), True),
        ((4, 6), (6, 4), False),
        ((8, 3), (6, 4), False),
        ((6, 4), (24,), False),
        ((6, 5), (6, 4), False),
        ((6,), (6, 4), False),
    ],
)
def test_only_joined_sides_are_parted(stored, wanted, fits):
    values = torch.randn(stored)
    source = Reshaped(MemorySource({"a": values, "other": torch.zeros(2)}), {"a": torch.Size(wanted)})
    shape = wanted if fits else stored
    assert (source.shape("a"), source.read("a").shape, source.shape("other")) == (shape, shape, (2,))
    assert torch.equal(source.read("a").reshape(-1), values.reshape(-1))


# A file of our own making, to be wrong in one place at a time.


def string(text: bytes | str) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(data)) + data


def info(name: bytes | str = "a", sides: tuple[int, ...] = (8,), kind: int = 0, offset: int = 0) -> bytes:
    return string(name) + struct.pack(f"<I{len(sides)}QIQ", len(sides), *sides, kind, offset)


def put(
    path,
    infos: list[bytes],
    settings: tuple[bytes, ...] = (),
    *,
    data: int = 64,
    version: int = 3,
    tensors: int | None = None,
    values: int | None = None,
):
    header = b"GGUF" + struct.pack(
        "<IQQ",
        version,
        len(infos) if tensors is None else tensors,
        len(settings) if values is None else values,
    )
    header += b"".join((*settings, *infos))
    path.write_bytes(header + b"\0" * (-len(header) % 32 + data))
    return path


def setting(kind: int, value: bytes, key: str = "x") -> bytes:
    return string(key) + struct.pack("<I", kind) + value


def damaged(path, reason: str) -> None:
    with in_little_memory(20), pytest.raises(ModelDamaged, match=reason) as failure:
        GgufFile(path)
    assert failure.value.hint
    assert len(failure.value.message) < 2000


def test_the_file_to_be_wrong_is_right(place):
    for version in (2, 3):
        file = GgufFile(put(place, [info(), info("b", offset=32)], version=version))
        assert {name: file.read(name).tolist() for name in file.names()} == {"a": [0.0] * 8, "b": [0.0] * 8}


def test_no_file(place):
    with pytest.raises(ModelMissing):
        GgufFile(place.with_name("none.gguf"))


@pytest.mark.parametrize("version", [0, 1, 4, 0x03000000])
def test_other_versions(place, version):
    damaged(put(place, [info()], version=version), "version")


@pytest.mark.parametrize("count", [100, 2**31, 2**40, 2**63, 2**64 - 1])
def test_counts_that_cannot_be(place, count):
    damaged(put(place, [info()], tensors=count), f"claims {count:,} tensors")
    damaged(put(place, [info()], values=count), f"and {count:,} settings")


@pytest.mark.parametrize("length", [4097, 2**31, 2**40, 2**63, 2**64 - 1])
def test_names_and_texts_that_are_too_long(place, length):
    size = struct.pack("<Q", length)
    damaged(put(place, [size + info()[8:]]), f"claims {length:,} bytes")
    damaged(put(place, [info()], (size + b"x" + struct.pack("<IB", 0, 0),)), f"claims {length:,} bytes")
    damaged(put(place, [info()], (setting(8, size),)), "truncated")


@pytest.mark.parametrize("count", [10_000, 2**31, 2**40, 2**63, 2**64 - 1])
@pytest.mark.parametrize("inner", [0, 4, 8, 12])
def test_lists_that_are_too_long(place, count, inner):
    reason = f"claims {count:,} entries" if inner == 8 else "truncated"
    damaged(put(place, [info()], (setting(9, struct.pack("<IQ", inner, count)),)), reason)


@pytest.mark.parametrize("kind", [13, 255, 2**32 - 1])
def test_settings_of_no_type(place, kind):
    damaged(put(place, [info()], (setting(kind, b"\0" * 16),)), "unknown type")
    damaged(put(place, [info()], (setting(9, struct.pack("<IQ", kind, 1)),)), "unknown type")


def test_lists_of_lists(place):
    damaged(put(place, [info()], (setting(9, struct.pack("<IQ", 9, 1) * 9),)), "unknown type 9")


def test_a_header_without_end(place):
    many = (setting(9, struct.pack("<IQ", 8, 50_000) + string("abcdefgh" * 10) * 50_000),) * 2
    damaged(put(place, [info()], many), "longer than 8,000,000 bytes")


def test_names_that_repeat_or_are_no_text(place):
    damaged(put(place, [info(), info(offset=32)]), "occurs twice")
    damaged(put(place, [info(b"\xff")]), "is damaged")


@pytest.mark.parametrize("alignment", [0, 3, 48, 2**31])
def test_an_alignment_that_is_none(place, alignment):
    odd = setting(4, struct.pack("<I", alignment), "general.alignment")
    damaged(put(place, [info()], (odd,)), "not a power of two")


@pytest.mark.parametrize("more", [0, 32])
def test_another_alignment(place, more):
    wide = setting(4, struct.pack("<I", 64), "general.alignment")
    rest = setting(8, string("x" * more))
    path = put(place, [info(), info("b", offset=64)], (wide, rest), data=160)
    header = path.read_bytes().index(string("b")) + len(info("b"))
    assert GgufFile(path).entries["a"].start == header + -header % 64
    assert GgufFile(path).entries["b"].start == header + -header % 64 + 64
    damaged(put(place, [info(), info("b", offset=32)], (wide,), data=160), "misaligned")


@pytest.mark.parametrize("sides", [(17,), (2**40,), (2**47,), (2**32, 2**32), (2**63,), (2**64 - 1,), (2**20,) * 8])
def test_tensors_longer_than_the_file(place, sides):
    damaged(put(place, [info(sides=sides)]), "outside|impossible|impossibly")


def test_more_sides_than_there_are(place):
    damaged(put(place, [info(sides=(1,) * 9)]), "9 dimensions")
    damaged(put(place, [string("a") + struct.pack("<I", 2**32 - 1)]), "4294967295 dimensions")


@pytest.mark.parametrize("sides", [(0, 2**47, 2**47), (2**47, 2**47, 0)])
def test_nothing_with_very_long_sides(place, sides):
    damaged(put(place, [info(sides=sides)]), "impossibly large")


@pytest.mark.parametrize("offset", [1, 33, 64, 2**40, 2**63, 2**64 - 32])
def test_places_that_cannot_be(place, offset):
    damaged(put(place, [info(offset=offset)]), "outside the file or misaligned")


def test_tensors_that_overlap(place):
    damaged(put(place, [info(sides=(16,)), info("b", offset=32)]), "'b' overlaps")
    damaged(put(place, [info(), info("b")]), "'b' overlaps")


@pytest.mark.parametrize("kind", [4, 5, 31, 9999, 2**32 - 1])
def test_types_of_numbers_that_are_none(place, kind):
    damaged(put(place, [info(kind=kind)]), f"unknown type {kind}")


def test_rows_that_are_not_whole_blocks(place):
    damaged(put(place, [info(sides=(16, 2), kind=8)]), "not whole blocks of Q8_0")


@pytest.mark.parametrize("shape", [(9,), (2, 2, 2, 2), (-8, -1), (2**62, 0)])
def test_flattened_shapes_that_cannot_be(place, shape):
    given = struct.pack(f"<IQ{len(shape)}q", 11, len(shape), *shape)
    damaged(put(place, [info()], (setting(9, given, "comfy.gguf.orig_shape.a"),)), "cannot have had|impossible")


@pytest.mark.parametrize("value", [struct.pack("<IQ", 4, 2**40), struct.pack("<IQ", 8, 1), struct.pack("<IQ", 6, 2)])
def test_flattened_shapes_that_are_none(place, value):
    damaged(put(place, [info()], (setting(9, value + b"\0" * 16, "comfy.gguf.orig_shape.a"),)), "whole numbers")
    damaged(put(place, [info()], (setting(4, b"\0" * 4, "comfy.gguf.orig_shape.a"),)), "not made of numbers")


@pytest.mark.parametrize("keep", [0, 3, 4, 20, 24, 40, 60, -1, -33])
def test_a_file_that_is_cut_off(place, keep):
    path = put(place, [info(), info("b", offset=32)])
    path.write_bytes(path.read_bytes()[:keep])
    damaged(path, "truncated|outside|not a GGUF|claims")


def a_good_file() -> bytes:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "good.gguf"
        tensors = {"a.weight": (numbers(2, 32), None), "b": (gguf.quantize(numbers(2, 64), Type.Q8_0), Type.Q8_0)}
        write(path, tensors, **{"comfy.gguf.orig_shape.a.weight": [4, 16]})
        return path.read_bytes()


GOOD = a_good_file()


@given(data=spoilt(GOOD, len(GOOD) - 2 * 32 * 4 - 2 * 68))
@settings(max_examples=600)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy says so where nonsense overflows
def test_a_spoilt_file_opens_or_is_damaged(place, data):
    place.write_bytes(data)
    opens_or_is_damaged(lambda: GgufFile(place), 8 * len(data))


@given(
    data=st.binary(max_size=200), begin=st.sampled_from([b"", b"GGUF", b"GGUF\3\0\0\0", b"GGUF\2\0\0\0\1" + bytes(15)])
)
@settings(max_examples=300)
def test_random_bytes_open_or_are_damaged(place, data, begin):
    place.write_bytes(begin + data)
    opens_or_is_damaged(lambda: GgufFile(place), 8 * len(data) + 1)


def test_the_file_to_spoil_is_good(place):
    place.write_bytes(GOOD)
    assert opens_or_is_damaged(lambda: GgufFile(place), 8 * len(GOOD))
