"""The full-size networks, with random weights: minutes, and up to 14 GiB."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


def figures(tmp_path_factory, bench: str, *words: str) -> list[dict]:
    """Run a bench, with weights that all of them share, and read its JSON."""
    cache = Path(tmp_path_factory.getbasetemp()) / "full-size"
    command = [sys.executable, "-m", f"bench.{bench}", "--cache", str(cache), "--json", *words]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_every_network_and_the_whole_pipeline_equal_the_reference(tmp_path_factory):
    found = figures(tmp_path_factory, "parity", "--size", "3", "128", "192")
    assert len(found) == 5
    assert all(figure["ok"] for figure in found), found


def test_memory_stays_within_its_bounds(tmp_path_factory):
    found = figures(tmp_path_factory, "memory", "--no-peer")
    assert len(found) == 14
    assert all(figure["ok"] for figure in found), found


def test_a_decode_is_as_exact_as_the_reference_in_the_same_numbers(tmp_path_factory):
    found = figures(tmp_path_factory, "vae", "--size", "2", "64", "64", "--runs", "1")
    errors = [figure for figure in found if "error" in figure["what"]]
    assert len(errors) == 2
    assert all(figure["ok"] for figure in errors), errors
