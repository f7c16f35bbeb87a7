"""A draft of the command line with learned depth: the whole way, with a network of the real size."""

from __future__ import annotations

import json

import pytest

from tests.conftest import EXAMPLES
from tests.engines.depth import checkpoint
from videoai.engines.depth.config import SMALL
from videoai.system import paths

FOUND = "Its depth was found by a network, Depth Anything V2 Small."
WORDS = (EXAMPLES / "coffee.png", "--model", "draft", "--width", 448, "--height", 256, "--frames", 4, "--seed", 1)


@pytest.mark.slow
def test_a_draft_finds_the_depth_once_says_so_and_forgets_it_with_its_job(videoai, inside, tmp_path):
    imported = videoai("models", "import", checkpoint.save(tmp_path / "theirs", SMALL), "--as", "depth")
    assert imported.returncode == 0, imported.stderr
    planned = json.loads(inside("estimate", *WORDS, "--json").stdout)
    assert [stage["name"] for stage in planned["stages"]] == ["depth", "frames"]
    assert planned["plan"]["learned"] is True

    def made(name: str, *more: object) -> tuple[bytes, str]:
        run = videoai(*WORDS, "--output", tmp_path / name, "--offline", *more)
        assert run.returncode == 0, run.stderr
        return (tmp_path / name).read_bytes(), run.stderr

    first, said = made("a.mp4")
    assert FOUND in said
    (file,) = paths.depths().iterdir()
    used = file.stat().st_mtime_ns
    assert made("b.mp4")[0] == first
    assert file.stat().st_mtime_ns > used, "what was remembered was used"
    guessed, said = made("c.mp4", "--depth", "guessed")
    assert "Its depth is guessed, as you chose." in said
    assert guessed != first
    small, said = made("d.mp4", "--memory-limit", "300MB")
    assert "there is not enough memory for the network" in said
    assert small != first
    shown = json.loads(inside("jobs", "list", "--json").stdout)
    assert FOUND in json.dumps(json.loads(inside("jobs", "show", shown[-1]["id"], "--json").stdout))
    for job in shown:
        assert inside("jobs", "remove", job["id"]).returncode == 0
    assert not file.exists()
