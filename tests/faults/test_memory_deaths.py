"""Too little memory, for real: a group of processes with a limit, in which the system kills."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import EXAMPLES, ROOT
from tests.engines.svd import checkpoint
from tests.support.site import Site, running
from tests.system.trees import real_cgroup
from videoai.history.store import JobStore
from videoai.system import paths

MIB = 1 << 20


@pytest.fixture(autouse=True)
def on_a_disk(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Files in memory, where those of the tests may be, count as memory of the group that writes them."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        monkeypatch.setenv("VIDEOAI_HOME", str(shutil.copytree(own_home / "data", Path(folder) / "data")))
        yield


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    return checkpoint.save(tmp_path_factory.mktemp("tiny") / "tiny-svd", quick=True)


def limited(group: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """Run the command as a member of `group`."""
    script = f'echo $$ > {group}/cgroup.procs; exec "$@"'
    command = [sys.executable, "-m", "videoai", *map(str, words)]
    return subprocess.run(
        ["/bin/sh", "-c", script, "sh", *command],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )


SETTINGS = ("--width", 256, "--height", 256, "--frames", 4, "--steps", 5, "--guidance-max", 1, "--seed", 1)


def test_a_death_for_memory_is_explained_tried_once_more_and_never_again(tiny, tmp_path):
    with real_cgroup(230 * MIB) as group:
        output = ("--output", tmp_path / "a.mp4")
        # A plan for more than there is, so that there is a smaller one.
        run = limited(group, EXAMPLES / "coffee.png", "--model", tiny, *SETTINGS, "--memory-limit", "6G", *output)
    assert run.returncode == 1, run.stderr
    assert "The system stopped the process because memory ran out." in run.stderr
    assert "continues from its last step" in run.stderr
    assert run.stderr.splitlines()[-2].startswith("Error: The system stopped the process because memory ran out.")
    assert "Traceback" not in run.stderr
    (job,) = JobStore(paths.database()).jobs()
    assert (job.state, job.attempt, job.reason["code"]) == ("failed", 2, "memory-kill")
    assert not (tmp_path / "a.mp4").exists()


@pytest.mark.slow
def test_a_death_with_the_smallest_plan_is_not_tried_again(tiny, tmp_path):
    with real_cgroup(230 * MIB) as group:
        output = ("--output", tmp_path / "a.mp4")
        run = limited(group, EXAMPLES / "coffee.png", "--model", tiny, *SETTINGS, "--force", *output)
    assert run.returncode == 4, run.stderr
    assert "The system stopped the process because memory ran out." in run.stderr
    assert "this video cannot be made with less" in run.stderr
    (job,) = JobStore(paths.database()).jobs()
    assert (job.state, job.reason["code"]) == ("failed", "not_enough_memory")


def test_a_processor_that_cannot_be_looked_for_is_no_reason_to_install_anything():
    with real_cgroup(120 * MIB) as group:
        run = limited(group, "estimate", EXAMPLES / "coffee.png", "--preset", "minimum")
    assert run.returncode == 4, run.stderr
    assert "Error: torch doesn't start: The system stopped the process because memory ran out." in run.stderr
    assert "install" not in run.stderr.lower()


def test_what_cannot_fit_is_refused_before_it_begins(tiny, tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "videoai", str(EXAMPLES / "coffee.png"), "--model", str(tiny), "--memory-limit", "100M"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 4
    assert "Error: This video needs" in run.stderr
    (job,) = JobStore(paths.database()).jobs()
    assert (job.state, job.reason["code"]) == ("failed", "not_enough_memory")


@pytest.mark.slow
def test_a_run_in_a_group_with_a_limit_plans_within_it(tiny, tmp_path):
    with real_cgroup(1500 * MIB) as group:
        run = limited(group, "estimate", EXAMPLES / "coffee.png", "--model", tiny, "--json")
    assert 1000 * MIB < json.loads(run.stdout)["budget_bytes"] < 1500 * MIB


def test_a_group_too_small_for_anything_is_refused_in_a_sentence(tmp_path):
    with real_cgroup(150 * MIB) as group:
        run = limited(group, EXAMPLES / "coffee.png", "--model", "draft", "--output", tmp_path / "a.mp4")
    assert run.returncode == 4, run.stderr
    assert "of memory (for “" in run.stderr
    assert "Traceback" not in run.stderr
    (job,) = JobStore(paths.database()).jobs()
    assert (job.state, job.attempt, job.reason["code"]) == ("failed", 1, "not_enough_memory")


def knows_its_device(site: Site) -> None:
    """By then the child that looks for it is gone, whose memory would count in a group too."""
    end = time.monotonic() + 60
    while not site.get("/api/settings").json()["machine"]["device"]:
        assert time.monotonic() < end
        time.sleep(0.2)


def test_a_photo_too_large_for_a_group_costs_its_decoder_and_never_the_server(tmp_path):
    large, fine = tmp_path / "large.jpg", EXAMPLES / "coffee.png"
    # A progressive JPEG is decoded as a whole: 200 million coefficients of 2 bytes.
    Image.new("L", (16000, 12500), 90).save(large, quality=20, progressive=True)
    with real_cgroup(400 * MIB) as group, running(tmp_path / "site") as site:
        knows_its_device(site)
        (group / "cgroup.procs").write_text(str(site.pid))
        with large.open("rb") as file:
            refused = site.post("/api/photos", files={"photo": file})
        assert refused.status_code >= 400
        message = refused.json()["error"]["message"]
        assert message.startswith("large.jpg could not be opened. The system stopped the process")
        assert refused.json()["error"]["hint"] == "Close other programs, or make the photo smaller first."
        assert site.give(fine)["width"] == 600
        site.stop()
