"""Runs with the tiny decoder: for the frames if that was asked for, for previews if it is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.conftest import EXAMPLES
from tests.engines.svd.test_engine import FRAMES, HALF, HEIGHT, STEPS, WIDTH, settings
from tests.support import tiny_decoder as support
from videoai.engines.checkpoints import load_checkpoint, save_checkpoint
from videoai.engines.devices import CPU, Device
from videoai.engines.svd.generation import Generation
from videoai.engines.svd.plan import SVDPlan
from videoai.errors import CheckpointUnusable, ModelDamaged, NotFinite
from videoai.events import Checkpoint, Event, Frame, Notice, Preview, Step
from videoai.media.photo import read_photo
from videoai.weights.model_files import ModelFiles, PartFiles

TINY = settings(decoder="tiny")


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return read_photo(EXAMPLES / "coffee.png").fitted(WIDTH, HEIGHT)


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    return support.save(tmp_path_factory.mktemp("tiny-decoder"))


def generation(folder: Path, file: Path | None, device: Device = CPU) -> Generation:
    files = replace(ModelFiles.in_folder(folder), tiny_decoder=None if file is None else PartFiles(file))
    return Generation(files, device, SVDPlan())


def pixels(events: list[Event]) -> np.ndarray:
    return np.stack([event.pixels for event in events if isinstance(event, Frame)])


def last_state(events: list[Event]) -> Checkpoint:
    return [event for event in events if isinstance(event, Checkpoint)][-1]


def test_its_frames_are_the_references_of_the_denoisers_own_latents(quick, photo, file):
    """Not of latents divided by the autoencoder's scaling."""
    events = list(generation(quick, file).run(photo, TINY))
    latents = torch.tensor(last_state(events).arrays["latents"])
    expected = support.reference().all_at_once(latents).clamp(0, 1).permute(0, 2, 3, 1).numpy() * 255
    assert pixels(events).shape == (FRAMES, HEIGHT, WIDTH, 3)
    assert np.abs(pixels(events) - expected).max() <= 0.51
    assert [event.index for event in events if isinstance(event, Step)][-FRAMES:] == list(range(1, FRAMES + 1))


def test_a_run_resumed_after_its_first_or_last_step_gives_the_same_bytes(quick, photo, file, tmp_path):
    events = list(generation(quick, file).run(photo, TINY))
    states = [event for event in events if isinstance(event, Checkpoint)]
    for checkpoint in (states[0], states[-1]):
        save_checkpoint(checkpoint, tmp_path / "state.safetensors")
        resumed = list(generation(quick, file).run(photo, TINY, load_checkpoint(tmp_path / "state.safetensors")))
        assert np.array_equal(pixels(resumed), pixels(events))
    with pytest.raises(CheckpointUnusable):
        list(generation(quick, file).run(photo, settings(), checkpoint))


def test_a_decoder_that_comes_or_goes_changes_previews_alone(quick, photo, file):
    without, with_it = (list(generation(quick, there).run(photo, settings())) for there in (None, file))
    assert np.array_equal(pixels(without), pixels(with_it))
    state = last_state(without)
    assert np.array_equal(pixels(list(generation(quick, file).run(photo, settings(), state))), pixels(without))
    shapes = [{event.clip.shape for event in events if isinstance(event, Preview)} for events in (without, with_it)]
    assert shapes == [{(FRAMES, HEIGHT // 8, WIDTH // 8, 3)}, {(FRAMES, HEIGHT // 4, WIDTH // 4, 3)}]


def test_one_that_is_damaged_costs_the_previews_and_no_video(quick, photo, tmp_path):
    (tmp_path / "taesdv.safetensors").write_bytes(b"no weights")
    events = list(generation(quick, tmp_path / "taesdv.safetensors").run(photo, settings()))
    assert len(pixels(events)) == FRAMES
    assert len([event for event in events if isinstance(event, Preview)]) == STEPS
    told = [event.message for event in events if isinstance(event, Notice)]
    assert len(told) == 1
    assert "previews are rough" in told[0]


def changed(file: Path, to: Path, change: float) -> Path:
    tensors = load_file(file)
    tensors["decoder.1.weight"] *= change
    save_file(tensors, to / "taesdv.safetensors")
    return to / "taesdv.safetensors"


def test_what_overflows_in_half_precision_is_done_again_in_full(quick, photo, file, tmp_path):
    large = changed(file, tmp_path, 3e4)
    events = list(generation(quick, large, HALF).run(photo, TINY))
    assert [e.message for e in events if isinstance(e, Notice)] == [
        "The numbers overflowed in half precision; this stage continues in full precision."
    ]
    assert [e.index for e in events if isinstance(e, Frame)] == list(range(FRAMES))
    assert all(np.isfinite(event.clip).all() for event in events if isinstance(event, Preview))


def test_what_is_never_finite_is_an_error_and_no_black_video(quick, photo, file, tmp_path):
    run = generation(quick, changed(file, tmp_path, float("nan"))).run(photo, TINY)
    with pytest.raises(ModelDamaged, match=r"tiny decoder.*decoder\.1\.weight"):
        next(run)
    with pytest.raises(NotFinite):
        list(generation(quick, changed(file, tmp_path, 3e38)).run(photo, TINY))


def test_one_that_cannot_be_used_is_told_before_anything_is_computed(quick, photo, tmp_path):
    (tmp_path / "taesdv.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelDamaged, match="tiny decoder cannot be used"):
        next(generation(quick, tmp_path / "taesdv.safetensors").run(photo, TINY))


def test_frames_are_given_out_before_all_are_known(quick, photo, file):
    state = last_state(list(generation(quick, file).run(photo, TINY)))
    run = generation(quick, file).run(photo, TINY, state)
    first = next(event for event in run if isinstance(event, Frame))
    assert first.index == 0
    run.close()
