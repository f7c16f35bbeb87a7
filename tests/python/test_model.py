"""A model that is loaded: what a call gives, what its result can do, and how calls go wrong."""

from __future__ import annotations

import asyncio
import io
import logging
import multiprocessing
import pickle
import resource
import subprocess
import sys
import threading
from dataclasses import replace
from functools import partial

import av
import numpy as np
import psutil
import pytest

import videoai
from tests.conftest import ROOT
from tests.python.conftest import PHOTO, SMALL
from videoai.errors import BadList, BadOutput, BadSettings, ModelMissing, NotEnoughMemory
from videoai.events import Stage, VideoFrame
from videoai.media.metadata import read_metadata
from videoai.system import paths
from videoai.system.accelerator import accelerator


@pytest.fixture(scope="module")
def model() -> videoai.LoadedModel:
    return videoai.load("draft")


@pytest.fixture
def made(model) -> videoai.Result:
    return model(PHOTO, **SMALL)


def test_a_call_gives_the_frames_and_how_they_came_about(model):
    heard: list[object] = []
    made = model(PHOTO, on_event=heard.append, **SMALL)
    assert (made.frames.shape, made.frames.dtype) == ((4, 256, 256, 3), np.uint8)
    assert (made.settings.motion, made.settings.model) == (80, "draft")
    assert (made.fps, made.seed) == (6, 3)
    assert made.duration == pytest.approx(4 / 6)
    told = [event.pixels for event in heard if isinstance(event, VideoFrame)]
    assert np.array_equal(made.frames, told)
    assert [event.name for event in heard if isinstance(event, Stage)] == ["photo", "depth", "frames"]
    assert set(made.seconds) == {"photo", "depth", "frames"}
    assert repr(made) == "<videoai.Result: 4 frames, 256×256, 6 fps, draft, seed 3>"
    assert made.to_dict()["video"]["frames"] == 4


def test_the_seed_of_one_call_repeats_it(model):
    first = model(PHOTO, **SMALL | {"seed": "random"})
    assert np.array_equal(first.frames, model(PHOTO, **SMALL | {"seed": first.seed}).frames)


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mov", "clip.webm", "clip.gif", "clip.webp", "clip.png"])
def test_what_is_saved_is_what_generate_writes(model, tmp_path, name):
    """With what finishes a clip, too: a last frame that is held, and a part."""
    more = SMALL | {"hold": 1, "trim": (0, 0.5)}
    written = videoai.generate(PHOTO, tmp_path / "other" / name, model="draft", **more).path
    saved = model(PHOTO, **more).save(tmp_path / name)
    assert saved == tmp_path / name.replace(".png", "")
    files = sorted(saved.iterdir()) if saved.is_dir() else [saved]
    assert [file.read_bytes() for file in files] == [
        (written / file.name if saved.is_dir() else written).read_bytes() for file in files
    ]
    assert read_metadata(saved)["settings"]["hold"] == 1


def test_an_encoder_is_chosen_as_elsewhere(made, tmp_path):
    with av.open(str(made.save(tmp_path / "clip.mov", encoder="prores"))) as movie:
        assert movie.streams.video[0].codec_context.name == "prores"
    with pytest.raises(BadOutput, match=r"The encoder prores writes \.mov, not \.mp4\."):
        made.save(tmp_path / "clip.mp4", encoder="prores")


def test_nothing_is_overwritten_unless_that_is_said(model, tmp_path):
    (mine := tmp_path / "holiday.webp").write_text("mine")
    (frames := tmp_path / "holiday").mkdir()
    (frames / "mine").touch()
    made = model(PHOTO, **SMALL)
    for name in ("holiday.webp", "holiday.png"):
        with pytest.raises(BadOutput, match="already exists and was left as it is"):
            made.save(tmp_path / name)
    with pytest.raises(BadOutput, match="is not a folder of frames alone and was left as it is"):
        made.save(tmp_path / "holiday.png", overwrite=True)
    assert mine.read_text() == "mine"
    old = made.save(tmp_path / "frames.png")
    assert made.save(tmp_path / "frames.png", overwrite=True) == old
    assert made.save(mine, overwrite=True) == mine
    assert read_metadata(mine)["settings"]["seed"] == 3
    (photo := tmp_path / "photo.webp").write_bytes(mine.read_bytes())
    with pytest.raises(BadOutput, match="is the photo itself"):
        model(photo, **SMALL).save(photo, overwrite=True)


@pytest.mark.parametrize("name", ["clip.avi", "", "no\0name.mp4", "/proc/nowhere/clip.mp4", None, 3, io.BytesIO()])
def test_a_place_that_cannot_be_is_refused_with_a_sentence(made, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(videoai.VideoAiError) as refused:
        made.save(name)
    assert isinstance(refused.value, BadOutput)
    assert refused.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("more", [{"encoder": "nosuch"}, {"overwrite": "maybe"}, {"overwrite": 2}])
def test_what_is_no_choice_is_refused_and_replaces_nothing(made, more, tmp_path):
    (mine := tmp_path / "mine.mp4").write_text("mine")
    with pytest.raises(BadSettings, match=next(iter(more))):
        made.save(mine, **{"overwrite": True, **more})
    assert mine.read_text() == "mine"


def test_no_is_no(made, tmp_path):
    (mine := tmp_path / "mine.mp4").write_text("mine")
    with pytest.raises(BadOutput, match="already exists"):
        made.save(mine, overwrite="no")
    assert mine.read_text() == "mine"


@pytest.mark.usefixtures("one_way")
def test_finishers_work_as_everywhere(model):
    plain = model(PHOTO, **SMALL | {"frames": 5}).frames
    loop = model(PHOTO, loop="boomerang", **SMALL | {"frames": 5})
    assert len(loop.frames) == loop.clip.frames == 8
    assert np.array_equal(loop.frames[:5], plain)
    longer = model(PHOTO, extend=1, **SMALL)
    assert len(longer.frames) == 7


def test_settings_may_be_numpys_and_come_from_another_video(model, made, tmp_path):
    assert model(PHOTO, **SMALL | {"seed": np.int64(3), "motion": np.float32(80)}).settings == made.settings
    like = model(PHOTO, like=made.save(tmp_path / "clip.mp4"))
    assert like.settings == made.settings


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"motoin": 8}, "There is no parameter “motoin”. Did you mean motion?"),
        ({"motion": 999}, "motion is “999”, but it must be a whole number from 1 to 255; the nearest is 255."),
        ({"motion": None}, "motion is “None”"),
        ({"width": 256.5}, "width is “256.5”"),
        ({"model": "svd"}, "A model that is loaded has its model already."),
        ({"precision": 8, "compute": "fp32"}, "A model that is loaded has its precision and compute already."),
        ({"preset": "nope"}, "preset is “nope”"),
        ({"output": "clip.mp4"}, "There is no parameter “output”."),
    ],
)
def test_wrong_settings_are_refused_before_the_photo_is_looked_at(model, settings, said):
    for call in (model, model.events):
        with pytest.raises(BadSettings) as refused:
            call("no-such.jpg", **settings)
        assert said in refused.value.message


@pytest.mark.parametrize("wrong", [{"model": "nope"}, {"precision": 7}, {"compute": "int3"}, {"memory_limit": "lots"}])
def test_a_model_is_refused_as_it_is_loaded(wrong):
    with pytest.raises(BadSettings):
        videoai.load(**{"model": "draft"} | wrong)


def test_a_model_that_is_not_here_is_an_error_offline():
    with pytest.raises(ModelMissing):
        videoai.load("svd", offline=True, memory_limit="40G")(PHOTO)


def test_what_does_not_fit_is_refused_unless_it_is_forced(model):
    with pytest.raises(NotEnoughMemory, match="memory"):
        videoai.load("draft", memory_limit="1M")(PHOTO, **SMALL)
    forced = videoai.load("draft", memory_limit=1_000_000, force=True)(PHOTO, **SMALL)
    assert np.array_equal(forced.frames, model(PHOTO, **SMALL).frames)


def test_frames_in_memory_are_in_the_plan(model):
    """A file takes each as it comes."""
    long = SMALL | {"width": 1024, "height": 1024, "frames": 25, "extend": 8}
    limited = videoai.load("draft", memory_limit="900M")
    with pytest.raises(NotEnoughMemory):
        limited(PHOTO, **long)


@pytest.mark.skipif(sys.platform != "linux", reason="macOS does not enforce it")
def test_want_of_memory_is_said_as_such(nothing_left):
    """Of the system's, where nobody had expected it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    forced = videoai.load("draft", force=True)
    forced(PHOTO, **SMALL)
    resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + (400 << 20), hard))
    try:
        with pytest.raises(NotEnoughMemory):
            forced(PHOTO, **SMALL | {"width": 1024, "height": 1024, "frames": 25, "extend": 8})
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    nothing_left()


@pytest.mark.parametrize("raised", [OSError("mine"), ValueError("mine"), KeyboardInterrupt()])
def test_what_the_callers_own_function_raises_passes_as_it_is(model, tmp_path, nothing_left, raised):
    def hear(event: object) -> None:
        if isinstance(event, VideoFrame):
            raise raised

    with pytest.raises(type(raised)) as passed:
        model(PHOTO, on_event=hear, **SMALL)
    assert passed.value is raised
    with pytest.raises(type(raised)) as passed:
        videoai.generate(PHOTO, tmp_path / "clip.mp4", model="draft", on_event=hear, **SMALL)
    assert passed.value is raised
    assert list(tmp_path.iterdir()) == []
    nothing_left()


def test_a_fault_that_nobody_foresaw_is_of_the_family(model, own_home):
    """What the program has written itself is not what it was."""
    (own_home / "data" / "temporary").write_text("a file where a folder was")
    for call in (model, lambda photo, **more: videoai.generate(photo, model="draft", **more)):
        with pytest.raises(videoai.VideoAiError) as refused:
            call(PHOTO, **SMALL)
        assert refused.value.hint


def test_nothing_is_printed_and_what_matters_is_logged(model, tmp_path, capfd, caplog):
    with caplog.at_level(logging.WARNING, "videoai"):
        made = model(PHOTO, **SMALL)
        assert caplog.messages == []
        replace(made, clip=replace(made.clip, fps=60)).save(tmp_path / "clip.gif")
    assert capfd.readouterr() == ("", "")
    assert caplog.messages == ["A GIF shows 50 frames a second at most, so some of the video's 60 are left out."]


def test_threads_get_their_turn(model, made):
    found: dict[int, np.ndarray] = {}
    others = [model, model, videoai.load("draft")]
    threads = [
        threading.Thread(target=lambda n=n, each=each: found.update({n: each(PHOTO, **SMALL).frames}))
        for n, each in enumerate(others)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert all(np.array_equal(frames, made.frames) for frames in found.values())


def test_who_waits_says_so_and_can_be_told_to_stop(model, nothing_left):
    heard: list[object] = []
    with accelerator(lambda: None):
        waiting = threading.Thread(target=lambda: heard.extend(_until_wait(model)))
        waiting.start()
        waiting.join()
    assert heard[-1] == Stage("wait", 0)
    nothing_left()


def _until_wait(model) -> list[object]:
    """The events until it waits; then it is closed, though nobody lets it in."""
    events, found = model.events(PHOTO, **SMALL), []
    for event in events:
        found.append(event)
        if event == Stage("wait", 0):
            break
    events.close()
    return found


def test_it_works_where_a_loop_is_running(model, made):
    """As in a notebook."""

    async def cells() -> list[videoai.Result]:
        return [model(PHOTO, **SMALL), *await asyncio.gather(*[asyncio.to_thread(model, PHOTO, **SMALL)] * 1)]

    assert all(np.array_equal(each.frames, made.frames) for each in asyncio.run(cells()))


def test_it_works_in_spawned_processes(model, made):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        (result,) = pool.map(partial(model, **SMALL), [PHOTO])
        refused = pool.apply_async(partial(model, **SMALL), ["no-such.jpg"])
        with pytest.raises(videoai.VideoAiError, match=r"There is no file no-such\.jpg\.") as error:
            refused.get()
    assert np.array_equal(result.frames, made.frames)
    assert result.settings == made.settings
    assert error.value.hint


def test_models_results_and_errors_can_be_pickled(model, made, tmp_path):
    assert repr(pickle.loads(pickle.dumps(model))) == repr(model)
    again = pickle.loads(pickle.dumps(made))
    assert again.save(tmp_path / "clip.mp4").read_bytes() == made.save(tmp_path / "other.mp4").read_bytes()
    error = pickle.loads(pickle.dumps(BadList.of("list.csv", [{"line": 1, "column": None, "message": "wrong"}])))
    assert (error.name, error.details(), bool(error.hint)) == ("list.csv", ["list.csv:1: wrong"], True)


def test_what_there_is_can_be_found_and_importing_it_is_instant():
    code = (
        "import sys, videoai; found = dir(videoai); "
        "assert {'load', 'generate', 'LoadedModel', 'Result', 'VideoAiError'} <= set(found); "
        "assert not {'torch', 'numpy', 'av'} & set(sys.modules); assert videoai.load; "
        "assert 'torch' not in sys.modules; print(repr(videoai.load('draft')))"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("videoai.load(model='draft'")


def test_a_gentle_model_makes_the_same_video(made, tmp_path):
    with videoai.load("draft", gentle=True) as gentle:
        assert np.array_equal(gentle(PHOTO, **SMALL).frames, made.frames)
    assert not paths.temporary().exists() or list(paths.temporary().iterdir()) == []


def test_what_cannot_hear_of_events_is_refused_before_anything_is_computed():
    model = videoai.load("draft")
    for call in (lambda: model(PHOTO, on_event=3), lambda: videoai.generate(PHOTO, model="draft", on_event="print")):
        with pytest.raises(videoai.VideoAiError, match="on_event is no function"):
            call()
