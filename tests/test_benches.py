"""What benches write: figures of a processor replace those of the same one alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

_WRITE = (
    "import json, pathlib, sys; from bench.document import write; "
    "write(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), pathlib.Path(sys.argv[4]))"
)

AMD = "`python -m bench.it`, 2026-01-01, 2 cores of a AMD EPYC, torch 2:\n\n| old AMD |"
SERVER = "`python -m bench.it`, 2026-01-01, 2 cores of a Intel(R) Xeon with AVX2, AMX, torch 2:\n\n| old AMX |"
OTHER = "`python -m bench.it`, 2026-01-01, 4 cores of a Intel(R) Xeon with AVX2, torch 2:\n\n| old AVX2 |"


def section(name: str, *tables: str) -> str:
    return (
        f"<!-- {name} -->\n"
        + "".join(f"{table}\n" for table in ["\n\n".join(tables)] if table)
        + f"<!-- end of {name} -->"
    )


def written(document: Path, name: str, processor: str) -> str:
    """The document with one figure of that processor."""
    figure = {"what": "a pass", "ours": 2.0, "peer": 3.0, "unit": "s", "ratio": 1.5, "bar": "", "ok": True}
    head = f"`python -m bench.it --fast`, 2026-02-02, 2 cores of a {processor}, torch 2"
    words = [sys.executable, "-c", _WRITE, name, head, json.dumps([figure]), str(document)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    return document.read_text("utf-8")


@pytest.mark.parametrize(
    ("processor", "replaced"),
    [
        ("Intel(R) Xeon with AVX2, AMX", SERVER),
        ("Intel(R) Xeon with AVX2", OTHER),
        ("AMD EPYC with AVX2, AVX512F", AMD),  # an older table does not say what its processor had
        ("Intel(R) Xeon with AVX2, AVX512F", None),
        ("AMD EPYC 9", None),
    ],
)
def test_a_table_replaces_that_of_its_own_processor(tmp_path, processor, replaced):
    document = tmp_path / "benchmarks.md"
    before = f"# Title\n\n{section('one', AMD, SERVER, OTHER)}\n\nBetween.\n\n{section('two', AMD)}\n"
    document.write_text(before, "utf-8")
    after = written(document, "one", processor)
    for table in (AMD, SERVER, OTHER):
        assert (table in after.partition("Between.")[0]) == (table != replaced)
    assert after.count("--fast") == 1
    assert f"{processor}, torch 2:\n\n| what | ours |" in after
    assert "| a pass | 2 s | 3 s | 1.50× | – | – |" in after
    assert after.startswith("# Title\n")
    assert after.endswith(f"Between.\n\n{section('two', AMD)}\n")
    assert written(document, "one", processor) == after


def test_an_empty_section_gets_its_first_table(tmp_path):
    document = tmp_path / "benchmarks.md"
    document.write_text(section("one") + "\n", "utf-8")
    after = written(document, "one", "AMD EPYC")
    assert after.startswith("<!-- one -->\n`python -m bench.it --fast`")
    assert after.endswith("| a pass | 2 s | 3 s | 1.50× | – | – |\n<!-- end of one -->\n")


def test_every_bench_has_its_section():
    names = "import bench.__main__ as b; print(*b.COMMANDS)"
    result = subprocess.run([sys.executable, "-c", names], cwd=ROOT, check=True, capture_output=True, text=True)
    text = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    for name in result.stdout.split():
        assert f"<!-- {name} -->\n" in text
        assert f"<!-- end of {name} -->" in text
