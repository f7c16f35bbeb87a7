"""The project about itself: docs that are generated are up to date, and the pins can be installed on a Mac."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections import defaultdict

import pytest

from tests.conftest import ROOT
from tools import docs
from videoai import __version__


@pytest.mark.parametrize("path", docs.BLOCKS)
def test_generated_docs_are_up_to_date(path):
    assert docs.render(path) == (ROOT / path).read_text("utf-8"), "run “make docs”"


@pytest.mark.slow
@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13"])
def test_the_pins_resolve_to_binary_wheels_on_macos_14(python):
    """As pip would on a Mac, without one: nothing may need a compiler or a newer macOS. pyvips is only Python."""
    command = "uv pip compile -q --no-header --no-annotate --only-binary :all: --python-platform aarch64-apple-darwin"
    command += " --no-binary pyvips"
    result = subprocess.run(
        [sys.executable, "-m", *command.split(), "--python-version", python, "requirements.txt"],
        cwd=ROOT,
        env=os.environ | {"MACOSX_DEPLOYMENT_TARGET": "14.0"},
        capture_output=True,
        text=True,
    )
    if re.search(
        r"dns error|error sending request|network|Connection refused", result.stderr, re.I
    ) and not os.environ.get("VIDEOAI_REQUIRE_TOOLS"):
        pytest.skip("the package index cannot be reached")
    assert result.returncode == 0, result.stderr
    resolved = dict(line.split("==") for line in result.stdout.splitlines() if "==" in line)
    assert resolved["torch"] == "2.13.0"
    pinned = {line.split("==")[0] for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line}
    assert set(resolved) <= pinned, "every package that gets installed is pinned"


def test_every_dependency_has_its_reason():
    reasons = (ROOT / "docs" / "dependencies.md").read_text()
    project = (ROOT / "pyproject.toml").read_text()
    names = re.findall(r'^    "([A-Za-z0-9_-]+)[>=]', project, re.MULTILINE)
    assert len(names) > 15
    assert [name for name in names if f"`{name}`" not in reasons] == []


def test_the_changelog_knows_this_version():
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_no_module_below_the_entry_points_prints_or_exits():
    # The processes that are started are entry points of their own, and child.py is what ends them.
    entries = {
        "cli",
        "__main__.py",
        "supported.py",
        "worker.py",
        "pull_process.py",
        "media_process.py",
        "proof_process.py",
        "server_process.py",
        "probe.py",
        "child.py",
    }
    below = [path for path in (ROOT / "videoai").rglob("*.py") if not entries & set(path.parts)]
    calls = [
        f"{path.name}:{node.lineno}"
        for path in below
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "exit", "sys.exit", "os._exit")
    ]
    assert calls == []


def test_benches_stand_on_the_tests_support_and_never_the_other_way_round():
    """A test may run a bench, as a command; what it stands on is in tests/support."""
    tests = (ROOT / "tests").rglob("*.py")
    above = [
        path.name for path in tests if re.search(r"^\s*(from|import) bench\b", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert above == []


PROMISED = {"_exit", "_asdict"}
"""Of os and of named tuples: underscored, and documented all the same."""

ONEDNN = ("_linear_pointwise", "_convolution_pointwise", "_convolution_pointwise_")
ONEDNN += ("_reorder_linear_weight", "_reorder_convolution_weight", "_is_mkldnn_fp16_supported")
BOUND = dict.fromkeys(ONEDNN, "torch")
"""Name → package. waitress promises no more than `serve`, and click not how it calls gettext."""


def test_what_is_private_to_a_package_is_used_only_where_its_version_is_bound():
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / "videoai").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    ours = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    ours |= {node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}
    ours |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    used = {node.attr for node in nodes if isinstance(node, ast.Attribute)} - ours
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] != "videoai":
            used |= set(node.module.split(".")) | {alias.name for alias in node.names}
    private = {name for name in used if name.startswith("_") and not name.startswith("__")}
    assert private - PROMISED == set(BOUND)
    bounds = (ROOT / "pyproject.toml").read_text("utf-8")
    for package in {*BOUND.values(), "waitress", "click"}:
        assert re.search(rf'"{package}>=[\d.]+,<[\d.]+"', bounds), package


def test_no_two_classes_have_one_name():
    places = defaultdict(list)
    for path in sorted((ROOT / "videoai").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert len(places) > 100
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
