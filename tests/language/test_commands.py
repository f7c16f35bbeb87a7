"""Whole commands in Italian, as processes: what they print holds no English sentence."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from tests.conftest import EXAMPLES, ROOT
from tests.language.said import commands
from videoai.cli.app import videoai as root
from videoai.cli.localised import localised
from videoai.language import catalogue, speaking

IT = {"VIDEOAI_LANG": "it"}


def english_in(output: str) -> list[str]:
    """The English of the catalogue that is found in an output, whatever its lines; words of two or more only."""
    flat = " ".join(output.split())
    found = []
    for english, italian in catalogue("it").items():
        pieces = [" ".join(piece.split()) for piece in re.split(r"\{\{|\}\}|\{[^{}]*\}", english)]
        told = [piece for piece in pieces if len(re.findall(r"[a-zA-Z’']+", piece)) > 2 and piece not in italian]
        found += [piece for piece in told if piece in flat]
    return found


def test_english_is_found_where_there_is_some():
    assert english_in("Error: Use the\n  path of a photo. ") == ["Use the path of a photo."]
    assert english_in("Errore: Usa il percorso di una foto.") == []


VERBS = ["generate", "serve", "estimate", "models", "jobs", "resume", "info", "doctor", "completion"]


@pytest.mark.parametrize("verb", ["", "generate", *(pytest.param(verb, marks=pytest.mark.slow) for verb in VERBS[1:])])
def test_help_is_italian(videoai, verb):
    result = videoai(*[verb] * bool(verb), "--help", env=IT)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("Uso: videoai")
    assert "Mostra questo messaggio ed esce." in result.stdout
    assert english_in(result.stdout) == []


def test_the_help_of_every_command_has_its_italian():
    with speaking("it"):
        for english, italian in zip(commands(root), commands(localised(root)), strict=True):
            assert italian.name == english.name
            assert english_in(" ".join(filter(None, (italian.help, italian.epilog)))) == []
            assert [parameter.name for parameter in italian.params] == [parameter.name for parameter in english.params]
    assert root.help == "Turn a photo into a short video on your own computer. Nothing leaves it."


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["foto.jpg"], 2, "Errore: Il file foto.jpg non esiste.\n  Controlla il nome. Se trascini"),
        (
            ["foto.jpg", "--steps", "99"],
            2,
            "Errore: steps vale “99”, ma dev'essere un numero intero da 5 a 50; il valore",
        ),
        pytest.param(["foto.jpg", "--model", "svdxt"], 2, "dev'essere uno tra svd, svd-xt", marks=pytest.mark.slow),
        (["foto.jpg", "--preset", "safty"], 2, "il valore più vicino è safety."),
        (["foto.jpg", "--passi", "3"], 2, "Errore: L'opzione “--passi” non esiste."),
        pytest.param(
            ["foto.jpg", "--steps"], 2, "Errore: L'opzione “--steps” richiede un valore.", marks=pytest.mark.slow
        ),
        (
            ["jobs", "lst"],
            2,
            "Errore: Il comando “lst” non esiste. Volevi dire 'list'?\n  Esegui “videoai jobs --help”",
        ),
        (["jobs", "show", "zzz"], 2, "Errore: Il lavoro “zzz” non esiste.\n  Per vedere gli id:"),
        (["models", "pull"], 2, "Errore: Manca l'argomento 'MODELLO'."),
        pytest.param(
            ["models", "pull", "sdv"],
            2,
            "Errore: Il modello “sdv” non esiste. Volevi dire svd?",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            ["info", "non.mp4"],
            2,
            "Errore: Il video non.mp4 non esiste.\n  Controlla il percorso.",
            marks=pytest.mark.slow,
        ),
        pytest.param(["resume"], 2, "Errore: Non c'è nessun video da continuare.", marks=pytest.mark.slow),
        pytest.param(["completion", "pwsh"], 2, "Errore: Il completamento per “pwsh” non c'è.", marks=pytest.mark.slow),
        pytest.param(
            [str(EXAMPLES / "coffee.png"), "--offline"],
            3,
            "Errore: Il modello svd-xt non è su questo computer",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            ["estimate", str(EXAMPLES / "coffee.png"), "--memory-limit", "300M"],
            4,
            "Errore: Questo video richiede almeno",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_errors_are_italian(videoai, arguments, code, said):
    result = videoai(*arguments, env=IT)
    assert result.returncode == code, result.stderr
    assert said in result.stderr
    assert english_in(result.stdout + result.stderr) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["models", "list"],
        *(
            pytest.param(words, marks=pytest.mark.slow)
            for words in (["doctor"], ["models", "show", "svd-xt-1.1"], ["jobs", "list"], ["models", "remove", "svd"])
        ),
    ],
)
def test_reports_are_italian(videoai, arguments):
    result = videoai(*arguments, env=IT)
    assert (result.returncode, result.stderr) == (0, "")
    assert english_in(result.stdout) == []


def test_an_estimate_is_italian_with_its_numbers(videoai):
    result = videoai("estimate", EXAMPLES / "coffee.png", "--model", "draft", env=IT)
    assert (result.returncode, result.stderr) == (0, "")
    assert re.search(r"^Fase +Memoria +Tempo *\n.*\d+ MB +\d+ s", result.stdout, re.MULTILINE)
    assert "Ci sta: " in result.stdout
    assert english_in(result.stdout) == []


def test_a_video_is_made_in_italian_from_beginning_to_end(videoai):
    result = videoai(EXAMPLES / "coffee.png", "--model", "draft", "--output", "caffè.mp4", env=IT)
    assert (result.returncode, result.stdout) == (0, "Wrote: caffè.mp4\n")
    assert "coffee.png: Leggo la foto\n" in result.stderr
    assert "coffee.png: Questa è una bozza: si muove la camera, non ciò che c'è nella foto.\n" in result.stderr
    assert re.search(r"640×384, 14 fotogrammi a 6 fps, modello draft, seed \d+, in \d+,\d s", result.stderr)
    assert english_in(result.stderr) == []
    listed = videoai("jobs", "list", env=IT).stdout
    assert re.search(r"^Lavoro +Stato +Foto +Modello +Video", listed)
    assert " completato " in listed


@pytest.mark.slow
def test_json_is_the_same_but_for_the_sentences(videoai):
    english, italian = (
        json.loads(videoai("foto.jpg", "--steps", "99", "--json", env={"VIDEOAI_LANG": language}).stdout)
        for language in ("en", "it")
    )
    assert english["error"]["code"] == italian["error"]["code"] == "bad_settings"
    assert italian["error"]["message"].startswith("steps vale “99”")
    models = json.loads(videoai("models", "list", "--json", env=IT).stdout)
    assert {model["state"] for model in models} == {"built in", "missing"}
    assert models[-1]["title"] == "Bozza: la camera si muove"
    checks = json.loads(videoai("doctor", "--json", env=IT).stdout)["checks"]
    assert checks[0]["name"] == "Memory"
    assert english_in(checks[0]["message"]) == []


def test_a_reason_is_told_in_the_language_of_who_reads_it(videoai):
    """It failed in a child process while somebody Italian waited; somebody English looks at it later."""
    made = videoai(EXAMPLES / "coffee.png", "--model", "svd", "--offline", env=IT)
    assert made.returncode == 3
    reasons = [
        json.loads(videoai("jobs", "list", "--json", env={"VIDEOAI_LANG": language}).stdout)[0]["reason"]
        for language in ("en", "it")
    ]
    assert [reason["code"] for reason in reasons] == ["model_missing", "model_missing"]
    assert reasons[0]["message"] == "The model svd is not on this computer, and downloads are off for this run."
    assert reasons[1]["message"] == "Il modello svd non è su questo computer, e stavolta i download sono disattivati."


def test_the_locale_decides_unless_told_otherwise(videoai):
    said = {
        "it_IT.UTF-8": videoai("resume", env={"VIDEOAI_LANG": "", "LC_ALL": "it_IT.UTF-8"}),
        "C.UTF-8": videoai("resume", env={"VIDEOAI_LANG": "", "LC_ALL": "C.UTF-8", "LANGUAGE": ""}),
        "klingon": videoai("resume", env={"VIDEOAI_LANG": "klingon", "LC_ALL": "it_IT.UTF-8"}),
    }
    assert said["it_IT.UTF-8"].stderr.startswith("Errore: Non c'è nessun video da continuare.")
    assert said["C.UTF-8"].stderr.startswith("Error: There is no video to continue.")
    assert said["klingon"].stderr.startswith("Error: There is no video to continue.")


def test_english_reads_no_catalogue():
    code = (
        "import sys, videoai.cli.app as app; app.run(['--version'], print); "
        "from videoai.language import catalogue; sys.exit(catalogue.cache_info().currsize > 1)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
