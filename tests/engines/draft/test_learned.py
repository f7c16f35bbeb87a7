"""Learned depth on its way into a draft: found in a process of its own, remembered, and never missed in silence."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.engines.depth import checkpoint
from videoai.engines.base import AvailableWeights
from videoai.engines.draft import learned, remembered
from videoai.engines.draft.engine import DraftEngine
from videoai.engines.draft.learned import MOST_PATCHES, SIDE, finding, learned_disparity, side_for
from videoai.engines.draft.near import which
from videoai.engines.draft.plan import LEARNED_BYTES, DraftPlan
from videoai.engines.numbers import Numbers
from videoai.engines.processor import Processor
from videoai.errors import NotEnoughMemory, VideoAiError
from videoai.events import Frame, Notice, Step
from videoai.memory.planner import Planner
from videoai.settings import GenerationSettings
from videoai.system import paths, processes
from videoai.weights.model_files import ExtraFiles

LEARNED = DraftPlan(learned=True, compute="fp32")

FINDS = """
import sys, pathlib, numpy as np
folder = pathlib.Path(sys.argv[1])
height, width = np.load(folder / "photo.npy").shape[:2]
ramp = np.linspace(0, 65535, height)[:, None].repeat(width, 1)
np.savez_compressed(folder / "depth.npz", near=ramp.astype(np.uint16))
"""
"""What stands in for the network: what is lower is nearer."""

FAILS = """
import json
error = {"code": "model_damaged", "message": "The depth network cannot be used.", "hint": ""}
print(json.dumps(["Failed", {"error": error}]))
"""


@pytest.fixture(autouse=True)
def _home(own_home):
    """Nothing is remembered yet."""


@pytest.fixture
def weights(tmp_path) -> Path:
    """A file that only the network's process would look into."""
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"weights")
    return path


@pytest.fixture
def child(monkeypatch):
    """Lets a program stand in for the network's process; the processes that were started."""
    started, start = [], processes.start

    def begin(*words, **more):
        started.append(start(*words, **more))
        return started[-1]

    def stand_in(code: str) -> list:
        monkeypatch.setattr(processes, "_command", lambda module, *words: [sys.executable, "-c", code, *words])
        monkeypatch.setattr(processes, "start", begin)
        return started

    return stand_in


def photo(height: int = 64, width: int = 96, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)


def settings(**given: object) -> GenerationSettings:
    return GenerationSettings(**{"model": "draft", "seed": 1, "width": 256, "height": 256, "frames": 4} | given)


def events_of(*words: object, **more: object) -> tuple[list, np.ndarray | None]:
    """What `which` tells, and gives in the end."""
    told, found = [], which(*words, **more)
    while True:
        try:
            told.append(next(found))
        except StopIteration as end:
            return told, end.value


def test_a_draft_moves_by_what_the_network_finds_and_says_so(tmp_path):
    """The real process, with a network of the real size."""
    from videoai.engines.depth import network
    from videoai.engines.depth.config import SMALL
    from videoai.engines.depth.disparity import disparity

    file, picture = checkpoint.save(tmp_path, SMALL), photo(256, 448)
    asked = settings(width=448)
    events = list(DraftEngine().run(picture, asked, plan=LEARNED, files=ExtraFiles(file)))
    notices = [event.message for event in events if isinstance(event, Notice)]
    assert notices[-1] == "Its depth was found by a network, Depth Anything V2 Small."
    moved = [event.pixels for event in events if isinstance(event, Frame)]
    guessed = [event.pixels for event in DraftEngine().run(picture, asked) if isinstance(event, Frame)]
    assert not np.array_equal(moved[-1], guessed[-1])
    found = learned_disparity(picture, file)
    assert (found.shape, found.dtype) == ((256, 448), np.float32)
    assert np.abs(found - disparity(picture, network.load(file), side_for(256, 448))).max() <= 1 / 65535


def test_what_was_found_once_is_known_at_once_for_the_same_photo_network_and_numbers_alone(child, weights):
    started = child(FINDS)
    first = learned_disparity(photo(), weights)
    assert first[0, 0] == 0
    assert first[-1, 0] == 1
    assert np.array_equal(learned_disparity(photo(), weights), first)
    assert len(started) == 1
    learned_disparity(photo(seed=1), weights)
    learned_disparity(photo(), weights, "bf16")
    learned_disparity(photo(96, 64), weights)
    weights.write_bytes(b"others")
    learned_disparity(photo(), weights)
    assert len(started) == 5


@pytest.mark.parametrize("damage", [lambda content: content[:-40], lambda content: b"", lambda content: content[::-1]])
def test_a_damaged_memory_is_found_anew(child, weights, damage):
    started = child(FINDS)
    first = learned_disparity(photo(), weights)
    (file,) = paths.depths().iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert np.array_equal(learned_disparity(photo(), weights), first)
    assert len(started) == 2
    assert remembered.recall(file.name) is not None, "and is whole again"


def test_a_bit_that_turned_shows(child, weights):
    child(FINDS)
    learned_disparity(photo(), weights)
    (file,) = paths.depths().iterdir()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert remembered.recall(file.name) is None


def test_the_oldest_go(child, weights, monkeypatch):
    child(FINDS)
    monkeypatch.setattr(remembered, "_MOST", 3)
    names = []
    for seed in range(5):
        learned_disparity(photo(seed=seed), weights)
        names.append(remembered.name_of(photo(seed=seed), weights, SIDE, "fp32"))
        os.utime(paths.depths() / names[-1], (time.time() - 100 + seed,) * 2)
    remembered.recall(names[2])
    learned_disparity(photo(seed=5), weights)
    left = {path.name for path in paths.depths().iterdir()}
    assert len(left) == 3
    assert {names[2], names[4]} < left, "one that was used just now is young"
    monkeypatch.setattr(remembered, "_MOST_BYTES", 1)
    remembered.forget_old()
    assert not list(paths.depths().iterdir())


def test_what_is_not_used_for_a_day_goes(child, weights):
    child(FINDS)
    learned_disparity(photo(), weights)
    (file,) = paths.depths().iterdir()
    remembered.forget_old()
    assert file.exists()
    os.utime(file, (time.time() - 90_000,) * 2)
    remembered.forget_old()
    assert not file.exists()


def test_where_nothing_can_be_remembered_it_is_found_all_the_same(child, weights):
    started = child(FINDS)
    paths.home().mkdir(parents=True, exist_ok=True)
    paths.depths().write_text("no folder")
    assert learned_disparity(photo(), weights)[-1, 0] == 1
    assert len(started) == 1


def test_closed_early_it_ends_its_process_within_a_moment(child, weights):
    started = child("import time; time.sleep(60)")
    found = finding(photo(), weights)
    next(found)
    began = time.monotonic()
    found.close()
    assert time.monotonic() - began < 1
    assert started[0].poll() is not None
    assert not [path for path in paths.temporary().iterdir() if path.is_dir()], "the photo does not stay"


def test_whoever_cancels_a_draft_is_heard_meanwhile(child, weights):
    started = child("import time; time.sleep(60)")
    run = DraftEngine().run(photo(256, 256), settings(), plan=LEARNED, files=ExtraFiles(weights))
    began = time.monotonic()
    steps = [event for event in (next(run) for _ in range(6)) if isinstance(event, Step)]
    assert steps == [Step(0)] * 4
    run.close()
    assert time.monotonic() - began < 2
    assert started[0].poll() is not None


def test_in_a_jobs_folder_nothing_stays_and_what_a_kill_left_is_no_trouble(child, weights, tmp_path):
    child(FINDS)
    scratch = tmp_path / "job"
    (scratch / "depth").mkdir(parents=True)
    (scratch / "depth" / "photo.npy").write_bytes(b"half")
    files = ExtraFiles(weights)
    events = list(DraftEngine().run(photo(256, 256), settings(), plan=LEARNED, files=files, scratch=scratch))
    assert sum(isinstance(event, Frame) for event in events) == 4
    assert not any(isinstance(event, Notice) and event.important for event in events)
    assert list(scratch.iterdir()) == []
    assert not paths.temporary().exists() or not [path for path in paths.temporary().iterdir() if path.is_dir()]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "stopped the process"),
        ("raise RuntimeError('DefaultCPUAllocator: can\\'t allocate memory')", "There was not enough memory."),
        (FAILS + "raise SystemExit(1)", "The depth network cannot be used."),
        ("raise SystemExit(3)", "exit code 3"),
        ("pass", "ended too early"),
        ("import sys; open(sys.argv[1] + '/depth.npz', 'wb').write(b'x')", "ended too early"),
    ],
)
def test_where_the_network_fails_the_draft_says_why_and_guesses(child, weights, code, told):
    child(code)
    events = list(DraftEngine().run(photo(256, 256), settings(), plan=LEARNED, files=ExtraFiles(weights)))
    (notice,) = (event for event in events if isinstance(event, Notice) and event.important)
    assert notice.message.startswith("Its depth is guessed, as the network could not find it. ")
    assert told in notice.message
    assert sum(isinstance(event, Frame) for event in events) == 4
    assert not paths.depths().exists(), "what failed is not remembered"


def test_want_of_memory_is_told_apart(child, weights):
    child("raise MemoryError")
    with pytest.raises(NotEnoughMemory):
        learned_disparity(photo(), weights)
    weights.unlink()
    with pytest.raises(VideoAiError, match=r"model\.safetensors"):
        learned_disparity(photo(), weights)


OWN = np.full((64, 96), 0.5, np.float32)


@pytest.mark.parametrize(
    ("given", "plan", "has_files", "own", "said"),
    [
        ({}, LEARNED, True, OWN, "Its depth is the photo's own."),
        ({"depth": "guessed"}, LEARNED, True, OWN, "Its depth is guessed, as you chose."),
        ({}, DraftPlan(), False, None, "Its depth is guessed."),
        (
            {},
            DraftPlan(),
            True,
            None,
            "Its depth is guessed: there is not enough memory for the network that finds it.",
        ),
    ],
)
def test_a_draft_says_which_depth_it_has_and_asks_the_network_for_no_other(
    child, weights, given, plan, has_files, own, said
):
    started = child(FINDS)
    files = ExtraFiles(weights) if has_files else None
    events, near = events_of(photo(), settings(**given), plan, files, own)
    assert events == [Notice(said)]
    assert near is (own if said.endswith("own.") else None)
    assert started == []


def test_a_long_photo_takes_no_more_than_a_usual_one():
    assert side_for(384, 640) == side_for(576, 1024) == side_for(640, 384) == SIDE
    for height, width in ((256, 1024), (1024, 256), (256, 4000), (20, 3000)):
        side = side_for(height, width)
        assert side % 14 == 0
        assert side // 14 * round(side * max(height, width) / min(height, width) / 14) <= MOST_PATCHES or side == 14
    assert side_for(256, 1024) == 224


def test_the_plan_counts_the_networks_process_if_there_is_one():
    here, bf16 = AvailableWeights(depth=True), Processor(numbers=Numbers("bf16"))
    learning = Planner(settings(), here, bf16)
    assert list(learning.plans()) == [DraftPlan(learned=True, compute="bf16"), DraftPlan()]
    assert next(Planner(settings(compute="fp16"), here, bf16).plans()).compute == "fp16"
    for other in (Planner(settings(), AvailableWeights()), Planner(settings(depth="guessed"), here)):
        (plan,) = other.plans()
        assert other.peaks(plan).keys() == other.workloads(plan).keys() == {"frames"}
    plan = learning.best(1 << 40)
    assert learning.peaks(plan)["depth"] == learning.peaks(DraftPlan())["frames"] + LEARNED_BYTES
    assert learning.planned(plan, 1 << 40).seconds > learning.planned(DraftPlan(), 1 << 40).seconds + 1
    assert learning.best(LEARNED_BYTES) == DraftPlan(), "a guess is better than no draft"
    assert learning.smaller(plan) == DraftPlan()


@pytest.mark.parametrize("plan", [DraftPlan(), LEARNED, DraftPlan(learned=True, compute="bf16")])
def test_a_plan_is_read_as_it_was_written(plan):
    assert DraftEngine().read_plan(plan.to_dict()) == plan
    assert DraftEngine().read_plan({}) == DraftPlan(), "as earlier versions wrote it"


@pytest.mark.parametrize("values", [{"learned": 1}, {"learned": True}, {"learned": False, "compute": "bf16"}])
def test_what_is_no_plan_is_refused(values):
    with pytest.raises(ValueError, match="no plan"):
        DraftEngine().read_plan(values)


def test_the_process_that_finds_depth_loads_nothing_of_the_drafts(tmp_path):
    """Each import there is time that somebody waits."""
    code = f"import {learned.CHILD}, videoai.engines.draft.remembered, sys; print('scipy' in sys.modules)"
    ran = processes.subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"
