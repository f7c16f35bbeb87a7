"""How a model's weights are on this machine, or would be once fetched: what a plan can be made of."""

from __future__ import annotations

from pathlib import Path

from videoai.catalogue import DEPTH, MODELS, UNET_NUMBERS, Model
from videoai.engines.base import BITS, AvailableWeights
from videoai.engines.registry import engine_of


def available_weights(model: str) -> AvailableWeights:
    """Of a model of the catalogue, or of a checkpoint of the user's, by its path. Raises ModelDamaged, ModelMissing."""
    return _of_catalogue(MODELS[model]) if model in MODELS else _of_path(Path(model))


def _of_catalogue(model: Model) -> AvailableWeights:
    """More exact weights than are here are not counted on, unless nothing is: then all can be fetched."""
    from videoai.models import extras, store

    if model.builtin:
        return AvailableWeights(depth="depth" in engine_of(model.id).parameters and extras.state(DEPTH)[0] == "ready")
    found = store.installed(model)
    if not found:
        return AvailableWeights(BITS, streamable=True, file_bytes=_file_bytes(model.parts["unet"].size))
    unet, bits = found[0].files.unet, tuple(bits for bits in BITS if bits <= found[0].bits)
    # A file without a configuration beside it has all networks in it, under their original names.
    streamable = found[0].bits == 16 and len(unet.all_weights()) == 1 and unet.config is not None
    size = unet.weights.stat().st_size if streamable else 0
    return AvailableWeights(bits, streamable=streamable, file_bytes=_file_bytes(size))


def _of_path(path: Path) -> AvailableWeights:
    """Such a checkpoint can be packed as it is loaded. One that cannot be loaded at all has no plan either."""
    from videoai.engines.svd.whole_model import laid_out
    from videoai.models import local
    from videoai.weights.packed_file import PackedFile
    from videoai.weights.safetensors_file import SafetensorsFile

    files = local.files_of(path)
    file, source = files.unet.weights, laid_out(files)["unet"].source
    if isinstance(source, PackedFile):
        return AvailableWeights((4 if file.stat().st_size < UNET_NUMBERS * 0.8 else 8,), streamable=False)
    streamable = isinstance(source, SafetensorsFile)
    size = file.stat().st_size if streamable else 0
    return AvailableWeights(BITS, streamable=streamable, file_bytes=_file_bytes(size))


def _file_bytes(size: int) -> int:
    """Bytes of a number in a UNet's file of that size: AnimateLCM's are of 4."""
    return 4 if size > 3 * UNET_NUMBERS else 2
