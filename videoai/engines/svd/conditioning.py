"""What SVD is told about the photo: the picture that CLIP sees, the one the VAE sees, and three numbers.

All of it is small and made once, in float32 on the CPU, so that every device starts from the same.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from videoai.events import Pixels

CLIP_SIZE = 224
_CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
_CLIP_STD = (0.26862954, 0.26130258, 0.27577711)


def clip_image(photo: Pixels) -> Tensor:
    """The photo (H, W, 3) as CLIP sees it, (1, 3, 224, 224) float32: blurred, stretched and normalised.

    Stretched, not cropped, as SVD was trained. The blur before a bicubic shrinking stands in for
    antialiasing; its width is scikit-image's, (factor − 1)/2.
    """
    signed = _signed(photo)
    blurred = _blur(_blur(signed, dim=2), dim=3)
    small = F.interpolate(blurred, size=(CLIP_SIZE, CLIP_SIZE), mode="bicubic", align_corners=True)
    mean, std = (torch.tensor(values).reshape(1, 3, 1, 1) for values in (_CLIP_MEAN, _CLIP_STD))
    return ((small + 1) / 2 - mean) / std


def vae_image(photo: Pixels, noise_aug: float, noise: Tensor) -> Tensor:
    """The photo (H, W, 3) as the VAE encodes it, (1, 3, H, W) float32 about [-1, 1], with a little noise.

    `noise` (1, 3, H, W) is standard normal. More of it leaves the video freer of the photo; SVD is told
    how much there is through `added_time_ids`.
    """
    return _signed(photo) + noise_aug * noise


def added_time_ids(fps: int, motion: int, noise_aug: float) -> Tensor:
    """The three numbers that SVD is conditioned on, (1, 3) float32: fps − 1, motion bucket, noise.

    Less one because the training counted the frames between, not the frames, of a second.
    """
    return torch.tensor([[fps - 1, motion, noise_aug]], dtype=torch.float32)


def _signed(photo: Pixels) -> Tensor:
    """(H, W, 3) of 0 to 255 → (1, 3, H, W) float32 of −1 to 1."""
    return torch.tensor(photo).permute(2, 0, 1).unsqueeze(0).to(torch.float32) / 255 * 2 - 1


def _blur(picture: Tensor, dim: int) -> Tensor:
    """Gaussian blur of (1, C, H, W) along `dim` (2 or 3), as wide as shrinking that side to 224 asks for."""
    sigma = max((picture.shape[dim] / CLIP_SIZE - 1) / 2, 0.001)
    taps = int(max(4 * sigma, 3)) | 1  # two sigmas to either side, and odd
    offsets = torch.arange(taps, dtype=torch.float32) - taps // 2
    kernel = torch.exp(-offsets.square() / (2 * sigma * sigma))
    kernel = kernel / kernel.sum()
    half = taps // 2
    upright = dim == 2
    padded = F.pad(picture, (0, 0, half, half) if upright else (half, half, 0, 0), mode="reflect")
    shape = (1, 1, taps, 1) if upright else (1, 1, 1, taps)
    # Channels as a batch: one filter for all of them.
    return F.conv2d(padded.transpose(0, 1), kernel.reshape(shape)).transpose(0, 1)
