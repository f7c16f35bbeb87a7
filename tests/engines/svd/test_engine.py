"""The whole recipe on the tiny checkpoint: equal to the reference pipeline, resumable, finite or refused."""

from __future__ import annotations

import contextlib
import gc
import json
import re
import shutil
import weakref
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.conftest import EXAMPLES
from tests.support import peer
from videoai.engines.checkpoints import load_checkpoint, save_checkpoint
from videoai.engines.devices import CPU, Device
from videoai.engines.svd import generation, unet
from videoai.engines.svd.generation import Generation
from videoai.engines.svd.plan import SVDPlan
from videoai.errors import CheckpointUnusable, ModelDamaged, NotFinite
from videoai.events import Checkpoint, Frame, Notice, Preview, Stage, Step
from videoai.media.photo import read_photo
from videoai.settings import GenerationSettings
from videoai.weights.model_files import ModelFiles

WIDTH, HEIGHT, FRAMES, STEPS = 128, 64, 4, 3
HALF = Device("cpu", torch.float16)


def engine_of(folder: Path, **options) -> Generation:
    return Generation(ModelFiles.in_folder(folder), **{"device": CPU} | options)


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return read_photo(EXAMPLES / "coffee.png").fitted(WIDTH, HEIGHT)


def settings(**given: object) -> GenerationSettings:
    """Without guidance, which doubles the time, unless a test asks for it."""
    small = {"width": WIDTH, "height": HEIGHT, "frames": FRAMES, "steps": STEPS, "guidance_max": 1.0, "seed": 7}
    return GenerationSettings(**small | given)


def clip(folder: Path, photo: np.ndarray, asked: GenerationSettings, **engine: object) -> list[np.ndarray]:
    events = engine_of(folder, **engine).run(photo, asked)
    return [event.pixels for event in events if isinstance(event, Frame)]


def decibels(ours: list[np.ndarray], theirs: list[np.ndarray]) -> float:
    error = np.mean((np.stack(ours).astype(float) - np.stack(theirs)) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-12)))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of numpy, by the reference
@pytest.mark.parametrize("guidance", [(1.0, 3.0), pytest.param((2.5, 2.5), marks=pytest.mark.slow)])
def test_the_frames_are_those_of_the_reference_pipeline(tiny, photo, guidance):
    unusual = {"motion": 43, "fps": 11, "noise_aug": 0.3}
    asked = settings(scheduler="euler", guidance_min=guidance[0], guidance_max=guidance[1], **unusual)
    assert decibels(clip(tiny, photo, asked), peer.frames(tiny, photo, asked)) >= 60


def test_its_events_are_those_that_were_announced(tiny, photo):
    stages: dict[str, list[int]] = {}
    previews, checkpoints, frames = [], [], []
    for event in engine_of(tiny).run(photo, settings()):
        match event:
            case Stage(name, steps):
                stages[name] = [steps, 0]
            case Step(index):
                stages[list(stages)[-1]][1] = index
            case Preview(pixels):
                previews.append(pixels)
            case Checkpoint():
                checkpoints.append(event)
            case Frame(index, pixels):
                frames.append(index)
                assert pixels.shape == (HEIGHT, WIDTH, 3)
    assert list(stages) == ["condition", "load", "denoise", "decode"]
    assert all(done == announced for announced, done in stages.values())
    assert [preview.shape for preview in previews] == [(FRAMES, HEIGHT // 8, WIDTH // 8, 3)] * STEPS
    assert [checkpoint.values["step"] for checkpoint in checkpoints] == list(range(1, STEPS + 1))
    assert frames == list(range(FRAMES))


@pytest.mark.parametrize(
    "scheduler", ["dpmpp-2m", *(pytest.param(name, marks=pytest.mark.slow) for name in ("euler-a", "euler", "lcm"))]
)
def test_a_run_resumed_after_any_step_gives_the_same_bytes_and_computes_no_step_twice(tiny, photo, tmp_path, scheduler):
    asked = settings(scheduler=scheduler)
    events = list(engine_of(tiny).run(photo, asked))
    whole = [event.pixels for event in events if isinstance(event, Frame)]
    checkpoints = [event for event in events if isinstance(event, Checkpoint)]
    assert len(checkpoints) == STEPS
    for done, checkpoint in enumerate(checkpoints, start=1):
        save_checkpoint(checkpoint, tmp_path / "state.safetensors")
        again = list(engine_of(tiny).run(photo, asked, load_checkpoint(tmp_path / "state.safetensors")))
        assert sum(isinstance(event, Checkpoint) for event in again) == STEPS - done
        resumed = [event.pixels for event in again if isinstance(event, Frame)]
        assert all(np.array_equal(a, b) for a, b in zip(whole, resumed, strict=True))


def test_the_callers_code_never_runs_in_inference_mode(tiny, photo):
    events = engine_of(tiny).run(photo, settings())
    assert not any(torch.is_inference_mode_enabled() for _ in events)


def test_another_videos_checkpoint_is_refused(tiny, photo):
    checkpoint = next(e for e in engine_of(tiny).run(photo, settings()) if isinstance(e, Checkpoint))
    with pytest.raises(CheckpointUnusable):
        list(engine_of(tiny).run(photo, settings(motion=8), checkpoint))


@pytest.mark.slow
def test_streamed_weights_and_spilled_frames_give_the_same_frames(tiny, photo, tmp_path):
    asked = settings(guidance_max=3.0)
    resident = clip(tiny, photo, asked)
    lean = clip(tiny, photo, asked, plan=SVDPlan(streamed=True, offload=True), scratch=tmp_path)
    assert all(np.array_equal(a, b) for a, b in zip(resident, lean, strict=True))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_fewer_bits_give_a_similar_video(tiny, photo):
    exact = clip(tiny, photo, settings(), plan=SVDPlan(16))
    eight = decibels(clip(tiny, photo, settings(), plan=SVDPlan(8)), exact)
    four = decibels(clip(tiny, photo, settings(), plan=SVDPlan(4)), exact)
    assert eight > four > 15
    assert eight > 35


def changed(tiny: Path, tmp_path: Path, part: str, change: object) -> Path:
    """A copy of the checkpoint with `change` applied to one part's tensors."""
    folder = tmp_path / "changed"
    shutil.copytree(tiny, folder)
    path = next((folder / part).glob("*.safetensors"))
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)
    return folder


def enlarge(names: str, by: float = 3e4) -> object:
    def change(tensors: dict[str, torch.Tensor]) -> None:
        for name in tensors:
            if names in name:
                tensors[name] *= by

    return change


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("unet", "conv_in.weight"),
        ("vae", "decoder.conv_in.weight"),
        pytest.param("image_encoder", "mlp.fc1.weight", marks=pytest.mark.slow),
    ],
)
def test_what_overflows_in_half_precision_is_done_again_in_full(tiny, photo, tmp_path, part, names):
    folder = changed(tiny, tmp_path, part, enlarge(names))
    events = list(engine_of(folder, device=HALF).run(photo, settings()))
    assert [e.message for e in events if isinstance(e, Notice)] == [
        "The numbers overflowed in half precision; this stage continues in full precision."
    ]
    assert [e.index for e in events if isinstance(e, Frame)] == list(range(FRAMES))


@pytest.mark.parametrize(("numbers", "bound"), [("bf16", 38), pytest.param("fp16", 50, marks=pytest.mark.slow)])
def test_half_precision_gives_nearly_the_same_video(tiny, photo, numbers, bound):
    ours = clip(tiny, photo, settings(), plan=SVDPlan(16, compute=numbers))
    assert decibels(ours, clip(tiny, photo, settings(), plan=SVDPlan(16, compute="fp32"))) > bound


def test_a_plan_s_numbers_are_what_the_networks_compute_and_keep_their_weights_in(tiny, photo):
    """All but the encoder of the photo, which overflows in halves."""
    parts = {"clip": "load", "unet": "load", "decoder": "load_decoder", "encoder": "load_encoder"}
    with contextlib.ExitStack() as patches:
        seen = {
            part: patches.enter_context(mock.patch.object(module, name, wraps=getattr(module, name)))
            for (part, name), module in zip(
                parts.items(), (generation.clip, generation.unet, generation.vae, generation.vae), strict=True
            )
        }
        clip(tiny, photo, settings(), plan=SVDPlan(16, compute="bf16"))
    used = {name: one.call_args.kwargs for name, one in seen.items()}
    halves = ("clip", "unet", "decoder")
    assert {used[name]["dtype"] for name in halves} == {torch.bfloat16}
    assert {used[name]["storage_dtype"] for name in halves} == {torch.bfloat16}, "no second copy"
    assert "dtype" not in used["encoder"]


BEFORE = ["condition", "load", "denoise"]


@pytest.mark.parametrize(
    ("part", "names", "words", "stages"),
    [
        ("image_encoder", "bias", "the photo's description", ["condition"]),
        ("vae", ("encoder.conv_out.bias", "quant_conv.weight"), "the photo's latents", ["condition"]),
        ("unet", "bias", "at noise level 700", BEFORE),
        (
            "vae",
            ("decoder.conv_out.bias", "time_conv_out.weight"),
            "frame 1",
            ["condition", "load", "denoise", "decode"],
        ),
    ],
)
def test_what_is_never_finite_is_an_error_where_it_first_is_so(tiny, photo, tmp_path, part, names, words, stages):
    """Nothing is computed of it."""

    def poison(tensors: dict[str, torch.Tensor]) -> None:
        for name in tensors:
            if name.endswith(names):
                tensors[name][:] = 3e38

    seen = []
    with pytest.raises(NotFinite, match=words) as caught:
        seen.extend(engine_of(changed(tiny, tmp_path, part, poison)).run(photo, settings()))
    assert caught.value.hint
    assert [event.name for event in seen if isinstance(event, Stage)] == stages


def test_the_first_network_is_gone_before_it_is_loaded_again_in_full(quick, photo, tmp_path, monkeypatch):
    """Two at once would be more memory than any plan has."""
    load, alive = unet.load, []

    def loaded(*files: object, **how: object) -> unet.UNet:
        gc.collect()
        assert [each() for each in alive] == [None] * len(alive)
        network = load(*files, **how)
        alive.append(weakref.ref(network))
        return network

    monkeypatch.setattr(unet, "load", loaded)
    clip(changed(quick, tmp_path, "unet", enlarge("conv_in.weight")), photo, settings(), device=HALF)
    assert len(alive) == 2


def put(name: str, number: float) -> object:
    def change(tensors: dict[str, torch.Tensor]) -> None:
        tensors[name].view(-1)[-1] = number

    return change


NAN, INF = float("nan"), float("inf")
DAMAGED = [
    ("unet", "conv_norm_out.bias", NAN),
    ("unet", "mid_block.attentions.0.transformer_blocks.0.attn2.to_v.weight", INF),
    ("vae", "decoder.conv_in.weight", -INF),
    ("vae", "encoder.mid_block.resnets.0.norm1.weight", NAN),
    ("image_encoder", "vision_model.post_layernorm.weight", NAN),
]


@pytest.mark.parametrize("device", [CPU, HALF], ids=["full", "half"])
@pytest.mark.parametrize(("part", "name", "number"), DAMAGED)
def test_a_weight_that_is_no_number_is_named_and_no_precision_is_tried(
    quick, photo, tmp_path, part, name, number, device
):
    folder = changed(quick, tmp_path, part, put(name, number))
    heard: list[object] = []
    with pytest.raises(ModelDamaged, match=rf"{part}/.*\.safetensors: damaged: {re.escape(name)} contains") as caught:
        heard.extend(engine_of(folder, device=device).run(photo, settings(steps=2)))
    assert "Download it again" in caught.value.hint
    assert [event for event in heard if isinstance(event, Notice)] == []


@pytest.mark.parametrize(
    "plan", [SVDPlan(16), SVDPlan(16, streamed=True), SVDPlan(8)], ids=["resident", "streamed", "packed"]
)
@pytest.mark.parametrize("number", [NAN, 1e6])
def test_however_the_weights_are_kept(quick, photo, tmp_path, plan, number):
    """Halves cannot hold a million either, which full precision would."""
    name = "mid_block.resnets.0.spatial_res_block.conv1.weight"
    folder = changed(quick, tmp_path, "unet", put(name, number))
    with pytest.raises(ModelDamaged, match=rf"safetensors: damaged: {name} contains"):
        clip(folder, photo, settings(steps=2), plan=plan)


@pytest.mark.parametrize(
    ("part", "name"), [("unet", "conv_in.weight"), ("vae", "decoder.conv_in.weight"), ("image_encoder", "fc1.weight")]
)
def test_what_is_never_finite_is_an_error_and_no_black_video(quick, photo, tmp_path, part, name):
    """And nobody is told to compute in 32 bits, which is what was done."""
    folder = changed(quick, tmp_path, part, enlarge(name, 1e33))
    with pytest.raises(NotFinite) as caught:
        clip(folder, photo, settings(steps=2))
    assert "try another seed" in caught.value.hint


def test_the_command_line_runs_a_local_checkpoint(quick, cli, videoai, tmp_path):
    small = ["--width", 256, "--height", 256, "--frames", 4, "--steps", 5, "--guidance-max", 1, "--seed", 3]
    result = cli(EXAMPLES / "coffee.png", "--model", quick, *small, "--compute", "bf16", "--output", "out.mp4")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out.mp4").is_file()
    data = (tmp_path / "out.mp4").read_bytes()
    assert str(quick.parent).encode() not in data, "the model's name, not its path"
    told = json.loads(videoai("info", "out.mp4", "--json").stdout)["settings"]
    assert (told["model"], told["compute"]) == (quick.name, "bf16")


@pytest.mark.slow
def test_the_command_line_names_a_weight_that_is_no_number(quick, cli, tmp_path):
    folder = changed(quick, tmp_path, "vae", put("decoder.conv_out.bias", NAN))
    small = ["--width", 256, "--height", 256, "--frames", 4, "--steps", 5, "--guidance-max", 1]
    result = cli(EXAMPLES / "coffee.png", "--model", folder, *small, "--output", "out.mp4")
    assert result.returncode == 1
    assert "diffusion_pytorch_model.safetensors: damaged: decoder.conv_out.bias contains" in result.stderr
    assert "32 bits" not in result.stderr
    assert not (tmp_path / "out.mp4").exists()


def test_the_command_line_says_what_is_missing_in_a_checkpoint(tiny, cli, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(tiny, folder)
    shutil.rmtree(folder / "unet")
    result = cli(EXAMPLES / "coffee.png", "--model", folder)
    assert result.returncode == 3
    assert "unet" in result.stderr
    assert "Traceback" not in result.stderr
