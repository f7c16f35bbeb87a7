"""Every safetensors file is read, and every file that is none is damaged: quickly, and with little memory."""

from __future__ import annotations

import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save, save_file

from tests.weights.hostile import in_little_memory, opens_or_is_damaged, spoilt
from videoai.errors import ModelDamaged, ModelMissing
from videoai.weights import safetensors_file
from videoai.weights.opening import open_weights, parts_in
from videoai.weights.safetensors_file import DTYPES, SafetensorsFile

pytestmark = pytest.mark.timeout(30)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """One path, for examples by the hundred."""
    return tmp_path_factory.mktemp("files") / "weights.safetensors"


def put(path, header, data: bytes = b"\0" * 4):
    """A file with a header of our own making: bytes, or what json makes of it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def row(start: int = 0, stop: int = 4, *, shape: object = (1,), dtype: object = "F32") -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


def damaged(path, reason: str) -> None:
    """The reader and the opener both say so, with a hint, in little memory."""
    with in_little_memory():
        for read in (SafetensorsFile, parts_in, lambda path: open_weights(path, "unet")):
            with pytest.raises(ModelDamaged, match=reason) as failure:
                read(path)
            assert failure.value.hint
            assert len(failure.value.message) < 2000


def test_the_smallest_file(place):
    assert torch.equal(SafetensorsFile(put(place, {"a": row()})).read("a"), torch.zeros(1))


def test_no_file(place):
    with pytest.raises(ModelMissing):
        SafetensorsFile(place.with_name("none.safetensors"))


@pytest.mark.parametrize("length", [2**64 - 1, 2**63, 2**40, 10**9])
def test_a_header_longer_than_the_file(place, length):
    place.write_bytes(length.to_bytes(8, "little") + b'{"a":1}')
    damaged(place, "truncated, or not a safetensors file")


def test_a_header_that_is_too_long(place):
    damaged(put(place, b'{"a":[' + b"{}," * 5_000_000 + b"{}]}"), r"claims 15,000,010 bytes")


@pytest.mark.parametrize("piece", [b"{},", *(pytest.param(piece, marks=pytest.mark.slow) for piece in (b"[],", b"0,"))])
def test_a_long_header_of_many_things(place, piece):
    count = (safetensors_file._MAX_HEADER - 100) // len(piece)
    put(place, b'{"a":[' + piece * count + b"1]}")
    with in_little_memory(), pytest.raises(ModelDamaged, match="is damaged"):
        SafetensorsFile(place)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_a_header_nested_deeply(place, opening):
    damaged(put(place, b'{"a":' + opening * 500_000), "is damaged")
    closing = b"]" if opening == b"[" else b"}"
    damaged(put(place, b'{"a":' + opening * 400 + b"1" + closing * 400 + b"}"), "is damaged")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"", "is damaged"),
        (b"{", "is damaged"),
        (b"[1]", "not a table"),
        (b"null", "not a table"),
        (b'{"a":1}', "is damaged"),
        (b'{"a":"F32"}', "is damaged"),
        (b'{"a":null}', "is damaged"),
        (b'{"a":{}}', "no 'dtype'"),
        (b'{"a":NaN}', "is damaged"),
        (b'{"\xff":1}', "is damaged"),
        (b'{"a":' + b"9" * 100_000 + b"}", "is damaged"),
        ({"\ud800": row()}, "surrogates not allowed"),
    ],
)
def test_headers_that_say_nothing(place, header, reason):
    damaged(put(place, header), reason)


@pytest.mark.parametrize("shape", [{}, "", "1", None, 1, [1.0], [True], ["1"], [None], [[1]], [-1], [-1, -1], [2**48]])
def test_shapes_that_are_none(place, shape):
    damaged(put(place, {"a": row(shape=shape)}), "is damaged")


@pytest.mark.parametrize("offsets", [{}, [], [0], [0, 4, 4], ["0", "4"], [0.0, 4.0], [False, 4], [0, None], None, 4])
def test_places_that_are_none(place, offsets):
    damaged(put(place, {"a": row() | {"data_offsets": offsets}}), "is damaged")


@pytest.mark.parametrize("offsets", [[-4, 0], [4, 0], [0, 8], [0, 3], [0, 2**63], [2**64 - 4, 2**64], [1, 5]])
def test_places_that_cannot_be(place, offsets):
    damaged(put(place, {"a": row() | {"data_offsets": offsets}}), "is at bytes|impossible numbers")


@pytest.mark.parametrize("dtype", ["F33", "f32", "", "O", None, 4, ["F32"], {"F32": 1}, "A" * 100_000])
def test_types_of_numbers_that_are_none(place, dtype):
    damaged(put(place, {"a": row(dtype=dtype)}), "is damaged")


@pytest.mark.parametrize("shape", [[0, 2**47, 2**47], [2**47, 2**47, 0], [0, 2**47, 0, 2**47]])
def test_nothing_with_very_long_sides(place, shape):
    damaged(put(place, {"a": row(0, 0, shape=shape)}, b""), "impossibly large")


def test_very_many_sides(place):
    damaged(put(place, {"a": row(shape=[2**47] * 200_000)}), "short list")


def test_tensors_that_overlap(place):
    damaged(put(place, {"a": row(0, 8, shape=[2]), "b": row(4, 8)}, b"\0" * 8), "'b' overlaps")
    damaged(put(place, {"a": row(), "b": row()}), "'b' overlaps")


def test_gaps(place):
    damaged(put(place, {"a": row(0, 4), "b": row(8, 12)}, b"\0" * 12), "gap before")
    damaged(put(place, {"a": row(4, 8)}, b"\0" * 8), "gap before")
    damaged(put(place, {"a": row()}, b"\0" * 5), "belong to no tensor")


def test_names_that_repeat(place):
    one = json.dumps(row()).encode()
    damaged(put(place, b'{"a":' + one + b',"a":' + one + b"}"), "occurs twice")
    damaged(put(place, b'{"a":{"dtype":"U8",' + one[1:] + b"}"), "occurs twice")


@pytest.mark.parametrize("keep", [0, 1, 7, 8, 9, 40, -1])
def test_a_file_that_is_cut_off(place, keep):
    save_file({"a": torch.zeros(5), "b": torch.zeros(3)}, place)
    place.write_bytes(place.read_bytes()[:keep])
    damaged(place, "is damaged")


def test_a_file_that_shrinks_after_it_was_opened(place):
    save_file({"a": torch.zeros(500)}, place)
    file = SafetensorsFile(place)
    with place.open("r+b") as opened:
        opened.truncate(place.stat().st_size - 1)
    with pytest.raises(ModelDamaged, match="ends inside a"):
        file.read("a")
    place.unlink()
    with pytest.raises(ModelDamaged, match="cannot be read"):
        file.read("a")


def test_metadata_of_any_kind_does_no_harm(place):
    for metadata in ({}, {"format": []}, [], "x", None, 1):
        assert list(SafetensorsFile(put(place, {"__metadata__": metadata, "a": row()})).names()) == ["a"]


TORCH_DTYPES = sorted(DTYPES.values(), key=str)


@st.composite
def tensor(draw: st.DrawFn) -> torch.Tensor:
    shape = draw(st.lists(st.integers(0, 4), max_size=5))
    dtype = draw(st.sampled_from(TORCH_DTYPES))
    return torch.randint(0, 2, (*shape, dtype.itemsize), dtype=torch.uint8).view(dtype).reshape(shape)


TABLES = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=9), tensor(), max_size=5)


# Metadata that is there and empty makes the package write a header that it cannot read itself.
METADATA = st.none() | st.dictionaries(st.text(st.characters(codec="utf-8")), st.just("x"), min_size=1)


@given(tensors=TABLES, metadata=METADATA)
@settings(max_examples=150)
def test_what_the_safetensors_package_writes_is_read(place, tensors, metadata):
    tensors.pop("__metadata__", None)
    save_file(tensors, place, metadata)
    file = SafetensorsFile(place)
    assert set(file.names()) == tensors.keys()
    assert file.metadata == (metadata or {})
    for name, expected in tensors.items():
        read = file.read(name)
        assert (read.shape, read.dtype, file.shape(name)) == (expected.shape, expected.dtype, expected.shape)
        assert read.reshape(-1).view(torch.uint8).tolist() == expected.reshape(-1).view(torch.uint8).tolist()


def test_there_is_nothing_that_the_package_writes_and_we_do_not_know(place):
    from safetensors.torch import _TYPES

    assert DTYPES.items() == _TYPES.items()


GOOD = save(
    {"a.weight": torch.arange(6.0).reshape(2, 3), "b": torch.ones(4).half(), "c": torch.zeros(())}, {"format": "pt"}
)


@given(data=spoilt(GOOD, int.from_bytes(GOOD[:8], "little") + 8))
@settings(max_examples=600)
def test_a_spoilt_file_opens_or_is_damaged(place, data):
    place.write_bytes(data)
    opens_or_is_damaged(lambda: SafetensorsFile(place), len(data))


@given(data=st.binary(max_size=200), begin=st.booleans())
@settings(max_examples=300)
def test_random_bytes_open_or_are_damaged(place, data, begin):
    place.write_bytes(len(data).to_bytes(8, "little") + data if begin else data)
    assert not opens_or_is_damaged(lambda: SafetensorsFile(place), len(data)) or data.startswith(b"{")


def test_the_file_to_spoil_is_good(place):
    place.write_bytes(GOOD)
    assert opens_or_is_damaged(lambda: SafetensorsFile(place), len(GOOD))
