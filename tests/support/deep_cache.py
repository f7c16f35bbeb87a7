"""DeepCache by its authors: the peer of `--reuse`."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import torch

CUT = 1
"""The helper's `cache_branch_id` for what their pipeline for Stable Video Diffusion calls `cache_branch=0`."""


def enable(pipeline: Any, reuse: int) -> Any:
    """Let a pipeline of diffusers (anything with its `unet` and `scheduler`) use deep features again; the helper."""
    from DeepCache import DeepCacheSDHelper

    helper = DeepCacheSDHelper(pipe=pipeline)
    helper.set_params(cache_interval=reuse, cache_branch_id=CUT)
    helper.enable()
    return helper


def network(reference: torch.nn.Module) -> Any:
    """Their own UNet for Stable Video Diffusion, with the weights of diffusers' `reference`.

    It was written for a diffusers that had three of its modules elsewhere.
    """
    for name in ("dual_transformer_2d", "transformer_2d", "transformer_temporal"):
        sys.modules[f"diffusers.models.{name}"] = importlib.import_module(f"diffusers.models.transformers.{name}")
    theirs = importlib.import_module("DeepCache.svd.unet_spatio_temporal_condition")
    config = {name: value for name, value in dict(reference.config).items() if not name.startswith("_")}  # type: ignore[arg-type]
    made = theirs.UNetSpatioTemporalConditionModel(**config)
    made.load_state_dict(reference.state_dict(), assign=True)
    return made.eval()
