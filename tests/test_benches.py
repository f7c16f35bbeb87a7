"""What benches write: figures of a processor replace those of the same one alone."""

from __future__ import annotations

import json
import os
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


_ROUNDS = """
import os, torch
def load(name, log):
    done = []
    def once():
        done.append(name)
        if len(done) == 4:
            os._exit(7)
        with open(log, "a") as file:
            file.write(name)
        known = name == os.environ["ROUNDS"]
        return torch.tensor([os.getpid(), torch.get_num_threads(), known], dtype=torch.float64)
    return once
"""

_TURNS = """
import functools, os, sys, rounds; from bench import report, worker

def start(name):
    load = functools.partial(rounds.load, name, sys.argv[1])
    return worker.Worker(load, threads=1, clock="cpu", variables={"ROUNDS": name})

if __name__ == "__main__":
    with start("o") as ours, start("p") as peer:
        seconds = report.interleaved([ours.round, peer.round], 2)
        assert all(0 < taken < 1 for taken in seconds), seconds
        made = [each.made().tolist() for each in (ours, peer)]
        assert len({os.getpid(), made[0][0], made[1][0]}) == 3
        assert [values[1:] for values in made] == [[1, 1], [1, 1]]
        assert "ROUNDS" not in os.environ
        try:
            peer.round()
        except RuntimeError as error:
            print(error)
        pids = [int(values[0]) for values in made]
    for pid in pids:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            print("gone")
"""


def test_ours_and_the_peer_take_turns_in_processes_of_their_own(tmp_path):
    (tmp_path / "rounds.py").write_text(_ROUNDS)
    (tmp_path / "turns.py").write_text(_TURNS)
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    words = [sys.executable, tmp_path / "turns.py", tmp_path / "log"]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["The process that was measured ended with 7.", "gone", "gone"]
    assert (tmp_path / "log").read_text() == "opopop"
