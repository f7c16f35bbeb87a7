import numpy as np
import pytest
import torch
from diffusers.image_processor import VaeImageProcessor
from diffusers.pipelines.stable_video_diffusion.pipeline_stable_video_diffusion import _resize_with_antialiasing
from diffusers.video_processor import VideoProcessor
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from transformers import CLIPImageProcessor

from videoai.engines.svd.conditioning import added_time_ids, clip_image, vae_image
from videoai.engines.svd.noise import PHOTO, gaussian


def photo_of(height, width, seed=0):
    """Colours that change both slowly and from one pixel to the next."""
    rng = np.random.default_rng(seed)
    slow = np.linspace(0, 200, height)[:, None, None] + np.linspace(0, 40, width)[None, :, None]
    return (slow + rng.integers(0, 16, (height, width, 3))).clip(0, 255).astype(np.uint8)


def reference_clip_image(photo):
    """The path of StableVideoDiffusionPipeline._encode_image up to the network."""
    picture = VaeImageProcessor.numpy_to_pt(VaeImageProcessor.pil_to_numpy(Image.fromarray(photo)))
    small = (_resize_with_antialiasing(picture * 2.0 - 1.0, (224, 224)) + 1.0) / 2.0
    normalise = CLIPImageProcessor()
    return normalise(
        images=small,
        do_normalize=True,
        do_center_crop=False,
        do_resize=False,
        do_rescale=False,
        return_tensors="pt",
    ).pixel_values


@pytest.mark.parametrize(
    ("height", "width"), [(384, 640), (640, 384), (576, 1024), (256, 256), (224, 224), (1024, 256)]
)
def test_clip_sees_what_the_reference_pipeline_shows_it(height, width):
    photo = photo_of(height, width)
    ours = clip_image(photo)
    assert ours.shape == (1, 3, 224, 224)
    assert (ours - reference_clip_image(photo)).abs().max() < 1e-5


@settings(max_examples=15, deadline=None)
@given(height=st.integers(100, 700), width=st.integers(100, 700), seed=st.integers(0, 99))
def test_clip_sees_the_same_for_photos_of_any_shape(height, width, seed):
    photo = photo_of(height, width, seed)
    assert (clip_image(photo) - reference_clip_image(photo)).abs().max() < 1e-5


def test_the_vae_sees_the_reference_pipelines_picture_plus_the_noise_it_is_told_of():
    photo = photo_of(256, 384)
    noise = gaussian(3, PHOTO, (1, 3, 256, 384))
    reference = VideoProcessor(vae_scale_factor=8).preprocess(Image.fromarray(photo), height=256, width=384)
    assert (vae_image(photo, 0.02, noise) - (reference + 0.02 * noise)).abs().max() < 1e-6
    assert torch.equal(vae_image(photo, 0.0, noise), vae_image(photo, 0.0, -noise))


def test_the_added_ids_are_one_less_than_the_rate_the_motion_and_the_noise():
    assert added_time_ids(6, 127, 0.02).tolist() == [[5.0, 127.0, pytest.approx(0.02)]]


def test_a_photo_that_may_not_be_written_to_is_read():
    photo = photo_of(256, 256)
    photo.flags.writeable = False
    assert torch.isfinite(clip_image(photo)).all()
