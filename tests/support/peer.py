"""diffusers' own pipeline, given the noise that ours draws."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from diffusers import EulerDiscreteScheduler
from diffusers.pipelines.stable_video_diffusion import StableVideoDiffusionPipeline, pipeline_stable_video_diffusion
from PIL import Image
from transformers import CLIPImageProcessor

from tests.support import deep_cache
from tests.support.full_size import load_reference
from videoai.engines.svd.noise import INITIAL_LATENTS, PHOTO, gaussian
from videoai.events import Pixels
from videoai.settings import GenerationSettings
from videoai.weights.svd_configs import SCHEDULER


def frames(
    folder: Path, photo: Pixels, settings: GenerationSettings, dtype: torch.dtype = torch.float32
) -> list[Pixels]:
    """The frames that StableVideoDiffusionPipeline makes of a fitted photo, with our noise, by its Euler scheduler.

    It computes in `dtype`, as it does for its own users. `folder` holds unet, vae and image_encoder in the diffusers
    layout.
    """
    made = run(pipeline_of(folder, settings, dtype), photo, settings, output_type="np")
    return [np.rint(frame * 255).astype(np.uint8) for frame in made.frames[0]]


def pipeline_of(folder: Path, settings: GenerationSettings, dtype: torch.dtype = torch.float32) -> Any:
    """Its pipeline; deep features are used again, if they are to be, by the helper of DeepCache's authors."""
    pipeline: Any = StableVideoDiffusionPipeline(
        vae=load_reference(folder / "vae", dtype),
        image_encoder=load_reference(folder / "image_encoder", dtype),
        unet=load_reference(folder / "unet", dtype),
        scheduler=EulerDiscreteScheduler(**SCHEDULER),
        feature_extractor=CLIPImageProcessor(),
    )
    pipeline.set_progress_bar_config(disable=True)
    if settings.reuse > 1:
        deep_cache.enable(pipeline, settings.reuse)
    return pipeline


def run(pipeline: Any, photo: Pixels, settings: GenerationSettings, **more: Any) -> Any:
    """What the pipeline makes of them; `more` is what else it is told."""
    height, width, _ = photo.shape
    noise = gaussian(settings.seed, PHOTO, (1, 3, height, width))
    latents = gaussian(settings.seed, INITIAL_LATENTS, (1, settings.frames, 4, height // 8, width // 8))
    with mock.patch.object(pipeline_stable_video_diffusion, "randn_tensor", return_value=noise):
        return pipeline(
            Image.fromarray(photo),
            height=height,
            width=width,
            num_frames=settings.frames,
            num_inference_steps=settings.steps,
            min_guidance_scale=settings.guidance_min,
            max_guidance_scale=settings.guidance_max,
            fps=settings.fps,
            motion_bucket_id=settings.motion,
            noise_aug_strength=settings.noise_aug,
            decode_chunk_size=settings.frames,
            latents=latents.to(pipeline.unet.dtype),
            **more,
        )
