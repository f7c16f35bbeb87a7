"""What is said of models that are missing, damaged, or here in another precision."""

from __future__ import annotations

import shutil

from tests.hints.world import SMALL, Case, World
from videoai.catalogue import MODELS
from videoai.models import store
from videoai.system import paths

UNET = "unet/diffusion_pytorch_model.fp16.safetensors"
PULL = "Download it: videoai models pull {model}"
ONLINE = (
    "Download it when you are online: videoai models pull {model}. Or import a file you have: videoai models import "
    "FILE. Or try --model draft, which needs no weights."
)
OFFLINE = (
    "Connect to the internet and run the same command again: VideoAi keeps what it has downloaded. Or use weights you "
    "already have: “videoai models import PATH”. Or choose a model that needs none: “--model draft”."
)


def with_hub(*lines: str):
    """A hub is there, and all lines are typed; what the last one says."""

    def given(world: World) -> str:
        world.hub()
        return [world.says(line) for line in lines][-1]

    return given


def forbidden(line: str):
    """The environment forbids downloads; but once it has been said, it does no more."""

    def given(world: World) -> str:
        world.hub()
        world.words["FILE"] = world.file("svd-xt-weights")
        with world.patch.context() as patch:
            patch.setenv("HF_HUB_OFFLINE", "1")
            return world.says(line)

    return given


def forbidden_for_good(world: World) -> str:
    world.hub()
    world.patch.setenv("HF_HUB_OFFLINE", "1")
    return world.says("models pull svd-xt")


def unreachable(world: World) -> str:
    world.no_hub()
    world.words["PATH"] = world.file("svd-xt-weights")
    return world.says("models pull svd-xt")


def altered(world: World) -> str:
    world.hub()
    world.says("models pull svd-xt --precision 8")
    next((paths.models() / "svd-xt" / "8bit").rglob("*.safetensors")).write_bytes(b"")
    return world.says("models path svd-xt")


def imported_twice(world: World) -> str:
    name = world.file("svd-xt-weights")
    world.says(f"models import {name} --precision 8")
    return world.says(f"models import {name} --precision 8")


def a_unet_alone(world: World) -> str:
    world.hub()
    unet = world.weights() / UNET
    shutil.copy(unet, world.folder / "AnimateLCM-SVD-xt.safetensors")
    return world.says("models import AnimateLCM-SVD-xt.safetensors")


def a_bad_decoder(world: World) -> str:
    world.hub()
    shutil.copy(world.weights() / UNET, world.folder / "taesdv.safetensors")
    return world.says("models import taesdv.safetensors")


def untellable(world: World) -> str:
    world.file("some-weights")
    return world.says("models import some-weights")


def spoilt(*lines: str, fetched: bool):
    """A byte of the model's largest file is another one."""

    def given(world: World) -> str:
        world.hub()
        for line in lines:
            world.says(line)
        here = store.installed(MODELS["svd-xt"])
        file = next(one for one in here if (one.folder is None) == fetched).files.unet.weights.resolve()
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
        return world.says("models verify svd-xt")

    return given


CASES = [
    Case("Use its name: --model {model}", "models path draft", ("videoai photo.jpg --model {model} --dry-run",)),
    Case(
        "videoai models pull {model} --precision {bits}",
        spoilt("models pull svd-xt --precision 16", fetched=True),
        ("videoai models pull {model} --precision {bits}", "videoai models verify {model}"),
    ),
    Case(
        "videoai models remove {model} --precision {bits}",
        spoilt("models pull svd-xt --precision 8", fetched=False),
        ("videoai models remove {model} --precision {bits}", "videoai models verify {model}"),
        slow=True,
    ),
    Case(PULL, with_hub("models verify svd-xt"), more="--precision 8"),
    Case(PULL, with_hub("models path tiny-decoder")),
    Case(
        "Download it (videoai models pull {model}), or import a file.",
        with_hub("models convert svd-xt"),
        more="--precision 8",
        slow=True,
    ),
    Case(
        "Download it: videoai models pull {model} --precision {bits}",
        with_hub(
            "models pull svd-xt --precision 8",
            "models remove svd-xt --precision 16",
            "models path svd-xt --precision 16",
        ),
    ),
    Case(
        "Make it: videoai models convert {model} --precision {bits}",
        with_hub("models pull svd-xt --precision 8", "models path svd-xt --precision 4"),
    ),
    Case("Remove it first: videoai models remove {name} --precision {bits}.", imported_twice),
    Case("Remove it (videoai models remove {model}), then convert or import it again.", altered),
    Case(
        ONLINE,
        forbidden(f"photo.jpg {SMALL} --model svd-xt"),
        (
            "videoai models pull {model}",
            "videoai models remove {model}",
            "videoai models import FILE",
            f"videoai photo.jpg {SMALL} --model draft",
        ),
        slow=True,
    ),
    Case(
        "To download it all the same: VIDEOAI_OFFLINE=0 videoai models pull {id}",
        forbidden_for_good,
        ("VIDEOAI_OFFLINE=0 videoai models pull {id}",),
    ),
    Case(OFFLINE, unreachable, ("videoai models import PATH", f"videoai photo.jpg {SMALL} --model draft")),
    Case("Download it first: videoai models pull {base}.", a_unet_alone),
    Case("It has to be TAESDV's weights, as .safetensors: videoai models pull tiny-decoder.", a_bad_decoder),
    Case("Choose it with --as: {models}.", untellable, ("videoai models import some-weights --as svd --precision 8",)),
    Case("Without one you can only make drafts: videoai models pull {model}", with_hub("doctor"), more="--precision 8"),
]
