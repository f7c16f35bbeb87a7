"""docs/other-programs.md: its programs do what it says, with a server and clients that are processes of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import av
import pytest

from tests.conftest import EXAMPLES, ROOT
from tests.support.site import Site

DOCUMENT = ROOT / "docs" / "other-programs.md"


def program(marked: str) -> str:
    """The one of the document's Python programs in which this stands."""
    programs = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    (found,) = [each for each in programs if marked in each]
    return found


def frames(video: Path) -> int:
    with av.open(str(video)) as file:
        return sum(1 for _ in file.decode(video=0))


@pytest.mark.slow
def test_their_client_does_what_the_document_says(tmp_path):
    shutil.copy(EXAMPLES / "rocket.jpg", tmp_path / "photo.jpg")
    site = Site(tmp_path / "home")
    site.start()
    try:
        command = [sys.executable, "-m", "videoai", "token"]
        told = subprocess.run(command, cwd=ROOT, env=site.environment, capture_output=True, text=True, check=True)
        token = told.stdout.strip()
        assert len(token) >= 43
        text = program("videos.create_and_poll").replace("http://localhost:5001", site.url)
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", text],
            cwd=tmp_path,
            env=site.environment | {"VIDEOAI_TOKEN": token},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert (done.returncode, done.stdout) == (0, "completed 512x320 2 None\n"), done.stdout + done.stderr
        assert frames(tmp_path / "video.mp4") == 12
        assert not list(site.outputs.glob("*.mp4")), "it deletes its video in the end"
    finally:
        site.stop()
    logs = [path for path in (tmp_path / "home").rglob("*") if path.is_file() and path.name != "owner.token"]
    assert [path for path in logs if token.encode() in path.read_bytes()] == []


@pytest.mark.slow
def test_an_assistants_client_does_what_the_document_says(tmp_path, own_home):
    shutil.copy(EXAMPLES / "rocket.jpg", tmp_path / "photo.jpg")
    text = program("stdio_client").replace(
        'command="videoai", args=[', f'command={sys.executable!r}, env=dict(os.environ), args=["-m", "videoai", '
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import os\n{text}"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    state, path = done.stdout.split()
    assert (state, frames(Path(path))) == ("done", 12)
