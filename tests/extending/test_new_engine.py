"""An engine is an object and the row of the catalogue that names it: with these it is everywhere."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys

import av
import numpy as np
import psutil
import pytest
from PIL import Image

from tests.conftest import EXAMPLES

PHOTO = EXAMPLES / "coffee.png"
FADE = ("--model", "fade", "--width", "256", "--height", "256", "--frames", "4", "--seed", "1", "--motion", "255")


def frames_of(path) -> list[np.ndarray]:
    with av.open(str(path)) as movie:
        return [frame.to_ndarray(format="rgb24").astype(int) for frame in movie.decode(video=0)]


@pytest.fixture(scope="session")
def made(copied) -> dict:
    """What the command says of one video."""
    result = copied.run(PHOTO, *FADE, "--output", "fade.mp4", "--json")
    assert result.returncode == 0, result.stderr
    assert "Fading" in result.stderr
    return json.loads(result.stdout)


def test_it_makes_its_video(copied, made):
    first, *_, last = frames_of(copied.user / "fade.mp4")
    assert np.abs(first[:, ::-1] - last).mean() < 3 < np.abs(first - last).mean()
    assert [stage["name"] for stage in made["plan"]["stages"]] == ["fade"]
    assert {"fade", "encode"} <= set(made["seconds"])


def test_its_flag_is_in_the_help_and_its_name_in_the_video(copied, made):
    assert re.search(r"--model WORD .*?\bfade\b.*?Default: svd-xt", copied.run("generate", "--help").stdout, re.DOTALL)
    told = json.loads(copied.run("info", "fade.mp4", "--json").stdout)["settings"]
    assert (told["model"], told["motion"]) == ("fade", 255)


def test_it_has_an_estimate_in_its_own_words(copied):
    found = copied.run("estimate", PHOTO, *FADE)
    assert found.returncode == 0, found.stderr
    assert re.search(r"Fading +107 MB +8 s", found.stdout), found.stdout
    refused = copied.run("estimate", PHOTO, *FADE, "--memory-limit", "50M")
    assert refused.returncode == 4
    assert "(for “Fading”)" in refused.stderr


def test_a_killed_run_goes_on_from_its_last_step_to_the_same_file(copied, made):
    """kill -9 of the process that computes it."""
    command = [sys.executable, "-m", "videoai", str(PHOTO), *FADE, "--output", "again.mp4"]
    with subprocess.Popen(
        command, cwd=copied.user, env=copied.whole_environment(FADE_SECONDS="0.7"), stderr=subprocess.PIPE, text=True
    ) as run:
        for line in run.stderr:
            if "Fading" in line:
                break
        states = copied.user / "data" / "jobs"
        while not any(states.glob("*/state.safetensors")):
            assert run.poll() is None
        (worker,) = [p for p in psutil.Process(run.pid).children(recursive=True) if "worker" in " ".join(p.cmdline())]
        worker.send_signal(signal.SIGKILL)
        said = run.stderr.read()
        assert run.wait() == 0, said
    assert re.search(r"It goes on after [123] frames", said), said
    assert (copied.user / "again.mp4").read_bytes() == (copied.user / "fade.mp4").read_bytes()


def test_it_is_in_what_a_page_is_built_from(copied_site):
    found = copied_site.get("/api/settings").json()
    (model,) = [model for model in found["models"] if model["id"] == "fade"]
    assert model["state"] == "built in"
    assert "motion" in model["parameters"]
    assert "steps" not in model["parameters"]
    assert {"name": "fade", "title": "Fading", "part": "main", "unit": ""} in found["stages"]
    schemas = copied_site.get("/api/openapi.json").json()["components"]["schemas"]
    assert "fade" in schemas["Given"]["properties"]["model"]["enum"]


@pytest.fixture(scope="session")
def glowing(copied):
    """What the command says of a video that both finishers have had."""
    result = copied.run(PHOTO, *FADE, "--glow", 9, "--loop", "boomerang", "--output", "glow-fade.mp4", "--json")
    assert result.returncode == 0, result.stderr
    return result


def test_a_new_finisher_is_in_the_plan_the_stages_and_the_video(copied, made, glowing):
    result = glowing
    told = json.loads(result.stdout)
    assert [stage["name"] for stage in told["plan"]["stages"]] == ["fade", "loop", "glow"]
    assert "glow" in told["seconds"]  # a server that is faster makes it, and the command may not see each stage
    assert told["video"]["frames"] == 6
    plain, glowing = frames_of(copied.user / "fade.mp4"), frames_of(copied.user / "glow-fade.mp4")
    assert (len(plain), len(glowing)) == (4, 6)
    assert glowing[0].mean() > plain[0].mean() + 40


def test_the_poster_and_the_strip_are_the_videos_own(copied, copied_site, glowing):
    (job,) = [job for job in copied_site.get("/api/jobs").json()["jobs"] if job["settings"].get("glow") == 9][:1]
    assert job["video"]["frames"] == 6
    (strip,) = (copied.user / "data" / "jobs" / job["id"]).glob("preview.webp")
    with Image.open(strip) as image:
        assert image.size == (6 * 160, 160)
