"""Deep features used again: the authors' own numbers, whatever else is set, and the same bytes after a break."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from diffusers import UNetSpatioTemporalConditionModel
from torch.utils.flop_counter import FlopCounterMode

from tests.conftest import EXAMPLES
from tests.engines.svd import checkpoint
from tests.engines.svd.conftest import error
from tests.support import deep_cache, full_size, peer
from videoai.engines.checkpoints import load_checkpoint, save_checkpoint
from videoai.engines.devices import CPU, Device
from videoai.engines.svd import unet
from videoai.engines.svd.cost import flop
from videoai.engines.svd.cost.weight_sizes import streamed_bytes
from videoai.engines.svd.deep_features import ReusingUNet
from videoai.engines.svd.generation import Generation, _Run
from videoai.engines.svd.guidance import GuidedDenoiser, Interval, linear_guidance, time_of
from videoai.engines.svd.plan import SVDPlan
from videoai.engines.svd.weights import Weights
from videoai.errors import CheckpointUnusable
from videoai.events import Checkpoint, Frame, Notice
from videoai.media.photo import read_photo
from videoai.settings import GenerationSettings
from videoai.weights.config import UNetConfig
from videoai.weights.model_files import ModelFiles
from videoai.weights.safetensors_file import SafetensorsFile
from videoai.weights.tensor_source import MemorySource

BOUND = 1e-5
SIGMAS = torch.tensor([380.0, 91.0, 40.0, 7.3, 1.1, 0.3, 0.05, 0.0])
TIMES = [time_of(sigma) for sigma in SIGMAS[:-1].tolist()]
IDS = torch.tensor([[22.0, 201.0, 0.31]])
FRAMES, SIZE, ODD = 5, (8, 12), (9, 13)
"""The authors' own network takes no sides that cannot be halved twice."""
BRANCHES = ("conditional", "unconditional")


def latents_of(step: int, size: tuple[int, int] = SIZE) -> torch.Tensor:
    """Of both branches, (2, frames, 8, height, width): those without the photo are the second."""
    both = torch.randn(2, FRAMES, 8, *size, generator=torch.Generator().manual_seed(step))
    both[1, :, 4:] = 0
    return both


def tokens(width: int = 32) -> torch.Tensor:
    token = torch.randn(1, 1, width, generator=torch.Generator().manual_seed(99))
    return torch.cat([token, torch.zeros_like(token)])


def ours(network: unet.UNet, reuse: int, branches: int, size: tuple[int, int] = SIZE) -> list[torch.Tensor]:
    """What each step predicts, of each branch: one after the other."""
    reusing = ReusingUNet(network, SIGMAS, reuse)
    given = [reusing.conditioning(token) for token in tokens(network.config.cross_attention_dim[0])[:branches]]
    return [
        torch.stack([reusing(x, time, IDS, branch) for x, branch in zip(latents_of(step, size), given, strict=False)])
        for step, time in enumerate(TIMES)
    ]


def theirs(network: torch.nn.Module, reuse: int, branches: int) -> list[torch.Tensor]:
    """The same by the UNet of DeepCache's authors, in the loop of their pipeline: both branches in one batch."""
    found, cached = [], None
    cached_unet = deep_cache.network(network)
    for step, time in enumerate(TIMES):
        if step % reuse == 0:
            cached = None
        prediction, cached = cached_unet(
            latents_of(step)[:branches],
            torch.tensor(time),
            encoder_hidden_states=tokens()[:branches],
            added_time_ids=IDS.expand(branches, -1),
            cache_features=cached,
            cache_branch=0,
            return_dict=False,
        )
        found.append(prediction)
    return found


@pytest.mark.parametrize(
    ("reuse", "branches"), [(3, 2), (7, 2), *(pytest.param(each, 1, marks=pytest.mark.slow) for each in (2, 5))]
)
def test_every_step_is_that_of_the_authors_network(tiny, reuse, branches):
    found = ours(unet.load(tiny / "unet"), reuse, branches)
    reference = UNetSpatioTemporalConditionModel.from_pretrained(tiny / "unet")
    for mine, expected in zip(found, theirs(reference, reuse, branches), strict=True):
        assert error(mine, expected) <= BOUND


def test_without_reuse_every_step_is_whole(tiny):
    network = unet.load(tiny / "unet")
    alone = network.conditioning(tokens()[0])
    plain = [network(latents_of(step)[0], time, IDS, alone) for step, time in enumerate(TIMES)]
    assert all(torch.equal(a[0], b) for a, b in zip(ours(network, 1, 1), plain, strict=True))
    again = [error(a[0], b) for a, b in zip(ours(network, 3, 1), plain, strict=True)]
    assert [step for step, off in enumerate(again) if off == 0] == [0, 3, 6]
    assert all(off > 1e-3 for off in again if off)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"layers_per_block": 1}, marks=pytest.mark.slow),
        {"layers_per_block": (3, 1, 2), "transformer_layers_per_block": (2, 1, 2)},
        {
            "down_block_types": ("DownBlockSpatioTemporal",) * 3,
            "up_block_types": ("UpBlockSpatioTemporal",) * 3,
        },
    ],
    ids=["one layer", "layers that differ by level", "attention nowhere but in the middle"],
)
def test_any_valid_shape_of_denoiser(tmp_path, changes):
    reference = checkpoint.unet(**changes)
    reference.save_config(tmp_path)
    network = unet.UNet(UNetConfig.read(tmp_path / "config.json"), Weights(MemorySource(dict(reference.state_dict()))))
    pipeline = SimpleNamespace(unet=reference, scheduler=SimpleNamespace(timesteps=torch.tensor(TIMES)))
    deep_cache.enable(pipeline, 3)
    for step, mine in enumerate(ours(network, 3, 1, ODD)):
        given = {"encoder_hidden_states": tokens()[:1], "added_time_ids": IDS, "return_dict": False}
        (expected,) = reference(latents_of(step, ODD)[:1], pipeline.scheduler.timesteps[step], **given)
        assert error(mine, expected) <= BOUND


def settings(**given: object) -> GenerationSettings:
    small = {"width": 128, "height": 64, "frames": 4, "steps": 7, "guidance_max": 1.0, "seed": 31, "reuse": 3}
    return GenerationSettings(**small | given)


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return read_photo(EXAMPLES / "coffee.png").fitted(128, 64)


def clip(folder, photo, asked, resume=None, **engine) -> list[np.ndarray]:
    run = Generation(ModelFiles.in_folder(folder), **{"device": CPU} | engine).run(photo, asked, resume)
    return [event.pixels for event in run if isinstance(event, Frame)]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of numpy, by the reference
@pytest.mark.parametrize(
    "given",
    [
        {"guidance_min": 1.4, "guidance_max": 3.7, "motion": 33, "fps": 19, "noise_aug": 0.2},
        {"reuse": 2, "motion": 222},
    ],
    ids=["guided", "unguided"],
)
def test_the_frames_are_those_of_the_reference_pipeline_with_the_authors_helper(tiny, photo, given):
    asked = settings(scheduler="euler", **given)
    mine, whole = (np.stack(clip(tiny, photo, each)).astype(float) for each in (asked, replace(asked, reuse=1)))
    expected = np.stack(peer.frames(tiny, photo, asked))
    assert decibels(mine, expected) >= 60
    assert decibels(whole, expected) < 45


def decibels(ours: np.ndarray, theirs: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(np.mean((ours - theirs) ** 2), 1e-12)))


class Counted:
    """A network that is asked as UNet is, and remembers of each pass its branch and whether it was a whole one."""

    def __init__(self):
        self.passes = []

    def conditioning(self, embedding):
        return BRANCHES[0] if embedding.any() else BRANCHES[1]

    def __call__(self, latents, time, added_time_ids, conditioning, deep=None):
        whole = deep is None or deep.kept is None
        if deep is not None and whole:
            deep.kept = torch.ones(1)
        self.passes.append((TIMES.index(time), conditioning, whole))
        return latents[:, :4]


@pytest.mark.parametrize("reuse", [1, 2, 3, 7])
@pytest.mark.parametrize("interval", [None, (0.2, 50.0), (6.0, 50.0)])
def test_a_branch_that_begins_later_begins_with_a_whole_pass(reuse, interval, monkeypatch):
    """Else it would have features of many steps before, or none; and the plan counts the passes that there are."""
    network = Counted()
    reusing = ReusingUNet(network, SIGMAS, reuse)
    branches = [reusing.conditioning(token) for token in tokens()]
    guidance = linear_guidance(1.0, 3.0, FRAMES)
    within = None if interval is None else Interval(*interval)
    denoise = GuidedDenoiser(reusing, torch.zeros(4, 2, 2), IDS, *branches, guidance, within)
    for sigma in SIGMAS[:-1].tolist():
        denoise(torch.zeros(FRAMES, 4, 2, 2), sigma)
    for name in BRANCHES:
        since: int | None = None
        for step, _, whole in (each for each in network.passes if each[1] == name):
            expected = since is None or step // reuse != since // reuse
            assert whole is expected, (name, step)
            since = step
    monkeypatch.setattr("videoai.engines.svd.schedule.sigmas_for", lambda *asked: SIGMAS)
    counted = [whole for _, _, whole in network.passes]
    asked = GenerationSettings(seed=1, steps=len(TIMES), reuse=reuse, guidance_interval=interval)
    assert flop.unet_passes(asked) == (counted.count(True), counted.count(False))


def test_each_branch_keeps_its_own_in_the_type_that_is_computed_in(tiny):
    for dtype in (torch.float32, torch.float16):
        reusing = ReusingUNet(unet.load(tiny / "unet", dtype=dtype), SIGMAS, 2)
        branches = [reusing.conditioning(token) for token in tokens()]
        for branch, latents in zip(branches, latents_of(0), strict=True):
            reusing(latents, TIMES[0], IDS, branch)
        kept = [branch.deep.kept for branch in branches]
        assert all((each.shape, each.dtype) == ((FRAMES, *SIZE, 32), dtype) for each in kept)
        before = kept[0].clone()
        reusing(latents_of(1)[0], TIMES[1], IDS, branches[0])
        assert branches[0].deep.kept is kept[0]
        assert torch.equal(before, kept[0]), "a shallow pass has changed what the next one begins with"
        assert not torch.equal(kept[0], kept[1])


def test_a_shallow_pass_of_streamed_weights_reads_only_its_own(tiny, monkeypatch):
    read: list[str] = []
    real = SafetensorsFile.read_into
    monkeypatch.setattr(
        SafetensorsFile, "read_into", lambda self, name, *to: read.append(name) or real(self, name, *to)
    )
    streamed = unet.load(tiny / "unet", streamed=True)
    reusing = ReusingUNet(streamed, SIGMAS, 3)
    branch = reusing.conditioning(tokens()[0])
    resident = ours(unet.load(tiny / "unet"), 3, 1)
    by_step = []
    for step, time in enumerate(TIMES):
        assert error(reusing(latents_of(step)[0], time, IDS, branch), resident[step][0]) <= BOUND
        streamed._weights._shared.streamer._reader.submit(lambda: None).result()  # what was begun ahead is read
        by_step.append({".".join(name.split(".")[:4]) for name in read})
        read.clear()
    first = {"down_blocks.0.resnets.0", "down_blocks.0.attentions.0"}
    last = {f"up_blocks.2.{kind}.{layer}" for kind in ("resnets", "attentions") for layer in (1, 2)}
    assert [step for step, groups in enumerate(by_step) if groups <= first | last] == [1, 2, 4, 5]
    assert all(groups >= first | last for groups in by_step)


def test_a_shallow_pass_is_a_fifth_of_the_work_and_of_the_weights():
    size = (14, 384, 640)
    reference = full_size.reference("unet")
    with torch.device("meta"):
        network = deep_cache.network(reference)
        given = {
            "sample": torch.zeros(1, 14, 8, 48, 80),
            "timestep": torch.zeros(()),
            "encoder_hidden_states": torch.zeros(1, 1, 1024),
            "added_time_ids": torch.zeros(1, 3),
            "cache_features": torch.zeros(14, 320, 48, 80),
        }
        with FlopCounterMode(display=False) as counter:
            network(**given, cache_branch=0, return_dict=False)
    assert flop.unet_pass_flop(*size, shallow=True) == pytest.approx(counter.get_total_flops(), rel=0.01)
    assert 0.15 < flop.unet_pass_flop(*size, shallow=True) / flop.unet_pass_flop(*size) < 0.25
    assert streamed_bytes(2, shallow=True) < 0.02 * streamed_bytes(2)


@pytest.mark.parametrize("scheduler", ["euler-a", pytest.param("dpmpp-2m", marks=pytest.mark.slow)])
def test_a_run_resumed_from_any_state_gives_the_same_bytes(quick, photo, tmp_path, scheduler):
    asked = settings(scheduler=scheduler, guidance_max=2.0)
    events = list(Generation(ModelFiles.in_folder(quick), CPU).run(photo, asked))
    whole = [event.pixels for event in events if isinstance(event, Frame)]
    saved = [event for event in events if isinstance(event, Checkpoint)]
    assert [state.values["step"] for state in saved] == [3, 6, 7]
    for state in saved:
        save_checkpoint(state, tmp_path / "state.safetensors")
        again = clip(quick, photo, asked, load_checkpoint(tmp_path / "state.safetensors"))
        assert all(np.array_equal(a, b) for a, b in zip(whole, again, strict=True))
    between = replace(saved[0], values=saved[0].values | {"step": 4})
    with pytest.raises(CheckpointUnusable, match="step 4"):
        clip(quick, photo, asked, between)
    with pytest.raises(CheckpointUnusable, match="other settings"):
        clip(quick, photo, replace(asked, reuse=1), saved[0])


def test_an_overflow_between_whole_steps_goes_on_with_a_whole_one(tiny, photo, monkeypatch):
    """In full precision, as any stage that overflows: what half precision has kept is not used any more."""
    half = Device("cpu", torch.float16)
    real, calls = unet.UNet.__call__, []

    def overflowing(self, latents, *more):
        calls.append((self.dtype, more[-1] is not None and more[-1].kept is None))
        found = real(self, latents, *more)
        return found * torch.inf if len(calls) == 5 else found

    monkeypatch.setattr(unet.UNet, "__call__", overflowing)
    events = list(Generation(ModelFiles.in_folder(tiny), half).run(photo, settings()))
    assert len([event for event in events if isinstance(event, Notice)]) == 1
    assert [each for each in calls if each[0] == torch.float16] == [
        (torch.float16, whole) for whole in (True, False, False, True, False)
    ]
    assert [whole for dtype, whole in calls if dtype == torch.float32] == [True, False, True]


def test_streamed_weights_give_the_same_frames(quick, photo, tmp_path):
    asked = settings(guidance_max=3.0)
    lean = clip(quick, photo, asked, plan=SVDPlan(streamed=True, offload=True), scratch=tmp_path)
    assert np.array_equal(clip(quick, photo, asked), lean)


def test_the_noise_levels_it_begins_at_are_the_runs(quick, photo):
    run = _Run(Generation(ModelFiles.in_folder(quick), CPU), photo, settings(sigmas="ays", steps=7))
    run.image_embedding, run.image_latents = torch.randn(1, 32), torch.randn(4, 8, 16)
    begins = run._denoiser(run._unet(CPU), CPU).unet._begins
    assert begins == [time_of(float(sigma)) for sigma in (run.sigmas[0], run.sigmas[3], run.sigmas[6])]
