"""What the workflows name is there, and they run on what the project says that it supports."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
INSTALLED = {"brew"}
"""Programs that a runner comes with."""


def read(path: Path) -> dict[Any, Any]:
    return yaml.safe_load(path.read_text("utf-8"))


def jobs() -> list[tuple[str, dict[str, Any]]]:
    return [(f"{path.stem}/{name}", job) for path in WORKFLOWS for name, job in read(path)["jobs"].items()]


def steps() -> list[dict[str, Any]]:
    return [step for _, job in jobs() for step in job["steps"]]


def commands() -> list[list[str]]:
    return [shlex.split(line) for step in steps() if "run" in step for line in step["run"].splitlines()]


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_is_there(words):
    program, *arguments = words
    if program == "make":
        assert arguments
        assert set(arguments) <= targets()
    elif program == "venv/bin/videoai":
        from tests.language.said import commands as known
        from videoai.cli.app import videoai

        names = {option for command in known(videoai) for parameter in command.params for option in parameter.opts}
        assert arguments[0] in videoai.commands
        assert {word for word in arguments if word.startswith("-")} <= names
    elif program not in INSTALLED:
        assert os.access(ROOT / program, os.X_OK)


def test_they_run_on_every_python_and_machine_that_the_project_names():
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    named = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', project)
    assert re.search(r'requires-python = ">=(3\.\d+)"', project)[1] == named[0]
    matrices = {name: job["strategy"]["matrix"] for name, job in jobs()}
    assert matrices["test/linux"] == {"machine": ["ubuntu-24.04", "ubuntu-24.04-arm"], "python": named}
    assert matrices["test/macos"] == {"machine": ["macos-14", "macos-15"], "python": named}
    assert set(matrices["self-test/self-test"]["machine"]) == {
        machine for name in ("test/linux", "test/macos") for machine in matrices[name]["machine"]
    }


def test_each_of_them_tests_and_tries_the_package_and_the_self_test_is_by_hand_alone():
    run = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in jobs()}
    assert run["test/linux"] == [".ci/run", "make wheel"]
    assert run["test/macos"][-2:] == ["make test", "make wheel"]
    assert "make test" in (ROOT / ".ci" / "run").read_text("utf-8")
    (by_hand,) = [read(path) for path in WORKFLOWS if path.stem == "self-test"]
    assert set(by_hand[True]) == {"workflow_dispatch"}  # YAML takes “on” for a truth
    assert run["self-test/self-test"][-1] == "venv/bin/videoai doctor --self-test"


def test_they_may_only_read_and_take_actions_of_a_known_version():
    for path in WORKFLOWS:
        assert read(path)["permissions"] == {"contents": "read"}, path.name
    for name, job in jobs():
        assert "permissions" not in job, name
        assert job["timeout-minutes"] <= 60, name
    used = [step["uses"] for step in steps() if "uses" in step]
    assert used
    for action in used:
        assert re.fullmatch(r"actions/[a-z-]+@(v\d+|[0-9a-f]{40})", action), action
