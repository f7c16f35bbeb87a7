"""Hints are true: whoever does what a sentence says, in the state in which it is said, gets what it promises."""

from __future__ import annotations

import importlib.metadata
import re
import shlex
import subprocess
import sys

import click
import pytest

from tests.conftest import ROOT
from tests.hints import of_config, of_files, of_history, of_models, of_programs, of_usage
from tests.hints.elsewhere import UNSEEN
from tests.hints.sentences import NAMES_A_FLAG, OF_OTHER_PROGRAMS, commands_in, everything, flags, told, verbs
from tests.hints.world import Case, World, filled
from videoai.cli.app import videoai as root
from videoai.errors import VideoAiError
from videoai.language import catalogue
from videoai.packages import how_to_install, how_to_reinstall

CASES = [*of_usage.CASES, *of_config.CASES, *of_programs.CASES, *of_files.CASES, *of_history.CASES, *of_models.CASES]


@pytest.mark.parametrize(
    "case", [pytest.param(one, id=one.sentence[:60], marks=[pytest.mark.slow] * one.slow) for one in CASES]
)
def test_whoever_does_as_a_sentence_says_gets_on(world: World, case: Case):
    output = world.says(case.given) if isinstance(case.given, str) else case.given(world)
    said = filled(case.sentence, output)
    assert said is not None, f"it was not said: {output}"
    lines = case.does or commands_in(said[0])
    assert lines
    for line in lines:
        done = world.run(f"{world.typed(line, said)} {case.more}")
        assert done.returncode in case.code, f"{line}\n{done.stdout}{done.stderr}"


def test_every_sentence_that_names_a_command_has_its_case():
    """A new one is to be put into a table: what leads to it, and what comes of doing as it says."""
    assert sorted(told() - {case.sentence for case in CASES} - UNSEEN.keys()) == []
    assert sorted(({case.sentence for case in CASES} | UNSEEN.keys()) - told()) == [], "nobody says these any more"


def test_every_flag_that_is_named_is_there():
    named = {flag: one for one in everything() for flag in NAMES_A_FLAG.findall(OF_OTHER_PROGRAMS.sub("", one))}
    assert {flag: one for flag, one in named.items() if flag not in flags()} == {}


MENTIONED = {"videoai backup", "videoai jobs list shows them", "videoai finish"}
"""What a sentence speaks of, and does not ask anybody to type."""
STAND_FOR = {
    r"\{(model|base|id)\}(?= --precision|$)": "svd",
    r"(?<=models )(\w+) (\{\w+\}|MODEL\w*)": r"\1 svd",
    r"\{(bits)\}": "8",
    r"\{\w+\}": "x",
}


@pytest.mark.parametrize("language", ["en", "it"])
def test_every_command_that_is_named_is_one(language):
    """As far as the command line can tell without running it: verbs, flags, and how many words they take."""
    wrong = {}
    for sentence in everything():
        said = catalogue(language).get(sentence, sentence)
        for command in commands_in(said):
            if command.startswith("videoai ") and command not in MENTIONED:
                words = command
                for pattern, value in STAND_FOR.items():
                    words = re.sub(pattern, value, words)
                if trouble := refused(shlex.split(words)[1:]):
                    wrong[command] = trouble
    assert wrong == {}


def refused(words: list[str]) -> str:
    """Why the command line does not take these, if it does not."""
    context, command = click.Context(root, info_name="videoai"), root
    try:
        while isinstance(command, click.Group):
            context = command.make_context(context.info_name, words, parent=context.parent)
            words = [*context._protected_args, *context.args]
            if not words:
                return ""
            name, command, words = command.resolve_command(context, words)
            context = click.Context(command, info_name=name, parent=context)
        command.make_context(context.info_name, words, parent=context.parent)
    except click.exceptions.Exit:  # --help
        return ""
    except (click.ClickException, VideoAiError) as error:
        return str(error)
    return ""


def skeleton(sentence: str) -> list[str]:
    """Its commands and flags without names that stand for the reader's own, which each language has its words for."""
    found = NAMES_A_FLAG.findall(sentence) + re.findall(r"\b(?:pip install|env -u|hf auth login|python)\b", sentence)
    for words in re.findall(r"\bvideoai ([-a-z ]+)", sentence):
        known = [" ".join(words.split()[:count]) for count in (2, 1)]
        found += [f"videoai {next((name for name in known if name in verbs()), '')}"]
    return sorted(found)


@pytest.mark.parametrize("part", ["program", "page"])
def test_italian_names_the_same_commands(part):
    pairs = catalogue("it", part).items()
    assert [(english, italian) for english, italian in pairs if skeleton(english) != skeleton(italian)] == []


def test_what_pip_is_asked_for_can_be_had():
    for sentence in (how_to_install(), how_to_reinstall()):
        (command,) = commands_in(sentence)
        words = shlex.split(command.replace("--force-reinstall ", ""))[1:]
        done = subprocess.run(
            [sys.executable, "-m", "pip", *words, "--no-index", "--dry-run", "--quiet"], capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
    bounds = (ROOT / "pyproject.toml").read_text("utf-8")
    assert re.search(r'"torch>=[\d.]+,<2\.14"', bounds), "as “pip install -U” has it"
    assert '"gguf>=' in bounds
    assert '"mcp>=2.3,<3"' in bounds
    socks = [line for line in importlib.metadata.requires("requests") or () if "socks" in line]
    assert any(line.startswith("PySocks") for line in socks)
