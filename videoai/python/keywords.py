"""The settings by name, with their types. Made by “make docs” of the table of parameters."""

from __future__ import annotations

import os
from typing import Literal, TypeAlias, TypedDict

Precision: TypeAlias = Literal["auto", "16", "8", "4", 16, 8, 4]
Compute: TypeAlias = Literal["auto", "fp32", "bf16", "fp16"]
Preset: TypeAlias = str
"""quick, good, best, safety, minimum, square, large, native, balanced, fast, or the name of one of your own."""
Encoder: TypeAlias = Literal["software", "hardware", "prores"]


class ClipSettings(TypedDict, total=False):
    """What a model that is loaded is called with."""

    width: int
    """Video width (multiples of 64)"""
    height: int
    """Video height (multiples of 64)"""
    steps: int
    """Sampling steps"""
    motion: int
    """Amount of movement"""
    camera: str
    """Where the draft's camera goes, most moves with a direction (left, right, up, down, up-left …), else the
    seed chooses one"""
    fps: int
    """Frames per second"""
    frames: int
    """Number of frames"""
    seed: int | Literal["random"]
    """Seed: the same one gives the same video"""
    scheduler: Literal["euler-a", "euler", "dpmpp-2m", "lcm"]
    """Sampler for the denoising steps"""
    sigmas: Literal["karras", "ays"]
    """Noise levels of the steps: Karras or Align Your Steps"""
    reuse: int
    """Run the whole network in every Nth step only, and just its finest layers in the others: faster, less
    exact"""
    guidance_min: float
    """Guidance at the first frame: how closely to follow the photo"""
    guidance_max: float
    """Guidance at the last frame; set both to 1 to halve the time"""
    guidance_interval: tuple[float, float] | Literal["off"] | None
    """Use guidance only between the noise levels LOW,HIGH"""
    noise_aug: float
    """Noise added to the photo: more of it lets the video stray further"""
    decoder: Literal["exact", "tiny"]
    """What makes the frames; the tiny one (a small download, once) takes a fraction of the time and loses fine
    detail"""
    depth: Literal["auto", "guessed"]
    """How a draft knows what is near: the photo's own depth, else the depth network if you have downloaded it,
    else a guess; or always a guess"""
    focus: tuple[float, float]
    """Point that a crop keeps in view, as fractions X,Y of the photo"""
    focus_blur: int | Literal["off"] | None
    """Blur what is nearer or further than the focal point, as a large lens does (draft only)"""
    fit: Literal["crop", "pad"]
    """Crop the photo to the video's shape, or pad it and keep all of it"""
    extend: int | Literal["off"] | None
    """How many times the clip goes on from its last frame, each time with the next seed"""
    enlarge: Literal["off", "2", "4", 2, 4]
    """Enlarge the frames 2 or 4 times, by a network made for photos"""
    loop: Literal["off", "boomerang", "crossfade"]
    """Let the video play on without a jump: boomerang plays it forward and back, crossfade fades its end into
    its beginning"""
    smooth: int | Literal["off"] | None
    """Frames per second of the video, more than the model makes: those between are computed"""
    trim: tuple[float, float] | Literal["off"] | None
    """Show only what is between START,END, in seconds; the model makes all frames all the same"""
    hold: float
    """Seconds that the last frame stays at the end"""


class Settings(ClipSettings, total=False):
    """What `generate` is called with."""

    model: str | os.PathLike[str]
    """Model that makes the video"""
    precision: Precision
    """Bits of the model's weights; fewer need less memory"""
    compute: Compute
    """Type of number to compute in; unless you choose one, VideoAi measures which is best here"""
