"""The settings of one generation: their part of the table of parameters.

Each field of GenerationSettings carries its row of the table: a parameter is described here and nowhere else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from videoai.catalogue import DEFAULT_MODEL, MODELS, meant_model
from videoai.kinds import Choice, Directed, IdOrPath, Number, Point, Seed, Span, Whole, WholeOrOff
from videoai.language import say
from videoai.parameters import FINISHING, MAIN, MORE, Hint, Parameter, row, rows_of

SEEDS = Seed(0, 999_999_999)
"""What a seed may be."""

LOOPS = {"boomerang": 3, "crossfade": 6}
"""The ways to loop, and the fewest frames of a clip of which there is one."""

_AROUND = ("left", "right", "up", "down", "up-left", "up-right", "down-left", "down-right")
CAMERAS = {
    "auto": (),
    "orbit": _AROUND,
    "pan": _AROUND,
    "drift": _AROUND,
    "rise": ("up", "down"),
    "dolly-in": (),
    "dolly-out": (),
}
"""The moves of the draft's camera, and the ways that each can go."""

LCM_LEVELS = 40
"""AnimateLCM was distilled on 40 noise levels, so it has at most 40 steps."""


@dataclass(frozen=True, slots=True)
class GenerationSettings:
    """Everything that decides what the video shows. The defaults are the `safety` preset."""

    width: int = row(
        640,
        Whole(256, 1024, 64),
        MORE,
        label=say("Width"),
        help=say("Video width (multiples of 64)"),
        guide=say(
            "More pixels show finer detail and take far more memory and time. Lower it first when a video does not fit."
        ),
        unit="px",
    )
    height: int = row(
        384,
        Whole(256, 1024, 64),
        MORE,
        label=say("Height"),
        help=say("Video height (multiples of 64)"),
        guide=say(
            "With the width it makes the shape: near the photo's own, less is cropped away. Lower both when a video "
            "does not fit."
        ),
        unit="px",
    )
    steps: int = row(
        20,
        Whole(5, 50),
        MAIN,
        label=say("Steps"),
        help=say("Sampling steps"),
        guide=say(
            "Each step clears the picture further. Raise it if edges shimmer or detail is mushy; lower it for a quick "
            "try, as time goes down with it."
        ),
        hints=(
            Hint(1, say("a quick sketch")),
            Hint(13, say("balanced")),
            Hint(26, say("finer, and slower")),
        ),
        place=3,
    )
    motion: int = row(
        100,
        Whole(1, 255),
        MAIN,
        label=say("Movement"),
        help=say("Amount of movement"),
        guide=say(
            "How far things move. Lower it if faces melt or straight lines bend; raise it if the photo hardly stirs."
        ),
        hints=(
            Hint(1, say("calm")),
            Hint(51, say("gentle")),
            Hint(91, say("lively")),
            Hint(141, say("strong")),
            Hint(201, say("wild")),
        ),
        place=1,
    )
    camera: str = row(
        "auto",
        Directed(
            CAMERAS,
            {
                "auto": say("as the seed has it"),
                "orbit": say("around the subject"),
                "pan": say("sliding past"),
                "drift": say("past and closer"),
                "rise": say("as on a crane"),
                "dolly-in": say("closer"),
                "dolly-out": say("away"),
                "left": say("to the left"),
                "right": say("to the right"),
                "up": say("upwards"),
                "down": say("downwards"),
                "up-left": say("up to the left"),
                "up-right": say("up to the right"),
                "down-left": say("down to the left"),
                "down-right": say("down to the right"),
            },
        ),
        MAIN,
        label=say("Camera"),
        help=say(
            "Where the draft's camera goes, most moves with a direction (left, right, up, down, up-left …), else the "
            "seed chooses one"
        ),
        guide=say(
            "Where the camera goes: around the subject, which keeps its place; sliding past it; up or down, as on a "
            "crane; towards it or away. Drag the dot on the pad for a direction, or leave it to the seed."
        ),
        place=6,
        aside=True,
    )
    fps: int = row(
        6,
        Whole(2, 30),
        MAIN,
        label=say("FPS"),
        help=say("Frames per second"),
        guide=say(
            "How quickly the frames follow each other: faster means shorter. Lower it for a slow, dreamy clip; raise "
            "it if movement looks jerky."
        ),
        unit="fps",
        hints=(
            Hint(2, say("a quick preview")),
            Hint(8, say("smooth")),
            Hint(16, say("very smooth")),
        ),
        place=4,
    )
    frames: int = row(
        14,
        Whole(4, 25),
        MAIN,
        label=say("Frames"),
        help=say("Number of frames"),
        guide=say(
            "How long the clip is. More frames take more memory and time and stray further from the photo: lower it "
            "if the end falls apart."
        ),
        place=2,
    )
    seed: int = row(
        SEEDS.draw,
        SEEDS,
        MAIN,
        label=say("Seed"),
        help=say("Seed: the same one gives the same video"),
        guide=say(
            "Each number gives another movement. Roll again if you don't like what moves; keep it to see what another "
            "setting changes."
        ),
        default_text="random",
        place=5,
        aside=True,
    )
    model: str = row(
        DEFAULT_MODEL,
        IdOrPath(tuple(MODELS), say("a model"), meant_model),
        MAIN,
        label=say("Model"),
        help=say("Model that makes the video"),
        guide=say(
            "What makes the photo move. The draft glides over it at once; the others move what is in it, and take "
            "their time. Find the framing with the draft, then choose another."
        ),
        aside=True,
    )
    scheduler: str = row(
        "euler-a",
        Choice(
            ("euler-a", "euler", "dpmpp-2m", "lcm"),
            {"euler-a": "Euler A", "euler": "Euler", "dpmpp-2m": "DPM++ 2M", "lcm": "LCM"},
        ),
        MORE,
        label=say("Sampler"),
        help=say("Sampler for the denoising steps"),
        guide=say(
            "How noise becomes a picture. Euler A gives livelier texture, Euler a steadier one, DPM++ 2M is crisp in "
            "few steps. Try another if the picture flickers."
        ),
        place=6,
    )
    sigmas: str = row(
        "karras",
        Choice(("karras", "ays"), {"karras": "Karras", "ays": "Align Your Steps"}),
        MORE,
        label=say("Noise levels"),
        help=say("Noise levels of the steps: Karras or Align Your Steps"),
        guide=say(
            "Where the steps do their work. Align Your Steps keeps more detail in about ten steps; with twenty or "
            "more, stay with Karras."
        ),
        place=7,
    )
    reuse: int = row(
        1,
        Whole(1, 10),
        MORE,
        label=say("Reuse"),
        help=say(
            "Run the whole network in every Nth step only, and just its finest layers in the others: faster, less exact"
        ),
        guide=say(
            "Saves time by computing only the finest detail in some of the steps. Set it back to 1 if texture smears "
            "or flickers."
        ),
        hints=(
            Hint(1, say("every step is whole")),
            Hint(2, say("faster, the video changes a little")),
            Hint(4, say("faster still, the video changes more")),
        ),
        place=8,
    )
    guidance_min: float = row(
        1.0,
        Number(1, 10, 0.1),
        MORE,
        label=say("Guidance, first frame"),
        help=say("Guidance at the first frame: how closely to follow the photo"),
        guide=say(
            "How strictly the clip begins as your photo is. Raise it a little if the first frames lose the likeness; "
            "lower it if they look harsh."
        ),
        place=2,
    )
    guidance_max: float = row(
        3.0,
        Number(1, 10, 0.1),
        MORE,
        label=say("Guidance, last frame"),
        help=say("Guidance at the last frame; set both to 1 to halve the time"),
        guide=say(
            "How strictly the end still follows your photo. Raise it if the last frames drift or melt; lower it if "
            "colours burn. With both at 1 a video takes half the time."
        ),
        place=3,
    )
    guidance_interval: tuple[float, float] | None = row(
        None,
        Span(0, 700),
        MORE,
        label=say("Guidance between"),
        help=say("Use guidance only between the noise levels LOW,HIGH"),
        guide=say(
            "Follows the photo strictly only between these two levels of noise, which saves time. Widen it, or empty "
            "both fields, if the likeness suffers."
        ),
        default_text="off",
        place=4,
    )
    noise_aug: float = row(
        0.02,
        Number(0, 1, 0.01),
        MORE,
        label=say("Freedom from the photo"),
        help=say("Noise added to the photo: more of it lets the video stray further"),
        guide=say(
            "How far the picture may leave the photo. Raise it a little if nothing wants to move; lower it if faces "
            "or lettering change."
        ),
        place=5,
    )
    precision: str = row(
        "auto",
        Choice(
            ("auto", "16", "8", "4"),
            {"auto": say("as memory allows"), **{n: say("{n} bits", n=n) for n in ("16", "8", "4")}},
        ),
        MORE,
        label=say("Precision"),
        help=say("Bits of the model's weights; fewer need less memory"),
        guide=say(
            "How exactly the model is kept in memory. Fewer bits take less of it and cost a little of the finest "
            "detail: choose them when a video does not fit."
        ),
        place=9,
        aside=True,
    )
    compute: str = row(
        "auto",
        Choice(("auto", "fp32", "bf16", "fp16"), {"auto": say("the best")}),
        MORE,
        label=say("Type of number"),
        help=say("Type of number to compute in; unless you choose one, VideoAi measures which is best here"),
        guide=say(
            "How the processor calculates. The picture hardly changes: leave it at the best, and choose fp32 if "
            "frames come out black."
        ),
        place=9,
        aside=True,
    )
    decoder: str = row(
        "exact",
        Choice(("exact", "tiny"), {"exact": say("exact"), "tiny": say("tiny")}),
        MORE,
        label=say("Decoder"),
        help=say(
            "What makes the frames; the tiny one (a small download, once) takes a fraction of the time and loses "
            "fine detail"
        ),
        guide=say(
            "Makes frames of the model's work. The tiny one is many times faster and loses fine detail, such as skin "
            "and leaves: good for trying, not for keeping."
        ),
        place=10,
    )
    depth: str = row(
        "auto",
        Choice(("auto", "guessed"), {"auto": say("the best there is"), "guessed": say("guessed")}),
        MORE,
        label=say("Depth"),
        help=say(
            "How a draft knows what is near: the photo's own depth, else the depth network if you have downloaded it, "
            "else a guess; or always a guess"
        ),
        guide=say(
            "What is near moves further than what is far. The draft takes the depth that your phone saved with the "
            "photo, or lets a network find it. Choose the guess if things bend or tear."
        ),
        place=13,
        aside=True,
    )
    focus: tuple[float, float] = row(
        (0.5, 0.5),
        Point(),
        MORE,
        label=say("Focal point"),
        help=say("Point that a crop keeps in view, as fractions X,Y of the photo"),
        guide=say(
            "The place that stays in view when the photo is cropped. Drag the dot onto a face, or whatever matters."
        ),
        default_text="0.5,0.5",
        place=11,
        aside=True,
    )
    focus_blur: int | None = row(
        None,
        WholeOrOff(1, 100),
        MORE,
        label=say("Focus blur"),
        help=say("Blur what is nearer or further than the focal point, as a large lens does (draft only)"),
        guide=say(
            "Blurs what is nearer or further than the focal point, as a portrait lens does. Choose it to set a face "
            "off from what is behind; drag the dot to what is to be sharp."
        ),
        default_text="off",
        hints=(
            Hint(1, say("a touch")),
            Hint(30, say("as a portrait lens")),
            Hint(70, say("very shallow")),
        ),
        place=13,
        aside=True,
    )
    fit: str = row(
        "crop",
        Choice(("crop", "pad"), {"crop": say("cropped"), "pad": say("whole photo")}),
        MORE,
        label=say("Framing"),
        help=say("Crop the photo to the video's shape, or pad it and keep all of it"),
        guide=say(
            "A crop fills the picture and loses the edges; the whole photo keeps them and fills the rest with a blur "
            "of itself. Choose that when something at the edge matters."
        ),
        place=12,
        aside=True,
    )
    extend: int | None = row(
        None,
        WholeOrOff(1, 8),
        MORE,
        label=say("Extend"),
        help=say("How many times the clip goes on from its last frame, each time with the next seed"),
        guide=say(
            "Lets the clip go on from its last frame, this many times. Each part strays further from the photo: with "
            "faces, stay at one."
        ),
        default_text="off",
        hints=(
            Hint(1, say("twice as long")),
            Hint(2, say("three times as long")),
            Hint(3, say("far longer")),
        ),
        place=1,
        aside=True,
    )

    enlarge: str = row(
        "off",
        Choice(("off", "2", "4"), {"off": say("off"), "2": say("twice the size"), "4": say("four times the size")}),
        FINISHING,
        label=say("Enlarge"),
        help=say("Enlarge the frames 2 or 4 times, by a network made for photos"),
        guide=say(
            "Makes the finished frames larger and crisper. Choose it for a large screen; leave it off while you try "
            "things out."
        ),
        aside=True,
    )
    loop: str = row(
        "off",
        Choice(
            ("off", *LOOPS),
            {"off": say("off"), "boomerang": say("forward and back"), "crossfade": say("with a crossfade")},
        ),
        FINISHING,
        label=say("Loop"),
        help=say(
            "Let the video play on without a jump: boomerang plays it forward and back, crossfade fades its end into "
            "its beginning"
        ),
        guide=say(
            "Joins the end to the beginning. Forward and back suits what sways, such as leaves and hair; the "
            "crossfade suits what flows, such as water and smoke. The draft's camera comes back in a curve."
        ),
        aside=True,
    )
    smooth: int | None = row(
        None,
        WholeOrOff(3, 120),
        FINISHING,
        label=say("Smooth"),
        help=say("Frames per second of the video, more than the model makes: those between are computed"),
        guide=say(
            "Puts frames in between, so that movement flows instead of stepping. Turn it on for the version you keep; "
            "lower it if quick movement leaves ghosts."
        ),
        default_text="off",
        unit="fps",
        hints=(
            Hint(3, say("smoother")),
            Hint(24, say("as in the cinema")),
            Hint(30, say("as phones film")),
            Hint(60, say("as smooth as screens show")),
        ),
        aside=True,
    )
    trim: tuple[float, float] | None = row(
        None,
        Span(0, 600, say("START,END")),
        FINISHING,
        label=say("Trim"),
        help=say("Show only what is between START,END, in seconds; the model makes all frames all the same"),
        guide=say("Shows only a part of the clip. Use it when the beginning stands still or the end falls apart."),
        default_text="off",
        unit="s",
        aside=True,
    )
    hold: float = row(
        0.0,
        Number(0, 10, 0.5),
        FINISHING,
        label=say("Hold"),
        help=say("Seconds that the last frame stays at the end"),
        guide=say(
            "Lets the last frame rest at the end. Half a second gives the eye time before the clip starts again."
        ),
        unit="s",
        aside=True,
    )

    @property
    def all_frames(self) -> int:
        """Those of the whole clip that the model makes: each part goes on from the last frame of the one before."""
        return frames_of(self.frames, self.extend)

    @property
    def loops_whole(self) -> bool:
        """Whether the clip is to loop, and all of it is shown: then an engine may let it come round by itself."""
        return self.loop != "off" and self.trim is None

    def next_seed(self, parts: int = 1) -> int:
        """The seed that comes so many parts after this one; after the last comes the first."""
        following: int = (self.seed + parts) % (SEEDS.maximum + 1)
        return following

    @staticmethod
    def default(name: str) -> Any:
        """What a parameter is unless it is given."""
        return PARAMETERS[name].default()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, the inverse of `resolve(settings.to_dict(), …)`."""
        return {
            f.name: list(value) if isinstance(value := getattr(self, f.name), tuple) else value
            for f in dataclasses.fields(self)
        }


def frames_of(frames: int, extend: int | None) -> int:
    """How many frames a clip has that goes on from its last one so often: that one is not shown twice."""
    return frames + (extend or 0) * (frames - 1)


PARAMETERS: Mapping[str, Parameter] = rows_of(GenerationSettings)
