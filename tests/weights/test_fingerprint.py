"""Weights are told apart without reading all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.weights.test_opening import write_gguf
from videoai.models.convert import convert
from videoai.weights import fingerprint as module
from videoai.weights.fingerprint import exact_fingerprint, fingerprint
from videoai.weights.model_files import ModelFiles, PartFiles
from videoai.weights.safetensors_file import SafetensorsFile

TENSORS = {
    "image_encoder": {"small": torch.randn(100)},
    "vae": {"a": torch.randn(200, 90), "b": torch.randn(7)},
    "unet": {"large": torch.randn(600, 900), "scalar": torch.randn(1), "middling": torch.randn(90, 90)},
}


@pytest.fixture
def files(tmp_path, monkeypatch) -> ModelFiles:
    """Those of a model, of which two count as too large to be read whole."""
    monkeypatch.setattr(module, "_WHOLE_BYTES", 1 << 14)
    found = {}
    for part, tensors in TENSORS.items():
        path = tmp_path / f"{part}.safetensors"
        save_file(tensors, path)
        (tmp_path / f"{part}.json").write_text("{}")
        found[part] = PartFiles(path, tmp_path / f"{part}.json")
    return ModelFiles(**found)


def test_the_same_weights_have_one_name_wherever_they_are(files, tmp_path):
    first = fingerprint(files)
    moved = tmp_path / "moved.safetensors"
    files.unet.weights.rename(moved)
    assert fingerprint(ModelFiles(files.image_encoder, files.vae, PartFiles(moved, files.unet.config))) == first


@pytest.mark.parametrize(("part", "name"), [(part, name) for part, tensors in TENSORS.items() for name in tensors])
def test_any_tensor_that_is_replaced_gives_another(files, part, name):
    """In a file of the same size and table."""
    first, path = fingerprint(files), files.of(part).weights
    size = path.stat().st_size
    save_file(TENSORS[part] | {name: TENSORS[part][name] * 1.001}, path)
    assert path.stat().st_size == size
    assert fingerprint(files) != first
    save_file(TENSORS[part], path)
    assert fingerprint(files) == first


@pytest.mark.parametrize("part", TENSORS)
def test_so_does_another_table_or_configuration(files, part):
    first, path = fingerprint(files), files.of(part).weights
    save_file({f"{name}x": tensor for name, tensor in TENSORS[part].items()}, path)
    assert fingerprint(files) != first
    save_file(TENSORS[part], path)
    files.of(part).config.write_text('{"layers": 2}')
    assert fingerprint(files) != first


def test_gguf_files_are_looked_at_in_the_same_way(files, tmp_path):
    tensors = TENSORS["unet"]

    def named(changed: dict[str, torch.Tensor]) -> str:
        path = write_gguf(tmp_path / "unet.gguf", changed)
        return fingerprint(ModelFiles(files.image_encoder, files.vae, PartFiles(path)))

    assert len({named(tensors), *(named(tensors | {name: tensors[name] + 1}) for name in tensors)}) == 4
    assert named(tensors) == named(tensors)
    misnamed = (tmp_path / "unet.gguf").rename(tmp_path / "gguf.safetensors")
    model = ModelFiles(files.image_encoder, files.vae, PartFiles(misnamed))
    assert exact_fingerprint(model) == fingerprint(model)


def test_of_gigabytes_only_a_little_is_read(files, tmp_path):
    path = tmp_path / "huge.safetensors"
    save_file({"a": torch.zeros(1 << 20, dtype=torch.uint8)}, path)
    header = path.read_bytes()[: SafetensorsFile(path).entries["a"].start]
    size = 1 << 33
    with path.open("wb") as file:  # with a hole for its numbers
        file.write(header.replace(b"1048576", str(size).encode()))
        length = int.from_bytes(header[:8], "little") + 2 * (len(str(size)) - 7)
        file.seek(0)
        file.write(length.to_bytes(8, "little"))
        file.truncate(8 + length + size)
    assert sum(length for _, length in module._pieces(path)) < 3 << 20
    assert fingerprint(ModelFiles(files.image_encoder, files.vae, PartFiles(path)))


@pytest.mark.parametrize("bits", [16, 8, 4])
def test_a_converted_model_knows_what_it_was_made_of(quick_fp16, bits):
    source = ModelFiles.in_folder(quick_fp16)
    made = ModelFiles.in_folder(convert("svd-xt", bits, source, lambda event: None))
    assert exact_fingerprint(source) == fingerprint(source)
    assert fingerprint(made) != fingerprint(source)
    assert exact_fingerprint(made) == exact_fingerprint(source)
    if bits == 8:
        again = ModelFiles.in_folder(convert("svd-xt", 4, made, lambda event: None))
        assert exact_fingerprint(again) == exact_fingerprint(source)


def of_an_earlier_version(path: Path) -> None:
    content = path.read_bytes()
    assert b'"exact"' in content
    path.write_bytes(content.replace(b'"exact"', b'"exacT"', 1))


def test_what_an_earlier_version_made_is_of_unknown_origin(quick_fp16):
    made = ModelFiles.in_folder(convert("svd-xt", 8, ModelFiles.in_folder(quick_fp16), lambda event: None))
    of_an_earlier_version(made.unet.weights)
    assert exact_fingerprint(made) == ""
