"""Names and favourites by the command line: the same that the page shows."""

from __future__ import annotations

import json


def test_a_job_is_renamed_and_starred(inside, gallery):
    job = gallery.copy()
    assert f"{job} is called “Morning” now." in inside("jobs", "rename", job[:8], "Morning").stdout
    assert "is a favourite now" in inside("jobs", "favourite", job).stdout
    assert "★ Morning" in inside("jobs", "list").stdout
    (shown,) = json.loads(inside("jobs", "list", "--json").stdout)
    assert (shown["title"], shown["favourite"]) == ("Morning", True)
    assert json.loads(inside("jobs", "favourite", job, "--off", "--json").stdout)["favourite"] is False
    assert "★" not in inside("jobs", "list").stdout


def test_a_name_is_not_empty(inside, gallery):
    job = gallery.copy()
    refused = inside("jobs", "rename", job, "  ")
    assert refused.returncode == 2
    assert "A clip needs a name." in refused.stderr
    assert json.loads(inside("jobs", "show", job, "--json").stdout)["title"] == "coffee.png"
