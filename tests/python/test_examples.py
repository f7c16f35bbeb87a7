"""The examples for Python run as they are, and what the README and docs/python.md show does too."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import av
import pytest

from tests.conftest import EXAMPLES, ROOT

NOTEBOOK = EXAMPLES / "notebook.ipynb"


@pytest.fixture
def examples(tmp_path, monkeypatch) -> Path:
    """A copy of their folder, which is the current one."""
    copy = shutil.copytree(EXAMPLES, tmp_path / "examples")
    monkeypatch.chdir(copy)
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    return copy


def test_the_script_makes_a_video_of_each_photo(examples):
    command = [sys.executable, "several_photos.py", "coffee.png", "no-such.jpg", "chelsea.png"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1
    assert "There is no file no-such.jpg." in result.stderr
    assert "Traceback" not in result.stderr
    for name in ("coffee", "chelsea"):
        assert f"{name}.mp4: 8 frames" in result.stdout
        with av.open(f"{name}.mp4") as movie:
            assert sum(1 for _ in movie.decode(video=0)) == 8


def cells() -> list[str]:
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_the_notebook_is_small_and_has_no_outputs():
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    assert NOTEBOOK.stat().st_size < 10_000
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook["cells"])


def test_the_cells_of_the_notebook_run_one_after_the_other(examples):
    shown, names = [], {}
    for cell in cells():
        *statements, last = ast.parse(cell).body
        exec(compile(ast.Module(statements, []), "cell", "exec"), names)
        if isinstance(last, ast.Expr):
            shown.append(eval(compile(ast.Expression(last.value), "cell", "eval"), names))
        else:
            exec(compile(ast.Module([last], []), "cell", "exec"), names)
    assert "<video " in shown[0]._repr_html_()
    assert (examples / "chelsea.gif").stat().st_size > 1000


@pytest.mark.slow
def test_a_real_kernel_shows_the_clips(examples):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert [output for output in outputs if output.output_type == "stream" and output.name == "stderr"] == []
    films = [output.data for output in outputs if "data" in output and "text/html" in output.data]
    assert len(films) == 2
    for film in films:
        assert 'src="data:video/mp4;base64,' in film["text/html"]
        assert film["text/plain"].startswith("<videoai.Result: ")
        assert film["image/png"]


@pytest.mark.parametrize("document", ["README.md", "docs/python.md"])
def test_the_code_of_the_docs_runs(examples, document):
    """Block after block, as in one program; a `…` stands for what is not shown."""
    (examples.parent / "work").mkdir()
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / document).read_text("utf-8"), re.DOTALL)
    assert blocks
    code = "\n".join(block.replace('"svd-xt"', '"draft"') for block in blocks)
    result = subprocess.run([sys.executable, "-c", code], cwd=examples.parent, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
