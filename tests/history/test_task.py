"""What a child process is given comes from a file: whatever is in it, it is used or refused with a sentence."""

from __future__ import annotations

import json

import pytest

from tests.conftest import EXAMPLES
from videoai.errors import VideoAiError
from videoai.history.folder import TASK
from videoai.history.task import Task
from videoai.settings import resolve


@pytest.fixture
def task(tmp_path):
    task = Task(resolve({"model": "draft", "seed": 1}, (1, 1)), str(EXAMPLES / "coffee.png"))
    task.write(tmp_path)
    return task


def test_what_was_written_is_read(task, tmp_path):
    assert Task.read(tmp_path) == task


@pytest.mark.parametrize("name", [*Task.__dataclass_fields__])
def test_a_field_of_another_type_is_refused(task, tmp_path, name):
    values = json.loads((tmp_path / TASK).read_text())
    (tmp_path / TASK).write_text(json.dumps(values | {name: ["x"]}))
    with pytest.raises(VideoAiError, match="is damaged"):
        Task.read(tmp_path)
