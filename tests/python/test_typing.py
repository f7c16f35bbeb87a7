"""Keywords have types, made of the table of parameters: a type checker says what is wrong before a run."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import videoai
from tests.conftest import EXAMPLES, ROOT
from tools import keywords
from videoai.options import OPTIONS
from videoai.python.keywords import ClipSettings, Settings
from videoai.settings import PARAMETERS

GOOD = """
from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

import videoai
from videoai.events import Event, Step


def hear(event: Event) -> None:
    if isinstance(event, Step):
        event.index.bit_length()


model = videoai.load("svd-xt", precision=8, memory_limit="12GiB", gentle=True, offline=True)
other: videoai.LoadedModel = videoai.load(Path("checkpoint"), precision="4", compute="bf16", force=True)
photos: list[videoai.PhotoLike] = ["photo.jpg", Path("photo.jpg"), b"...", io.BytesIO(b"..."), Image.new("RGB", (9, 9))]
for photo in photos:
    result = model(photo, motion=80, loop="boomerang", trim=(0, 1), smooth=None, enlarge=2, on_event=hear)
    result = model(np.zeros((64, 64, 3), np.uint8), preset="quick", like="video.mp4", seed="random", guidance_max=1)
    height: int = result.frames.shape[1]
    seconds: float = result.duration + len(result.frames) / result.fps
    path: Path = result.save("clip.mp4", encoder="hardware", overwrite=True)
for event in model.events("photo.jpg", frames=14):
    if isinstance(event, videoai.Result):
        event.save("clip.gif")
try:
    with other:
        videoai.generate("photo.jpg", Path("clip.mp4"), model="draft", precision=4, overwrite=True).path.stat()
except videoai.VideoAiError as error:
    said: str = error.message + error.hint
"""

BAD = {
    'videoai.load("svd-xt", precision=7)': "precision",
    'videoai.load("svd-xt", presicion=8)': "presicion",
    'videoai.load("svd-xt")("photo.jpg", motoin=80)': "motoin",
    'videoai.load("svd-xt")("photo.jpg", motion="strong")': "motion",
    'videoai.load("svd-xt")("photo.jpg", precision=8)': "precision",
    'videoai.load("svd-xt")("photo.jpg", loop="circle")': "loop",
    'videoai.load("svd-xt")("photo.jpg", trim=3)': "trim",
    'videoai.load("svd-xt")(17)': "int",
    'videoai.load("svd-xt").events("photo.jpg", preset=3)': "preset",
    'videoai.load("svd-xt")("photo.jpg").save("clip.mov", encoder="h266")': "encoder",
    'videoai.generate("photo.jpg", encoder="software", frames=2.5)': "frames",
    'videoai.generate("photo.jpg", model="draft").seed': "seed",
}


def checked(folder: Path, text: str, *others: Path) -> list[str]:
    """What “mypy --strict” says of a user's scripts. As in a user's environment, it is silent of packages."""
    (script := folder / "script.py").write_text(text)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent", script, *others]
    command += ["--cache-dir", str(ROOT / ".mypy_cache" / "users"), "--no-error-summary"]
    environment = {"MYPYPATH": str(ROOT), "PATH": ""}
    found = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert found.returncode in (0, 1), found.stderr
    return found.stdout.splitlines()


@pytest.mark.timeout(600)
def test_a_type_checker_takes_what_is_right_and_tells_what_is_wrong(tmp_path):
    """One run of it, which reads what the program is made of once."""
    first = GOOD.count("\n") + 1
    found = checked(tmp_path, GOOD + "".join(f"{line}\n" for line in BAD), *EXAMPLES.glob("*.py"))
    lines = {first + number: (line, meant) for number, (line, meant) in enumerate(BAD.items())}
    assert all(each.startswith("script.py:") for each in found), "\n".join(found)
    told = {int(re.match(r"script\.py:(\d+): error: ", each)[1]): each for each in found if ": error: " in each}
    assert sorted(told) == sorted(lines), "\n".join(found)
    for number, (line, meant) in lines.items():
        assert meant in told[number], line


def test_the_keywords_are_those_of_the_table():
    """After a change: make docs."""
    assert (ROOT / keywords.PATH).read_text("utf-8") == keywords.render()
    assert set(Settings.__annotations__) == set(PARAMETERS)
    assert set(ClipSettings.__annotations__) == set(PARAMETERS) - {"model", "precision", "compute"}


def test_every_option_of_a_run_is_a_keyword_somewhere():
    own = {"photo", "output", "settings", "on_event"}
    assert set(inspect.signature(videoai.generate).parameters) - own == set(OPTIONS) - {"output"}
    loaded = set(inspect.signature(videoai.load).parameters)
    called = set(inspect.signature(videoai.LoadedModel.__call__).parameters) - own - {"self"}
    assert loaded == {"model", "precision", "compute", "memory_limit", "gentle", "force", "offline"}
    assert called == {"preset", "like"}
    assert set(inspect.signature(videoai.LoadedModel).parameters) == loaded
