"""A run as an iterator of its events: it ends with the result, and whoever stops asking leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import videoai
from tests.conftest import ROOT
from tests.python.conftest import PHOTO, SMALL
from videoai.errors import BadPhoto, JobConflict
from videoai.events import Frame, Stage
from videoai.language import shown, speaking
from videoai.system import paths


@pytest.fixture(scope="module")
def model() -> videoai.LoadedModel:
    return videoai.load("draft")


def test_the_events_end_with_the_result(model, nothing_left):
    heard: list[object] = []
    made = model(PHOTO, on_event=heard.append, **SMALL)
    *events, result = model.events(PHOTO, **SMALL)
    assert [type(event) for event in events] == [type(event) for event in heard]
    assert isinstance(result, videoai.Result)
    assert np.array_equal(result.frames, made.frames)
    nothing_left()


def test_nothing_is_computed_while_nobody_asks(model):
    events = model.events(PHOTO, **SMALL)
    assert next(events) == Stage("photo", 0)
    (thread,) = [thread for thread in threading.enumerate() if thread.name == "videoai"]
    before = time.thread_time_ns(), _processor_time(thread)
    time.sleep(0.3)  # in which it would have read the photo
    assert _processor_time(thread) - before[1] < 0.05
    events.close()


def _processor_time(thread: threading.Thread) -> float:
    if sys.platform != "linux":
        pytest.skip("only Linux tells a thread's own time")
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))


@pytest.mark.parametrize("how", ["closed", "dropped", "broken off"])
def test_one_that_is_not_taken_to_its_end_leaves_nothing(model, nothing_left, how):
    def look() -> None:
        events = model.events(PHOTO, **SMALL)
        for event in events:
            if isinstance(event, Frame):
                assert any(paths.temporary().iterdir())
                if how == "closed":
                    events.close()
                elif how == "broken off":
                    raise LookupError
                break

    if how == "broken off":
        with pytest.raises(LookupError):
            look()
    else:
        look()
    nothing_left()
    assert model(PHOTO, **SMALL)


def test_errors_come_out_of_it_as_they_are(model, nothing_left):
    events = model.events("no-such.jpg", **SMALL)
    with pytest.raises(BadPhoto, match=r"There is no file no-such\.jpg\."):
        list(events)
    nothing_left()


def test_a_second_video_in_the_midst_of_one_is_refused_and_would_wait_for_ever(model, tmp_path, nothing_left):
    events = model.events(PHOTO, **SMALL)
    for event in events:
        if isinstance(event, Frame):
            break
    for begin in (
        lambda: model(PHOTO, **SMALL),
        lambda: videoai.load("draft")(PHOTO, **SMALL),
        lambda: list(model.events(PHOTO, **SMALL)),
        lambda: videoai.generate(PHOTO, tmp_path / "clip.mp4", model="draft", **SMALL),
    ):
        with pytest.raises(JobConflict, match="Another video is still being made by the same thread"):
            begin()
    *_, result = events
    assert len(result.frames) == 4

    def again(event: object) -> None:
        if isinstance(event, Frame):
            model(PHOTO, **SMALL)

    with pytest.raises(JobConflict):
        model(PHOTO, on_event=again, **SMALL)
    nothing_left()


def test_it_speaks_the_language_of_who_asks(model):
    with speaking("it"):
        *_, result = model.events(PHOTO, **SMALL)
        assert "fotogrammi" in result._repr_html_()
        assert shown("x") == "x"


@pytest.mark.parametrize(
    "how", ["model(photo, on_event=hear, **settings)", "for event in model.events(photo, **settings): hear(event)"]
)
def test_ctrl_c_passes_and_leaves_nothing(own_home, how):
    """The signal itself, while frames are drawn."""
    settings = SMALL | {"width": 1024, "height": 1024, "frames": 25, "extend": 8}
    code = (
        "import videoai; from videoai.events import Frame\n"
        f"model, photo, settings = videoai.load('draft'), {str(PHOTO)!r}, {settings!r}\n"
        "def hear(event):\n    if isinstance(event, Frame) and event.index == 2: print('drawing', flush=True)\n"
        f"try:\n    {how}\nexcept KeyboardInterrupt: print('interrupted')\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout.readline() == "drawing\n"
        program.send_signal(signal.SIGINT)
        assert program.stdout.read() == "interrupted\n"
    assert program.returncode == 0
    assert list(paths.temporary().iterdir()) == []


def test_a_program_that_ends_in_the_midst_ends_well(own_home):
    """The iterator is a global name, and is still there when the interpreter goes."""
    code = (
        "import videoai; from videoai.events import Frame\n"
        f"events = videoai.load('draft').events({str(PHOTO)!r}, **{SMALL!r})\n"
        "for event in events:\n    if isinstance(event, Frame): break\n"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (result.returncode, result.stderr) == (0, "")
    assert list(paths.temporary().iterdir()) == []
