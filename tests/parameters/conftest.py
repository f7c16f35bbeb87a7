"""The program with one more parameter: a copy of it, in whose table one row is put, and nothing else is touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.site import Site

BEFORE = "\n    def to_dict(self)"
"""Of settings.py: what comes after the last row."""

ROW = """
    glow: int = row(
        3,
        Whole(0, 9),
        FINISHING,
        label=say("Glow"),
        help=say("How bright it glows"),
        unit="lx",
        hints=(Hint(0, say("dim")), Hint(5, say("dazzling"))),
    )
"""


@dataclass(frozen=True)
class Copied:
    """The copy: its root, and a user who has it."""

    root: Path
    user: Path

    def run(self, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        """A command of the copy's."""
        return subprocess.run(
            [sys.executable, "-m", "videoai", *map(str, arguments)],
            cwd=self.user,
            env=os.environ | self.environment | environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PYTHONPATH": str(self.root),
            "VIDEOAI_LANG": "en",
            "HOME": str(self.user),
            "VIDEOAI_HOME": str(self.user / "data"),
            "VIDEOAI_OUTPUTS": str(self.user / "videos"),
        }


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Copied:
    """With the row `glow`."""
    root, user = tmp_path_factory.mktemp("copied"), tmp_path_factory.mktemp("user")
    for folder in ("videoai", "static"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("app.py", "generate_video.py"):
        shutil.copy(ROOT / file, root)
    table = root / "videoai" / "settings.py"
    source = table.read_text("utf-8")
    assert source.count(BEFORE) == 1
    table.write_text(source.replace(BEFORE, ROW + BEFORE), "utf-8")
    (user / "data").mkdir()
    (user / "data" / "rates.json").write_text(json.dumps({"cpu": {"product": 1e11}}))
    return Copied(root, user)


@pytest.fixture(scope="session")
def copied_site(copied: Copied) -> Iterator[Site]:
    """The copy's own server."""
    site = Site(copied.user, root=copied.root)
    site.start()
    yield site
    site.stop()
