"""What docs/architecture.md says of the code is so; what it says to do is done in tests/extending."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT

DOCUMENT = (ROOT / "docs" / "architecture.md").read_text("utf-8")
HOW = re.findall(r"^### (.+)\n((?:.+\n)+)", DOCUMENT.partition("## How to add")[2], re.MULTILINE)


def test_every_file_and_folder_that_it_names_is_there():
    named = re.findall(r"`((?:videoai|tests|docs)/[\w/.]*)`", DOCUMENT)
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_drawing_shows_every_folder():
    drawing = DOCUMENT.partition("```")[2].partition("```")[0]
    shown = set(re.findall(r"^  (\w+)/", drawing, re.MULTILINE)) | set(re.findall(r" (\w+)/", drawing))
    there = {path.parent.name for path in (ROOT / "videoai").glob("*/__init__.py")}
    assert there <= shown


@pytest.mark.parametrize(("what", "steps"), HOW)
def test_the_names_in_each_guide_are_in_the_files_that_it_names(what, steps):
    files = [ROOT / name for name in re.findall(r"`((?:videoai|tests)/[\w/.]+\.\w+)`", steps)]
    assert files
    source = "\n".join(file.read_text("utf-8") for file in files)
    source += "\n".join(path.read_text("utf-8") for path in (ROOT / "videoai").rglob("*.py"))
    names = [
        re.match(r"\w+", name)[0]
        for name in re.findall(r"`([A-Za-z]\w+[^`/]*)`", steps)
        if not name.startswith("make ")
    ]
    assert [name for name in names if not re.search(rf"\b{name}\b", source)] == []


@pytest.mark.parametrize(("what", "steps"), HOW)
def test_each_guide_has_at_most_six_lines(what, steps):
    assert len(steps.splitlines()) <= 6


def test_there_is_a_guide_for_each_seam():
    assert [what for what, _ in HOW] == ["A parameter", "An engine", "A finisher", "A runner"]
