"""The folders of the program are floors: each imports only what is below it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

PACKAGE = ROOT / "videoai"

FLOORS: tuple[tuple[str, ...], ...] = (
    ("version", "supported", "packages", "language", "errors", "events"),
    ("system",),
    (
        "kinds",
        "formats",
        "stages",
        "parameters",
        "catalogue",
        "presets",
        "own_presets",
        "options",
        "settings",
        "trimming",
        "limits",
        "resolving",
        "writable",
        "replacing",
        "outputs",
        "naming",
        "config",
    ),
    ("media",),
    ("weights",),
    ("engines",),
    ("finishing",),
    ("models",),
    ("memory",),
    ("request", "engine_run", "extend", "kept_frames", "pipeline"),
    ("history",),
    ("jobs",),
    ("batch",),
    ("upkeep",),
    ("web",),
    ("mcp",),
    ("desktop",),
    ("cli",),
    ("python",),
    ("__init__", "__main__"),
)
"""From the ground up. Files and folders of one floor may import each other, as long as that goes in no circle."""

LEVELS = {name: level for level, names in enumerate(FLOORS) for name in names}


def module(path: Path) -> str:
    """ "system.files" for videoai/system/files.py; "system" for its __init__.py."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


MODULES = {module(path): path for path in PACKAGE.rglob("*.py")}


def imported(path: Path, *, at_once: bool = False) -> Iterator[tuple[int, str]]:
    """Line and module, without “videoai.”, of each import of ours; `at_once` leaves out what waits for a call."""
    tree = ast.parse(path.read_text("utf-8"))
    nodes = ast.walk(tree) if not at_once else iter(tree.body)
    for node in nodes:
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            if name.split(".")[0] == "videoai":
                yield node.lineno, ours(name.partition(".")[2])


def ours(name: str) -> str:
    """The module that a name is, or is in."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name or "__init__"


def test_every_file_and_folder_has_its_floor():
    there = {path.stem for path in PACKAGE.glob("*.py")} | {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert there == set(LEVELS)


def test_nothing_imports_upwards():
    upwards = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in MODULES.values()
        for line, name in imported(path)
        if LEVELS[name.split(".")[0]] > LEVELS[module(path).split(".")[0]]
    ]
    assert upwards == []


def test_no_two_modules_need_each_other_to_be_imported():
    needs = {name: {other for _, other in imported(path, at_once=True)} for name, path in MODULES.items()}

    def circle(name: str, above: tuple[str, ...]) -> list[str]:
        if name in above:
            return [*above[above.index(name) :], name]
        if name in done:
            return []
        found = next((found for other in sorted(needs[name]) if (found := circle(other, (*above, name)))), [])
        done.add(name)
        return found

    done: set[str] = {"__init__"}
    assert [found for name in sorted(needs) if (found := circle(name, ()))] == []


def test_no_engine_and_no_model_is_asked_for_by_its_name():
    """Outside its own folder and the catalogue, the model that needs no weights is what the catalogue says it is."""
    allowed = {PACKAGE / "catalogue.py", *(PACKAGE / "engines" / "draft").rglob("*.py")}
    asking = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in [*MODULES.values(), *(ROOT / "static").rglob("*.js")]
        if path not in allowed
        for node in compared(path)
    ]
    assert asking == []


def compared(path: Path) -> list[ast.Compare]:
    """Comparisons with the word “draft”."""
    if path.suffix == ".js":
        assert not re.search(r"""[!=]==?\s*["']draft["']|["']draft["']\s*[!=]==?""", path.read_text("utf-8")), path
        return []
    return [
        node
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Compare)
        and any(isinstance(part, ast.Constant) and part.value == "draft" for part in ast.walk(node))
    ]
