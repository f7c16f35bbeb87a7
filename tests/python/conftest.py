"""What the tests of the Python interface make videos of, and what may be left when they are made."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES
from tests.jobs.conftest import tiny as tiny  # a fixture
from videoai.system import paths

PHOTO = EXAMPLES / "coffee.png"
SMALL = {"width": 256, "height": 256, "frames": 4, "seed": 3, "motion": 80}
"""Of the draft: a video of a tenth of a second's work."""


@pytest.fixture
def nothing_left():
    """Call it to see that no run has left anything behind."""

    def check() -> None:
        folder: Path = paths.temporary()
        assert not folder.exists() or list(folder.iterdir()) == []
        assert [thread.name for thread in threading.enumerate() if thread.name == "videoai"] == []

    return check
