"""The commands and examples of the docs do what they say, in the order they are written."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys

import pytest

from tests.conftest import EXAMPLES, ROOT


def commands(document: str) -> list[str]:
    """Every line of a document's shell blocks that makes a video."""
    blocks = re.findall(r"```bash\n(.*?)```", (ROOT / document).read_text("utf-8"), re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("python generate_video.py")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("document", "photo", "folder"),
    [("README.md", "photo.jpg", "holiday/beach.jpg"), ("plan.md", "foto.jpg", "vacanze/mare.jpg")],
)
def test_every_command_of_the_docs_works(tmp_path, document, photo, folder):
    for name in (photo, folder):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(EXAMPLES / "rocket.jpg", tmp_path / name)
    (tmp_path / "examples").symlink_to(EXAMPLES)
    lines = commands(document)
    assert len(lines) >= 4
    for line in lines:
        script, *arguments = shlex.split(line, comments=True)[1:]
        command = [sys.executable, str(ROOT / script), *arguments]
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert result.returncode == 0, f"{line}\n{result.stderr}"


@pytest.mark.parametrize(
    "document",
    ["README.md", "plan.md", "CONTRIBUTING.md", *(f"docs/{name}.md" for name in ("cli", "dependencies", "python"))],
)
def test_links_in_the_docs_lead_somewhere(document):
    links = re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / document).read_text("utf-8"))
    assert [link for link in links if not ((ROOT / document).parent / link).exists()] == []
