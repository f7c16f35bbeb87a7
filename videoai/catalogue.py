"""The models there are: what each is made of and where that is, under which licence, what it asks of the settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from videoai.language import say
from videoai.parameters import Hint

PARTS = ("image_encoder", "vae", "unet")
"""The networks, in the order of their use; each is a folder of the diffusers layout."""


LOCAL_ENGINE = "videoai.engines.svd.engine"
"""What runs a checkpoint of the user's own."""


class Remote(NamedTuple):
    """A file on the hub."""

    repo: str
    path: str


@dataclass(frozen=True, slots=True)
class Part:
    """One network: its weights and its configuration on the hub. `size` is about what the weights take, in bytes."""

    weights: Remote
    config: Remote
    size: int


@dataclass(frozen=True, slots=True)
class Licence:
    """What the weights may be used for; `url` is where it can be read, and accepted if need be."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Model:
    """One entry.

    `recommended` are settings that apply when the model is chosen and they are not given. A `gated` model is
    fetched with the user's own token, after its terms were accepted at the licence's address.
    """

    id: str
    title: str
    frames: int
    min_steps: int = 5
    recommended: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    parts: Mapping[str, Part] = field(default_factory=lambda: MappingProxyType({}))
    others: tuple[Remote, ...] = ()
    """Small files that this program can do without, fetched so that other programs can load the model too."""
    whole: Remote | None = None
    """All networks in one file, which is not fetched, but used where another program has."""
    licence: Licence | None = None
    gated: bool = False
    engine: str = LOCAL_ENGINE
    """The module whose ENGINE runs it: see engines/base.py."""
    hints: Mapping[str, tuple[Hint, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """What values of a parameter mean with this model, where that is not what the table says."""

    @property
    def builtin(self) -> bool:
        """Whether it needs no weights."""
        return not self.parts

    @property
    def takes_lcm(self) -> bool:
        """Whether it was distilled for the LCM sampler, with which others only blur."""
        return self.recommended.get("scheduler") == "lcm"

    @property
    def size(self) -> int:
        """About what has to be fetched for all of it, in bytes."""
        return sum(part.size for part in self.parts.values())

    def files(self) -> Iterator[Remote]:
        """Everything to fetch, small files first: a refusal comes before gigabytes do."""
        yield from self.others
        for part in self.parts.values():
            yield part.config
        for part in self.parts.values():
            yield part.weights


STEMS = {"image_encoder": "model", "vae": "diffusion_pytorch_model", "unet": "diffusion_pytorch_model"}
"""What diffusers calls each network's file of weights."""

CONVERTED_BYTES = {8: 2_384_000_000, 4: 1_471_000_000}
"""About what all networks of a model take on the disk with weights of 8 and of 4 bits."""

HUB_PAGE = "https://huggingface.co"
"""Where people read about a model; programs use HF_ENDPOINT."""

UNET_NUMBERS = 1_524_623_082
"""All of a UNet's."""

_NUMBERS = {"image_encoder": 632_076_800, "vae": 97_742_847, "unet": UNET_NUMBERS}
_OTHERS = ("model_index.json", "feature_extractor/preprocessor_config.json", "scheduler/scheduler_config.json")


def _diffusers(repo: str) -> tuple[Mapping[str, Part], tuple[Remote, ...]]:
    """The parts and the other files of a repository in the diffusers layout, in half precision."""
    parts = {
        name: Part(
            Remote(repo, f"{name}/{STEMS[name]}.fp16.safetensors"),
            Remote(repo, f"{name}/config.json"),
            2 * _NUMBERS[name],
        )
        for name in PARTS
    }
    return MappingProxyType(parts), tuple(Remote(repo, path) for path in _OTHERS)


def _stability(id: str, title: str, frames: int, repo: str, *, gated: bool = False, **more: Any) -> Model:
    parts, others = _diffusers(repo)
    whole = Remote(repo, re.sub(r"[-.]", "_", id) + ".safetensors")
    licence = Licence(say("Stability AI's licence for Stable Video Diffusion"), f"{HUB_PAGE}/{repo}")
    return Model(id, title, frames, parts=parts, others=others, whole=whole, licence=licence, gated=gated, **more)


def _unet_over(base: Model, id: str, title: str, unet: Remote, size: int, licence: Licence, **more: Any) -> Model:
    """A UNet of its own and all the rest from `base`."""
    parts = MappingProxyType({**base.parts, "unet": Part(unet, base.parts["unet"].config, size)})
    return Model(id, title, base.frames, parts=parts, others=base.others, licence=licence, **more)


_SVD_XT = _stability("svd-xt", "Stable Video Diffusion XT", 25, "stabilityai/stable-video-diffusion-img2vid-xt")
_ANIMATE_LCM = "wangfuyun/AnimateLCM-SVD-xt"

MODELS: dict[str, Model] = {
    model.id: model
    for model in (
        _stability("svd", "Stable Video Diffusion", 14, "stabilityai/stable-video-diffusion-img2vid"),
        _SVD_XT,
        _stability(
            "svd-xt-1.1",
            "Stable Video Diffusion XT 1.1",
            25,
            "stabilityai/stable-video-diffusion-img2vid-xt-1-1",
            gated=True,
            recommended=MappingProxyType({"fps": 6, "motion": 127}),
        ),
        _unet_over(
            _SVD_XT,
            "animatelcm-svd-xt",
            say("AnimateLCM, SVD-XT in 4 steps"),
            Remote(_ANIMATE_LCM, "AnimateLCM-SVD-xt.safetensors"),
            4 * _NUMBERS["unet"],
            Licence(say("not stated; assumed to be SVD-XT's"), f"{HUB_PAGE}/{_ANIMATE_LCM}"),
            min_steps=1,
            recommended=MappingProxyType({"steps": 4, "scheduler": "lcm", "guidance_min": 1.0, "guidance_max": 1.0}),
            hints=MappingProxyType(
                {"steps": (Hint(1, say("all it needs")), Hint(9, say("more than it needs")))},
            ),
        ),
        Model("draft", say("Draft: an instant camera move"), 25, engine="videoai.engines.draft.engine"),
    )
}

DEFAULT_MODEL = "svd-xt"


@dataclass(frozen=True, slots=True)
class Extra:
    """A file beside the models, which all of an engine's share. `size` is about what it takes, in bytes.

    `name` is what a sentence calls it, `offer` what the button that fetches it says, `use` what it is for, and
    `without` how to do without it. `network` is the module whose `load` opens its file, and refuses any other;
    `called` are the letters and digits of names by which such a file is known.
    """

    id: str
    title: str
    name: str
    offer: str
    use: str
    without: str
    weights: Remote
    size: int
    licence: Licence
    network: str
    called: str


TINY_DECODER = Extra(
    "tiny-decoder",
    say("TAESDV, a tiny decoder for previews and quick videos"),
    say("The tiny decoder"),
    say("Get the tiny decoder"),
    say("for all models"),
    say("Or leave out --decoder tiny."),
    Remote("madebyollin/taesdv", "taesdv.safetensors"),
    4 * 2_813_703,
    Licence("MIT", "https://github.com/madebyollin/taesdv"),
    network="videoai.engines.svd.tiny_decoder",
    called="taesdv",
)
"""It is no part of any model: the autoencoder that it stands for is the same in all of them."""

_DEPTH_ANYTHING = "depth-anything/Depth-Anything-V2-Small-hf"

DEPTH = Extra(
    "depth",
    say("Depth Anything V2 Small, which finds the depth of a photo for drafts"),
    say("The depth network"),
    say("Get the depth network"),
    say("for drafts"),
    say("Without it the draft guesses the depth."),
    Remote(_DEPTH_ANYTHING, "model.safetensors"),
    99_173_660,
    Licence("Apache-2.0", f"{HUB_PAGE}/{_DEPTH_ANYTHING}"),
    network="videoai.engines.depth.network",
    called="depthanything",
)
"""The small one of three; the larger ones may not be used commercially."""

EXTRAS: dict[str, Extra] = {extra.id: extra for extra in (TINY_DECODER, DEPTH)}


_REPO = re.compile(r"(?:https?://)?(?:(?:www\.)?huggingface\.co/|hf\.co/)?(?:\w[\w.-]*/)?(?P<name>[\w.-]+)(?:/.*)?")


def meant_model(name: str) -> str | None:
    """The id of the model that others call `name`: its repository on the hub, with or without an owner or as an
    address, or the id in another spelling (SVD_XT, svdxt11). None if it is none of those, or begins as a path does."""
    found = _REPO.fullmatch(name.strip())
    if found is None or found["name"].startswith("."):
        return None
    spelling = _spelling(found["name"].removesuffix(".safetensors"))
    return next((id for id, others in _SPELLINGS.items() if spelling in others), None)


def _spelling(name: str) -> str:
    """The letters and digits of a name."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


_SPELLINGS = {
    id: {_spelling(id), *(_spelling(part.weights.repo.split("/")[1]) for part in [*model.parts.values()][-1:])}
    for id, model in MODELS.items()
}
"""Of each model: its id, and the repository of its UNet, which is the last of its parts."""
