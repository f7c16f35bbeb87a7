"""What is to be made comes from a file: whatever is in it, it is used or refused with a sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from tests.conftest import EXAMPLES
from videoai.errors import VideoAiError
from videoai.history.folder import TASK
from videoai.history.source import Source
from videoai.history.task import Submission, Task
from videoai.resolving import resolve
from videoai.settings import GenerationSettings

FIELDS = [name for name in (*Task.__dataclass_fields__, *Submission.__dataclass_fields__) if name != "task"]


@pytest.fixture
def wanted(tmp_path):
    task = Task(resolve({"model": "draft", "seed": 1}, (1, 1)), suffix=".gif", plan={"bits": 8}, died=True)
    wanted = Submission(task, str(EXAMPLES / "coffee.png"), output="/clips/{stem}.gif", origin={"preset": "safety"})
    wanted.write(tmp_path)
    return wanted


def test_what_was_written_is_read(wanted, tmp_path):
    assert Submission.read(tmp_path) == wanted


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_of_another_type_is_refused(wanted, tmp_path, name):
    values = json.loads((tmp_path / TASK).read_text())
    (tmp_path / TASK).write_text(json.dumps(values | {name: ["x"]}))
    with pytest.raises(VideoAiError, match="is damaged"):
        Submission.read(tmp_path)


@pytest.mark.parametrize("values", [{"suffix": ".exe"}, {"suffix": "/../x.mp4"}, {"colour": "blue"}])
def test_what_no_version_writes_is_refused(wanted, tmp_path, values):
    (tmp_path / TASK).write_text(json.dumps(json.loads((tmp_path / TASK).read_text()) | values))
    with pytest.raises(VideoAiError, match="is damaged"):
        Submission.read(tmp_path)


def test_an_earlier_version_did_not_write_how_the_video_ends(wanted, tmp_path):
    values = json.loads((tmp_path / TASK).read_text())
    del values["suffix"]
    (tmp_path / TASK).write_text(json.dumps(values))
    assert Submission.read(tmp_path) == wanted
    (tmp_path / TASK).write_text(json.dumps(values | {"output": None}))
    assert Submission.read(tmp_path).task.suffix == ".mp4"


def test_what_a_worker_is_told_says_nothing_of_the_user(wanted):
    told = wanted.task.to_dict()
    assert Task.from_dict(json.loads(json.dumps(told))) == wanted.task
    assert "coffee" not in json.dumps(told)
    assert "clips" not in json.dumps(told)
    assert replace(wanted, photo="another").task.to_dict() == told


SIZE = {"width": 320, "height": 180, "frames": 30, "fps": "30000/1001"}
CLIP = {**SIZE, "loops": False, "file": "source.mp4", "ours": False, "done": {}}


def test_what_is_finished_is_kept_exactly():
    source = Source.from_dict(CLIP)
    assert (source.clip.fps, source.clip.ready, source.to_dict()) == (Fraction(30000, 1001), True, CLIP)
    earlier = Source.from_dict({name: value for name, value in CLIP.items() if name != "loops"})
    assert earlier == source, "versions that knew no clip which comes round by itself"
    task = Task(GenerationSettings(smooth=60), source=source)
    assert Task.from_dict(json.loads(json.dumps(task.to_dict()))) == task
    assert {"smooth", "enlarge", "loop", "compute"} <= {*task.told}
    assert not {"seed", "model", "width", "frames"} & {*task.told}


@pytest.mark.parametrize(
    "wrong",
    [{"file": "../photo.png"}, {"file": "task.json"}, {"width": 0}, {"frames": "9"}, {"fps": "1/0"}, {"fps": "-3"}],
)
def test_a_source_that_nobody_wrote_is_damage(wrong):
    values = Task(GenerationSettings()).to_dict() | {"source": CLIP | wrong}
    with pytest.raises((ValueError, TypeError, ZeroDivisionError)):
        Task.from_dict(values)
