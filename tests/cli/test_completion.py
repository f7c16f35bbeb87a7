"""TAB, in the shells that people have."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.cli.shells import START, TAB, Terminal
from tests.conftest import ROOT
from tests.language.said import commands
from videoai import own_presets
from videoai.cli.completing import MODEL_TITLES
from videoai.history.store import JobStore
from videoai.kinds import Choice, FreeText, IdOrPath, VideoPath
from videoai.options import OPTIONS
from videoai.presets import PRESETS
from videoai.settings import PARAMETERS
from videoai.system import paths

TITLES = ("beach: at noon, again.jpg", "Müller's “dog” (2).heic")


@pytest.fixture
def jobs(own_home: Path) -> list[str]:
    """One that waits, and one that was cancelled."""
    store = JobStore(paths.database())
    ids = [store.add(title, {"model": "draft"}).id for title in TITLES]
    store.cancel(ids[1])
    store.close()
    return ids


@pytest.fixture(params=START)
def terminal(request: pytest.FixtureRequest, tmp_path: Path, jobs: list[str]) -> Iterator[Terminal]:
    for name in ("photo of mine.jpg", "other.mp4", "it's.png"):
        (tmp_path / name).touch()
    terminal = Terminal(request.param, tmp_path)
    yield terminal
    terminal.close()


def test_tab_completes_verbs_files_flags_and_values(terminal, jobs):
    waiting, cancelled = jobs
    typed = {
        f"pho{TAB} --mot{TAB} 80": ["photo of mine.jpg", "--motion", "80"],
        f"gen{TAB}it{TAB} --preset saf{TAB}": ["generate", "it's.png", "--preset", "safety"],
        f"--model=dra{TAB} --output=oth{TAB}": ["--model=draft", "--output=other.mp4"],
        f"jobs cancel {TAB}": ["jobs", "cancel", waiting],
        f"resume {cancelled[:-1]}{TAB}": ["resume", cancelled],
        f"models pull tiny{TAB}": ["models", "pull", "tiny-decoder"],
    }
    for line, arguments in typed.items():
        assert terminal.ran(f"videoai {line}") == arguments
    seen = terminal.offered("videoai jobs show ", waiting)
    assert cancelled in seen
    if terminal.shell != "bash":  # which shows no meanings
        assert all(title in seen for title in TITLES)


def offered(*so_far: str, module: str = "videoai") -> list[list[str]]:
    """Type, word, what is before it and meaning of each candidate for the last of these words."""
    environment = os.environ | {"_VIDEOAI_COMPLETE": "zsh_complete", "COMP_WORDS": "\x1f".join(("videoai", *so_far))}
    done = subprocess.run(
        [sys.executable, "-m", module], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return [line.split("\x1f") for line in done.stdout.splitlines() if line]


def test_every_preset_and_model_is_offered_with_what_it_is():
    own_presets.keep("My portraits", (512, 512), {"model": "draft"})
    assert [(word, meaning) for _, word, _, meaning in offered("p.jpg", "--preset", "")] == [
        *((name, preset.label) for name, preset in PRESETS.items()),
        ("My portraits", ""),
    ]
    assert {word: meaning for _, word, _, meaning in offered("models", "pull", "")} == MODEL_TITLES
    assert ["file", "sv", "", ""] in offered("p.jpg", "--model", "sv"), "a model's path may follow too"


def test_without_a_verb_a_dash_offers_the_flags_of_generate():
    words = [word for _, word, _, _ in offered("-")]
    flags = [row.flag for row in (*PARAMETERS.values(), *OPTIONS.values())]
    assert set(words) >= {*flags, "--help", "--version", "--dry-run"}
    assert len(words) == len(set(words))
    assert "--all" in [word for _, word, _, _ in offered("jobs", "-")]


def test_every_value_that_is_a_word_or_a_file_is_completed():
    """Whatever verb it is of: an argument or option that comes later is found here too."""
    bare = []
    for command in commands():
        for parameter in command.params:
            own = parameter._custom_shell_complete is not None or isinstance(parameter.type, (click.Path, click.Choice))
            row = {**PARAMETERS, **OPTIONS}.get(parameter.name)
            number = isinstance(parameter.type, (click.types.IntParamType, click.types.FloatParamType)) or (
                row is not None and not isinstance(row.kind, (Choice, FreeText, IdOrPath, VideoPath))
            )
            if not own and not number and not getattr(parameter, "is_flag", False):
                bare.append(f"{command.name} {parameter.name}")
    wanted = ["generate seeds", "rename name", "serve port"]
    assert sorted(bare) == wanted, "numbers, a list of them, and a name that is new"


@pytest.mark.parametrize("broken", ["absent", "no database", "of a newer version"])
def test_a_history_that_cannot_be_read_offers_nothing_and_is_left_alone(own_home, broken):
    database = paths.database()
    if broken == "no database":
        database.write_bytes(b"no database at all" * 100)
    elif broken == "of a newer version":
        store = JobStore(database)
        with store.database.writing() as connection:
            connection.execute("PRAGMA user_version = 9999")
        store.close()
    before = {path.name: path.read_bytes() for path in database.parent.iterdir() if path.is_file()}
    assert offered("jobs", "show", "") == []
    assert {path.name: path.read_bytes() for path in database.parent.iterdir() if path.is_file()} == before


def test_a_tab_loads_nothing_that_takes_long(jobs):
    code = (
        "import sys, atexit, json; atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr)); "
        "from videoai.cli import main; main()"
    )
    environment = os.environ | {
        "_VIDEOAI_COMPLETE": "zsh_complete",
        "COMP_WORDS": "\x1f".join(("videoai", "jobs", "show", "")),
    }
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert jobs[0] in done.stdout
    loaded = {name.split(".")[0] for name in json.loads(done.stderr)}
    assert loaded.isdisjoint({"torch", "numpy", "PIL", "av", "flask", "rich", "requests", "scipy"})


def test_a_shell_that_there_is_no_completion_for(inside):
    done = inside("completion", "pwsh")
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no completion for “pwsh”.\n  Use bash, zsh or fish." in done.stderr
