"""Rows S13 to S15 of the table of attacks, at the doors that people use: a model that is imported, named, or fetched.

What each reader does with each kind of damage is in formats/ and hub/; here is that the doors lead to those readers.
"""

from __future__ import annotations

import json
import pickle
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES
from tests.models.hub import server as hub_server
from tests.models.hub.server import HubServer
from videoai import generate
from videoai.catalogue import MODELS
from videoai.errors import BadInput, DownloadFailed, ModelDamaged, ModelMissing
from videoai.models import manager, store

WEIGHTS = "unet/diffusion_pytorch_model.fp16.safetensors"
INDEX = "model_index.json"
REPO = "stabilityai/stable-video-diffusion-img2vid-xt"


def ignore(event: object) -> None:
    pass


class Bomb:
    """Unpickled, it makes a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, ...]:
        return (open, (str(self.target), "w"))


def pickled(model: Path, name: str, planted: Path) -> Path:
    """Weights as a pickle in the place of those of the UNet."""
    (model / WEIGHTS).unlink()
    (model / "unet" / name).write_bytes(pickle.dumps(Bomb(planted)))
    return model


def pickled_file(name: str) -> Callable[[Path, Path], Path]:
    def plant(model: Path, planted: Path) -> Path:
        with zipfile.ZipFile(model.parent / name, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(Bomb(planted)))
        return model.parent / name

    return plant


def named(**classes: object) -> Callable[[Path, Path], Path]:
    """Another class in the model's index, and the code that it names beside it."""

    def plant(model: Path, planted: Path) -> Path:
        index = json.loads((model / INDEX).read_text()) | classes
        (model / INDEX).write_text(json.dumps(index))
        for module in (model / "evil.py", model / "unet" / "evil.py"):
            module.write_text(f"open({str(planted)!r}, 'w')")
        return model

    return plant


def configured(**values: object) -> Callable[[Path, Path], Path]:
    def plant(model: Path, planted: Path) -> Path:
        config = model / "unet" / "config.json"
        config.write_text(json.dumps(json.loads(config.read_text()) | values))
        (model / "unet" / "evil.py").write_text(f"open({str(planted)!r}, 'w')")
        return model

    return plant


def header(change: Callable[[int, bytes], tuple[int, bytes]]) -> Callable[[Path, Path], Path]:
    """The UNet's safetensors with another length and another header."""

    def plant(model: Path, planted: Path) -> Path:
        data = (model / WEIGHTS).read_bytes()
        (length,) = struct.unpack("<Q", data[:8])
        claimed, text = change(length, data[8 : 8 + length])
        (model / WEIGHTS).write_bytes(struct.pack("<Q", claimed) + text + data[8 + length :])
        return model

    return plant


def overlapping(length: int, text: bytes) -> tuple[int, bytes]:
    table = json.loads(text)
    first, second = [name for name in table if name != "__metadata__"][:2]
    table[second]["data_offsets"] = table[first]["data_offsets"]
    table[second]["shape"], table[second]["dtype"] = table[first]["shape"], table[first]["dtype"]
    text = json.dumps(table).encode().ljust(length)
    return len(text), text


def cut_off(model: Path, planted: Path) -> Path:
    data = (model / WEIGHTS).read_bytes()
    (model / WEIGHTS).write_bytes(data[: len(data) // 2])
    return model


def gguf(*fields: int, rest: bytes = b"") -> Callable[[Path, Path], Path]:
    """A GGUF file that says its version, so many tensors, so many settings, and then `rest`."""

    def plant(model: Path, planted: Path) -> Path:
        path = model.parent / "svd_xt.gguf"
        path.write_bytes(b"GGUF" + struct.pack("<IQQ", *fields) + rest)
        return path

    return plant


ONE = struct.pack("<Q", 1) + b"a" + struct.pack("<IQIQ", 1, 8, 0, 0)
"""A GGUF file's entry of a tensor of 32 bytes."""

ATTACKS = {
    **{f"S13 {name} for weights": (lambda m, p, name=name: pickled(m, name, p), "no diffusion_pytorch_model")
       for name in ("diffusion_pytorch_model.bin", "diffusion_pytorch_model.pt", "diffusion_pytorch_model.fp16.ckpt")},
    "S13 a pickle called safetensors": (
        lambda m, p: pickled(m, "diffusion_pytorch_model.fp16.safetensors", p), "can run any program"),
    **{f"S13 the file svd_xt{suffix}": (pickled_file(f"svd_xt{suffix}"), "can run any program")
       for suffix in (".ckpt", ".bin", ".pt", ".pth", ".safetensors", ".gguf")},
    "S13 an index with another pipeline": (named(_class_name="EvilPipeline"), "_class_name cannot be"),
    "S13 an index with a list for a pipeline": (named(_class_name=["evil", "Evil"]), "_class_name cannot be"),
    "S13 an index with another network": (named(unet=["evil", "Evil"]), "unet cannot be"),
    "S13 an index with a program": (named(vae=["subprocess", "Popen"]), "vae cannot be"),
    "S13 an index with another scheduler's code": (named(scheduler=["evil", "Evil"]), "scheduler cannot be"),
    "S13 an index that is none": (lambda m, p: [(m / INDEX).write_text("["), m][1], "cannot be read"),
    "S13 an index that is a list": (lambda m, p: [(m / INDEX).write_text("[]"), m][1], "cannot be null"),
    "S13 a configuration with another class": (configured(_class_name="Evil"), "describes a Evil"),
    "S14 a header of 2⁶³ bytes": (header(lambda n, text: (2**63, text)), "truncated"),
    "S14 a header of 1 GB": (header(lambda n, text: (10**9, text)), "truncated"),
    "S14 a header that ends early": (header(lambda n, text: (n - 9, text[:-9])), "damaged"),
    "S14 tensors that overlap": (header(overlapping), "overlaps"),
    "S14 a file that is cut off": (cut_off, "damaged"),
    "S14 GGUF of 2⁶⁴ tensors": (gguf(3, 2**64 - 1, 0), "claims"),
    "S14 GGUF of 2⁴⁰ settings": (gguf(3, 1, 2**40), "claims"),
    "S14 GGUF whose tensors overlap": (gguf(3, 2, 0, rest=ONE + ONE.replace(b"a", b"b") + bytes(128)), "overlaps"),
    "S14 GGUF that is cut off": (gguf(3, 1, 0, rest=ONE), "damaged"),
}  # fmt: skip


@pytest.fixture
def model(quick_fp16, tmp_path) -> Path:
    return Path(shutil.copytree(quick_fp16, tmp_path / "svd-xt"))


def test_the_model_to_be_spoilt_is_good(model):
    assert manager.import_(model, "svd-xt", "16", ignore).files.unet.weights.exists()


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.timeout(30)
def test_a_hostile_model_is_refused_in_words_and_runs_nothing(model, tmp_path, outputs, attack):
    plant, words = ATTACKS[attack]
    planted = tmp_path / "planted"
    path = plant(model, planted)
    for door in (
        lambda: manager.import_(path, "svd-xt", "8", ignore),
        lambda: generate(
            EXAMPLES / "coffee.png", model=str(path), width=256, height=256, frames=4, steps=5, guidance_max=1
        ),
    ):
        with pytest.raises((ModelDamaged, ModelMissing, BadInput), match=words) as refused:
            door()
        assert refused.value.hint
        assert len(refused.value.message) < 1000
    assert not planted.exists()
    assert store.installed(MODELS["svd-xt"]) == []
    assert not list(outputs.rglob("*.mp4"))


def test_code_that_a_good_model_brings_along_is_never_run(model, tmp_path):
    """A configuration may ask for it, as transformers' auto_map does: nothing here knows that word."""
    planted = tmp_path / "planted"
    configured(auto_map={"AutoModel": "evil.Evil"}, trust_remote_code=True)(model, planted)
    (model / "unet" / "diffusion_pytorch_model.bin").write_bytes(pickle.dumps(Bomb(planted)))
    manager.import_(model, "svd-xt", "8", ignore)
    generate(EXAMPLES / "coffee.png", model=str(model), width=256, height=256, frames=4, steps=5, guidance_max=1)
    assert not planted.exists()


@pytest.mark.parametrize("name", ["..\\x", "/x", "C:\\x", "../x", "unet/../../../x", "\\\\host\\x"])
def test_s15_a_listing_that_names_other_places_is_refused(quick_fp16, tmp_path, monkeypatch, name):
    shutil.copytree(quick_fp16, tmp_path / "hub" / REPO)
    with HubServer(tmp_path / "hub") as hub:
        hub_server.use(monkeypatch, hub, tmp_path / "hf")
        listing = [{"rfilename": name, "size": 4, "blobId": "a" * 40}]
        hub.listings[REPO] = {"sha": "c" * 40, "siblings": listing}
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(DownloadFailed, match="refused") as refused:
            manager.pull("svd-xt", "16", ignore)
    assert refused.value.hint
    assert [path for path in sorted(tmp_path.rglob("*")) if path not in before and path.name != "hf"] == []
    assert store.installed(MODELS["svd-xt"]) == []
