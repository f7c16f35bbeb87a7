"""Weights as other people's files hold them: what a file is, which networks it has, and one of them as a TensorSource.

    .safetensors   the original single files, whole or the denoiser alone; diffusers' files of one network, also
                   several files with an index, and ours, packed
    .gguf          the same, as stable-diffusion.cpp and ComfyUI's tools write them

Pickles (.ckpt, .pt, …) are not opened at all: reading one runs whatever program is in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol, TypeVar

import torch

from videoai.catalogue import PARTS
from videoai.errors import ModelDamaged, ModelMissing
from videoai.language import listed, say
from videoai.system.reasons import reason
from videoai.weights import sgm
from videoai.weights.config import CONFIGS, Config, UNetConfig
from videoai.weights.gguf_file import GgufFile, Reshaped
from videoai.weights.gguf_header import MAGIC
from videoai.weights.keeping import in_file
from videoai.weights.model_files import PartFiles
from videoai.weights.other_models import OTHERS, WANTED, check_unet
from videoai.weights.packed_file import PackedFile, is_packed
from videoai.weights.safetensors_file import SafetensorsFile
from videoai.weights.sgm_names import tensor_origins
from videoai.weights.sharded import ShardedFile
from videoai.weights.shards import is_sharded
from videoai.weights.tensor_source import PackedTensor, TensorSource

_PICKLES = frozenset({".bin", ".ckpt", ".pickle", ".pkl", ".pt", ".pth"})
_NAMES = {
    "unet": say("UNet"),
    "vae": say("autoencoder (VAE)"),
    "image_encoder": say("image encoder (CLIP)"),
}
_DIFFUSERS = {
    "unet": "mid_block.resnets.0.time_mixer.mix_factor",
    "vae": "decoder.time_conv_out.weight",
    "image_encoder": "vision_model.embeddings.class_embedding",
}
"""A tensor of each network under diffusers' names that its kin for still pictures do not have."""
_WRAPPERS = re.compile(r"(?:^|(?<=\.))(?:module|_orig_mod|state_dict)\.")
"""What training puts before or between the names: several processors, torch.compile, a whole state that was saved."""


def parts_in(path: Path) -> frozenset[str]:
    """Which of "unet", "vae" and "image_encoder" a file holds, at least one, by the names in it.

    Raises ModelMissing if there is no such file, and ModelDamaged if it is damaged, a pickle or something else.
    """
    file = open_file(path)
    names = frozenset(file.names())
    parts = frozenset(part for part in PARTS if sgm.holds(names, part) or _below(names, part) is not None)
    if "unet" in parts:
        check_unet(path, file, sgm.place(names, "unet") if sgm.holds(names, "unet") else "", None)
    if not parts:
        raise ModelDamaged(
            say("{path} contains nothing of Stable Video Diffusion{seems}.", path=path, seems=_seems(names)), WANTED
        )
    return parts


def open_weights(path: Path, part: str, config: Config | None = None) -> TensorSource:
    """One network of a file, under diffusers' names; the tensors are read later, one at a time.

    `config` is the network's, by default that of Stable Video Diffusion. Files with the original names are checked
    against it here, those with diffusers' names when a network is built from them; a diffusers file in safetensors
    is given as a SafetensorsFile, which can be streamed. Raises as `parts_in` does, and ModelDamaged naming what is
    missing, surplus or wrongly shaped.
    """
    if part not in PARTS:
        raise ValueError(f"a network is one of {', '.join(PARTS)}, not {part}")
    file = open_file(path)
    names = frozenset(file.names())
    if part == "unet":
        width = config.time_id_width if isinstance(config, UNetConfig) else None
        check_unet(path, file, sgm.place(names, part) if sgm.holds(names, part) else "", width)
    config = CONFIGS[part].standard() if config is None else config
    if sgm.holds(names, part):
        if isinstance(file, GgufFile):
            file = Reshaped(file, sgm.original_shapes(names, part, config))
        with in_file(path):
            return sgm.SgmSource(file, part, config)
    prefix = _below(names, part)
    if prefix is None:
        raise ModelDamaged(
            say(
                "{path} does not contain this network of Stable Video Diffusion: {network}{seems}.",
                path=path,
                network=_NAMES[part],
                seems=_seems(names, part),
            ),
            WANTED,
        )
    source: TensorSource = _Below(file, prefix) if prefix else file
    if isinstance(file, GgufFile):
        source = Reshaped(source, {name: row.shape for name, row in tensor_origins(config).items()})
    return source


C = TypeVar("C", bound=Config, covariant=True)


class ConfigType(Protocol[C]):
    """The class of a network's configuration."""

    part: str

    def read(self, path: Path) -> C: ...

    def standard(self) -> C: ...


def open_part(files: PartFiles | Path, config_type: ConfigType[C]) -> tuple[C, TensorSource]:
    """The configuration and the weights of a network; a path is a folder of the diffusers layout.

    Raises ModelMissing and ModelDamaged.
    """
    part = config_type.part
    if isinstance(files, Path):
        files = PartFiles.in_folder(files, part)
    config = config_type.standard() if files.config is None else config_type.read(files.config)
    return config, open_weights(files.weights, part, config)


class _Below:
    """The names below a prefix, as ComfyUI saves an image encoder: diffusers' names where the original's were."""

    def __init__(self, source: TensorSource, prefix: str) -> None:
        self._source, self._prefix = source, prefix

    def names(self) -> Iterable[str]:
        below = (name for name in self._source.names() if name.startswith(self._prefix))
        return [name.removeprefix(self._prefix) for name in below]

    def shape(self, name: str) -> torch.Size:
        return self._source.shape(self._prefix + name)

    def read(self, name: str) -> torch.Tensor | PackedTensor:
        return self._source.read(self._prefix + name)


def _below(names: frozenset[str], part: str) -> str | None:
    """The prefix of a network with diffusers' names."""
    prefixes = ("", sgm.IMAGE_ENCODER) if part == "image_encoder" else ("",)
    return next((prefix for prefix in prefixes if prefix + _DIFFUSERS[part] in names), None)


def open_file(path: Path) -> TensorSource:
    """The file by what is in it. Raises ModelMissing and ModelDamaged."""
    try:
        if not path.is_file():
            if path.exists():
                raise ModelDamaged(say("{path} is not a file.", path=path), say("Use a single file of weights."))
            raise ModelMissing(say("{path} does not exist.", path=path), say("Use the file of a checkpoint."))
        with path.open("rb") as opened:
            beginning = opened.read(64)
        if not beginning:
            raise ModelDamaged(
                say("{path} is damaged: {reason}.", path=path, reason=say("it is empty")),
                say("Download it again, or use another file."),
            )
    except (OSError, ValueError) as error:
        raise ModelDamaged(
            say("{path} cannot be read: {reason}.", path=path, reason=reason(error)),
            say("Use a single file of weights."),
        ) from error
    if path.suffix.lower() in _PICKLES or _is_pickle(beginning):
        raise ModelDamaged(
            say("{path} was refused: pickled weights can run any program when they are read.", path=path),
            say("Use the same model as .safetensors; most are published in that format too."),
        )
    if beginning.startswith(b"version https://git-lfs"):
        raise ModelDamaged(
            say("{path} only says where the weights are: Git LFS did not download them.", path=path),
            say("Run git lfs pull."),
        )
    if beginning.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise ModelDamaged(
            say("{path} is a web page, not weights.", path=path),
            say("Download it again with the page's download link."),
        )
    if beginning.startswith(MAGIC):
        gguf = GgufFile(path)
        gguf.entries = _unwrapped(gguf.entries)
        return gguf
    if is_sharded(path):
        return ShardedFile(path)
    file = SafetensorsFile(path)
    if is_packed(file):
        return PackedFile(file)
    file.entries = _unwrapped(file.entries)
    return file


E = TypeVar("E")


def _unwrapped(entries: Mapping[str, E]) -> dict[str, E]:
    """The same under the names that the tensors have in a network; as they are, if two would have the same."""
    plain = {_WRAPPERS.sub("", name): entry for name, entry in entries.items()}
    return plain if len(plain) == len(entries) else dict(entries)


def _is_pickle(beginning: bytes) -> bool:
    """A zip archive or a pickle of protocol 2 or later.

    A safetensors file too can begin with 128 and a small number: these are then the length of its header, of which
    the upper bytes are zero, and the header follows.
    """
    if beginning.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return True
    if beginning[:1] != b"\x80" or beginning[1:2] > b"\x05":
        return False
    return any(beginning[3:8]) or beginning[8:9] != b"{"


def _seems(names: frozenset[str], part: str = "") -> str:
    """Words for what the file seems to be instead; none if nothing fits."""
    parts = [other for other in PARTS if sgm.holds(names, other) or _below(names, other) is not None]
    if part == "vae" and sgm.FIRST_STAGE + "decoder.mid.block_1.conv1.weight" in names and parts:
        return say(": its decoder makes single images; use the autoencoder of svd_xt.safetensors")
    if parts:
        return say(": only its {networks}", networks=listed(_NAMES[other] for other in parts))
    for signs, what in OTHERS:
        if any(sign in name for name in names for sign in signs):
            return say("; it seems to be {what}", what=what)
    return ""
