"""The program with one more parameter, engine and finisher: a copy of it, to which is done what docs/architecture.md
says, and nothing else."""

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

from tests.conftest import ROOT, known_numbers
from tests.support.site import Site

ADDED = Path(__file__).parent / "added"

ROW = """    glow: int = row(
        3,
        Whole(0, 9),
        FINISHING,
        label=say("Glow"),
        help=say("How bright it glows"),
        unit="lx",
        hints=(Hint(0, say("dim")), Hint(5, say("dazzling"))),
    )

"""

CHANGES = (
    # The file, what the new text comes before, and the new text.
    ("settings.py", "    def to_dict(self)", ROW),
    (
        "catalogue.py",
        '        Model("draft",',
        '        Model("fade", say("Into its mirror image"), 25, engine="videoai.engines.fade"),\n',
    ),
    ("finishing/registry.py", "from videoai.settings", "from videoai.finishing.glow import Glow\n"),
    ("finishing/registry.py", "]\n\n\ndef wanted", ", Glow()"),
)
"""What is done to files that are there."""


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
            env=self.whole_environment(**environment),
            capture_output=True,
            text=True,
            timeout=120,
        )

    def whole_environment(self, **more: str) -> dict[str, str]:
        """What a process of the copy is to have in its environment."""
        return os.environ | self.environment | more

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
    """With the parameter and the finisher `glow`, and the engine `fade`."""
    root, user = tmp_path_factory.mktemp("copied"), tmp_path_factory.mktemp("user")
    for folder in ("videoai", "static"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("app.py", "generate_video.py"):
        shutil.copy(ROOT / file, root)
    for name, before, text in CHANGES:
        source = (root / "videoai" / name).read_text("utf-8")
        assert source.count(before) == 1, name
        (root / "videoai" / name).write_text(source.replace(before, text + before), "utf-8")
    shutil.copy(ADDED / "engine.py", root / "videoai" / "engines" / "fade.py")
    shutil.copy(ADDED / "finisher.py", root / "videoai" / "finishing" / "glow.py")
    (user / "data").mkdir()
    (user / "data" / "rates.json").write_text(json.dumps({"cpu": {"product": 1e11}}))
    (user / "data" / "numbers.json").write_text(known_numbers())
    return Copied(root, user)


@pytest.fixture(scope="session")
def copied_site(copied: Copied) -> Iterator[Site]:
    """The copy's own server."""
    site = Site(copied.user, root=copied.root)
    site.start()
    yield site
    site.stop()
