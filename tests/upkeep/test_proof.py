"""videoai doctor --prove with tiny networks, and all else as a user has it: processes, disks and signals are real."""

from __future__ import annotations

import getpass
import json
import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from tests.conftest import ROOT
from tests.disks import fill, mounted
from tests.support.tiny_proof import TINY
from videoai.cli import prove
from videoai.engines.base import AvailableWeights
from videoai.engines.processor import Processor
from videoai.errors import VideoAiError
from videoai.language import say, speaking
from videoai.memory import speed
from videoai.memory.planner import Planner
from videoai.presets import PRESETS
from videoai.resolving import resolve
from videoai.system import paths, processes
from videoai.system.footprint import footprint
from videoai.system.locking import try_lock
from videoai.upkeep.proof import children, report
from videoai.upkeep.proof.findings import Findings
from videoai.upkeep.proof.places import ProofFolder
from videoai.upkeep.proof.presets import GUIDE
from videoai.upkeep.proof.run import WatchedRun
from videoai.upkeep.proof.size import FULL

NAME = "sempronia"
"""Of the user and of her home folder."""


def start(folder: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.tiny_proof", "doctor", "--prove", *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_line(process: subprocess.Popen[str], part: str) -> None:
    read = ""
    for line in process.stderr:
        read += line
        if part in line:
            return
    pytest.fail(f"“{part}” never came: {read}")


def know_the_speed(disk: Path) -> None:
    """As in the home of each test."""
    (disk / "data").mkdir()
    (disk / "data" / "rates.json").write_text('{"cpu": {"product": 1e11}}')


def temporary() -> list[str]:
    return [path.name for path in paths.temporary().iterdir()] if paths.temporary().exists() else []


@pytest.fixture
def held():
    """The accelerator, as a video that is being made has it."""
    paths.home().mkdir(parents=True, exist_ok=True)
    descriptor = try_lock(paths.accelerator_lock())
    yield descriptor
    os.close(descriptor)


_NUMBER = {"type": "number", "exclusiveMinimum": 0}
_BYTES = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string"}
CLIPS = [name for name, preset in PRESETS.items() if not preset.whole]


def _object(**properties: object) -> dict[str, object]:
    """With these properties, all of them, and no others."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


SCHEMA = _object(
    format={"const": "videoai-proof-1"},
    ok={"type": "boolean"},
    date={"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
    videoai=_TEXT,
    seconds=_NUMBER,
    disk_bytes=_BYTES,
    bits={"const": 8},
    machine=_object(
        **dict.fromkeys(("device", "dtype", "title", "torch", "cpu_capability", "cpu", "model", "system"), _TEXT),
        **dict.fromkeys(("python", "architecture"), _TEXT),
        **dict.fromkeys(("threads", "cores", "memory_bytes"), _NUMBER),
        numbers={"type": "object"},
        recommended_bytes={"type": ["integer", "null"]},
    ),
    networks={
        "type": "array",
        "minItems": 4,
        "maxItems": 4,
        "items": _object(
            **dict.fromkeys(("network", "dtype", "reference"), _TEXT),
            **{key: {"const": True} for key in ("ok", "finite")},
            **dict.fromkeys(("error", "largest", "limit"), _NUMBER),
            missing={"type": "array", "maxItems": 0},
        ),
    },
    run=_object(
        ended={"const": "done"},
        error={"type": "null"},
        stages={
            "type": "array",
            "minItems": 4,
            "maxItems": 4,
            "items": _object(
                name={"enum": ["condition", "load", "denoise", "decode"]},
                predicted_bytes={"type": ["integer", "null"]},
                measured_bytes={"type": ["integer", "null"]},
                seconds=_NUMBER,
            ),
        },
        steps={"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2},
        notices={"type": "array", "maxItems": 0},
        pressure={"enum": ["green", "yellow", "red"]},
        plan={"type": "object"},
        **dict.fromkeys(("budget_bytes", "peak_bytes", "available_bytes"), _BYTES),
        **dict.fromkeys(("swap_before_bytes", "swap_most_bytes"), _BYTES),
    ),
    presets={
        "type": "array",
        "minItems": len(CLIPS),
        "items": _object(
            preset={"enum": CLIPS},
            **dict.fromkeys(("width", "height", "frames", "steps", "peak_bytes"), _BYTES),
            seconds=_NUMBER,
            fits={"type": "boolean"},
            guide_seconds={"type": ["array", "null"]},
            guide_may_crash={"type": "boolean"},
        ),
    },
)


def test_the_report_says_what_was_found_and_nothing_of_the_user(tmp_path, own_home, outputs):
    home = own_home / NAME
    home.mkdir()
    done = start(tmp_path, HOME=str(home), USER=NAME, LOGNAME=NAME)
    said, progress = done.communicate(timeout=200)
    assert done.returncode == 0, progress
    assert said.startswith("Everything is computed correctly on this computer.\n")
    assert said.endswith(f"Wrote: {outputs / 'videoai-proof.md'}\n")
    assert re.search(r"^Proof: The proof takes about \d+ min\.$", progress, re.MULTILINE)
    page = (outputs / "videoai-proof.md").read_text("utf-8")
    found = json.loads(page.partition("```json\n")[2].partition("```")[0])
    jsonschema.validate(found, SCHEMA)
    assert found["machine"]["dtype"] in page
    for stage in found["run"]["stages"]:
        assert stage["predicted_bytes"] or stage["name"] == "load"
    assert 100_000_000 < found["run"]["peak_bytes"] < 2_000_000_000
    for private in (NAME, str(own_home), socket.gethostname(), str(tmp_path), str(ROOT)):
        assert private not in page
    assert not re.search(r"(?<![\w.])/(home|Users|root|tmp|var|work)\b", page)
    assert getpass.getuser() == "root" or getpass.getuser() not in page
    assert temporary() == []
    assert list(paths.jobs().glob("*")) == [], "it is no video of the user's"
    assert {"condition", "denoise", "decode"} <= speed.MachineSpeed.load("cpu").learned.keys()


def test_ctrl_c_leaves_nothing_and_a_video_that_is_being_made_comes_first(tmp_path, held):
    process = start(tmp_path)
    wait_for_line(process, "Waiting for another video")
    assert len(temporary()) == 2, "the folder and its lock"
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "")
    assert errors.splitlines()[-1] == "Interrupted."
    assert "Traceback" not in errors
    assert temporary() == []


def test_what_kill_9_leaves_goes_at_the_next_start_of_any_kind(tmp_path, held, videoai):
    process = start(tmp_path)
    wait_for_line(process, "Waiting for another video")
    process.kill()
    process.communicate()
    (model,) = paths.temporary().glob("*/model")
    assert sum(path.stat().st_size for path in model.rglob("*")) > 1_000_000
    assert videoai("jobs", "list").returncode == 0
    assert temporary() == []


@pytest.mark.slow
def test_ctrl_c_while_the_video_is_being_made_ends_its_process_too(tmp_path):
    process = start(tmp_path)
    wait_for_line(process, "Denoising")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert temporary() == []


def test_a_second_one_is_refused(tmp_path):
    paths.home().mkdir(parents=True, exist_ok=True)
    lock = try_lock(paths.home() / "proof.lock")
    process = start(tmp_path)
    _, errors = process.communicate(timeout=60)
    os.close(lock)
    assert process.returncode == 2
    assert errors.startswith("Error: Another program is making a proof on this computer.\n  Try again")


def test_too_small_a_disk_is_a_sentence_before_anything_is_written(tmp_path):
    with mounted(tmp_path / "disk", "2m") as disk:
        know_the_speed(disk)
        process = start(tmp_path, VIDEOAI_HOME=str(disk / "data"))
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "A model of random weights needs 3 MB on the disk of " in errors
        assert "Free some space, or set VIDEOAI_HOME to a folder on another disk." in errors
        assert list((disk / "data" / "temporary").iterdir()) == []


def test_a_disk_that_is_full_in_the_middle_is_a_sentence_and_left_as_it_was(tmp_path, monkeypatch):
    """There is room for the model, and none for the state that comes after it."""
    with mounted(tmp_path / "disk", "3m") as disk:
        know_the_speed(disk)
        monkeypatch.setenv("VIDEOAI_HOME", str(disk / "data"))
        code = f"""
import sys
from dataclasses import replace
from tests.support.tiny_proof import TINY
from videoai.upkeep.proof import size
size.FULL = replace(TINY, spare_bytes=0)
from pathlib import Path
ballast = Path({str(disk)!r}, "ballast")
ballast.write_bytes(bytes(1_130_000))
from videoai.cli import main
sys.exit(main(["doctor", "--prove"]))
"""
        run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100)
        assert run.returncode == 1, run.stderr
        assert "Making a model of random weights" in run.stderr
        assert "the disk is full" in run.stderr
        assert "Comparing" not in run.stderr
        assert "Traceback" not in run.stderr
        assert list((disk / "data" / "temporary").iterdir()) == []


def test_a_place_that_cannot_be_written_is_told_before_anything_is_computed(videoai, tmp_path):
    (tmp_path / "file").write_text("in the way")
    refused = videoai("doctor", "--prove", "--output", str(tmp_path / "file" / "report.md"))
    assert refused.returncode == 2
    assert "is a file, not a folder" in refused.stderr
    for words in (("--prove", "--free"), ("--self-test", "--free"), ("--prove", "--self-test")):
        assert videoai("doctor", *words).returncode == 2, "one of them would not be done"
    alone = videoai("doctor", "--output", "report.md")
    assert (alone.returncode, alone.stderr.splitlines()[1]) == (2, "  Add --prove, or leave out --output.")


@pytest.mark.parametrize(
    "words", [["--output", "{disk}"], ["--output", "{disk}/proof.json"], ["--json", "--output", "{disk}"]]
)
def test_a_report_that_cannot_be_written_in_the_end_is_not_lost(inside, findings, monkeypatch, tmp_path, words):
    with mounted(tmp_path / "disk", "1m") as disk:

        def proved(on_event):
            fill(disk)  # in the minutes that it took
            return findings

        monkeypatch.setattr("videoai.upkeep.proof.prove.prove", proved)
        done = inside("doctor", "--prove", *(word.format(disk=disk) for word in words))
        assert [path.name for path in disk.iterdir()] == ["ballast"]
    if "--json" in words or words[-1].endswith(".json"):
        assert json.loads(done.stdout)["format"] == "videoai-proof-1"
    else:
        assert done.stdout == report.as_page(findings.to_dict())
    told, hint = done.stderr.splitlines()
    assert "could not be written to the folder" in told
    assert (told[:7], hint) == ("Error: ", "  The report is on standard output instead.")
    assert done.returncode == 1


def test_a_child_that_dies_is_a_sentence(tmp_path, monkeypatch):
    die = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    monkeypatch.setattr(processes, "_command", lambda module, *words: [sys.executable, "-c", die])
    with pytest.raises(VideoAiError, match=r"The process crashed \(SIGSEGV\)"):
        children.compare(ProofFolder(tmp_path), "unet")


def test_a_report_goes_into_the_folder_that_is_named_and_replaces_none_there(findings, tmp_path):
    """A folder was found out only after minutes, and the report was lost."""
    assert prove._write(findings.to_dict(), tmp_path) == tmp_path / "videoai-proof.md"
    assert prove._write(findings.to_dict(), tmp_path) == tmp_path / "videoai-proof-2.md"
    named = tmp_path / "videoai-proof.md"
    assert prove._write(findings.to_dict(), named) == tmp_path / "videoai-proof-3.md", "it came meanwhile"
    assert prove._write(findings.to_dict(), named, replace=True) == named


RIGHT = {"network": "clip", "dtype": "float16", "reference": "float32", "finite": True, "error": 1e-3, "limit": 2e-2}
RIGHT |= {"missing": [], "ok": True}


@pytest.fixture
def findings(own_home):
    machine = {"device": "mps", "title": "Apple M1 GPU (mps)", "dtype": "float16", "memory_bytes": 8 << 30, "cpu": ""}
    machine |= {"cores": 8, "model": "MacBookAir10,1", "system": "macOS 14.5", "torch": "2.13.0", "python": "3.12.0"}
    run = WatchedRun(seconds={"denoise": 20.0}, steps=[10.0, 10.0])
    return Findings("2026-01-02", 8, machine, [RIGHT], run, (), 60.0, 2_400_000_000)


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (RIGHT, "Everything is computed correctly on this computer."),
        (RIGHT | {"ok": False}, "The image encoder (CLIP) computes wrongly here."),
        (
            RIGHT | {"ok": False, "finite": False, "error": None},
            "The image encoder (CLIP) overflowed: its numbers are infinite or not numbers.",
        ),
        (RIGHT | {"missing": ["aten::x"]}, "All is computed correctly, but the CPU has to help out."),
        (
            {"network": "clip", "ok": False, "missing": [], "error": {"message": "It crashed."}},
            "The image encoder (CLIP) did not run: It crashed.",
        ),
    ],
)
def test_the_verdict_says_what_is_wrong(findings, row, verdict):
    findings.networks = [row]
    values = findings.to_dict()
    assert report.verdict(values) == verdict
    assert values["ok"] == (row is RIGHT)
    page = report.as_page(values)
    assert verdict in page
    assert ("aten::x" in page) == bool(row["missing"])


def test_a_run_that_failed_is_in_the_report_without_the_users_folders(findings, own_home):
    findings.run.error = {
        "code": "failed",
        "message": say("{path} does not exist.", path=paths.home() / "temporary" / "ab" / "model"),
        "hint": str(own_home / "x"),
    }
    values = findings.to_dict()
    assert (values["ok"], values["run"]["ended"]) == (False, "failed")
    page = report.as_page(values)
    assert "The video did not come out: …/temporary/ab/model does not exist." in page
    assert str(own_home) not in page
    with speaking("it"):
        assert "Il video non è riuscito: …/temporary/ab/model non esiste." in report.as_page(values)


def test_the_guides_rows_are_those_of_presets():
    rows = {}
    for name, guide in GUIDE.items():
        settings = resolve({}, (3, 2), preset=name)
        rows[settings.width, settings.height, settings.frames, settings.steps] = guide
    assert rows == {
        (448, 256, 10, 15): (90, 90),
        (640, 384, 14, 20): (180, 300),
        (512, 512, 14, 25): (300, 480),
        (768, 512, 20, 30): None,
    }


def test_the_rates_of_one_run_are_those_that_a_machine_without_others_would_learn(own_home):
    (own_home / "data" / "rates.json").write_text("{}")
    seconds = {"condition": 3.0, "load": 2.0, "denoise": 40.0, "decode": 9.0}
    planner = Planner(FULL.settings, AvailableWeights((8,), streamable=False), Processor())
    works = planner.workloads(next(planner.plans()))
    rates = speed.rates_of(works, seconds)
    speed.learn_run("cpu", works, seconds)
    assert rates == pytest.approx(dict(speed.MachineSpeed.load("cpu", product=1.0).learned))
    assert rates.keys() == {"condition", "load", "denoise", "decode"}


def test_the_proof_is_of_the_safety_preset_at_full_size():
    settings = FULL.settings
    assert (settings.width, settings.height, settings.frames, settings.steps) == (640, 384, 14, 20)
    assert settings.guidance_max > 1
    assert FULL.networks["unet"]["block_out_channels"] == [320, 640, 1280, 1280]
    assert replace(TINY, networks=FULL.networks).steps == FULL.steps == 2


def test_the_example_in_the_docs_is_a_report():
    page = (ROOT / "docs" / "proof-example.md").read_text("utf-8")
    found = json.loads(page.partition("```json\n")[2].partition("```")[0])
    shape = SCHEMA["properties"] | {"machine": {"type": "object"}}  # versions say more of it, or less
    jsonschema.validate(found, SCHEMA | {"properties": shape})
    assert found["run"]["stages"][2]["predicted_bytes"] > 1_000_000_000, "of networks at full size"


def test_what_a_process_holds():
    own = footprint(os.getpid())
    assert own is not None
    assert 20_000_000 < own < 20_000_000_000
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    assert footprint(ended.pid) is None


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_whole_proof_at_full_size(tmp_path):
    command = [sys.executable, "-m", "videoai", "doctor", "--prove", "--json", "--quiet"]
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert found["disk_bytes"] < 4_000_000_000
    for stage in found["run"]["stages"]:
        if stage["predicted_bytes"]:
            assert stage["measured_bytes"] < 1.2 * stage["predicted_bytes"], stage
    assert temporary() == []
