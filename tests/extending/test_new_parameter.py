"""A parameter is one row of the table: with the row alone it is everywhere, in a copy of the program, as processes."""

from __future__ import annotations

import json
import re

from tests.conftest import EXAMPLES

PHOTO = EXAMPLES / "coffee.png"
SMALL = ("--model", "draft", "--width", "256", "--height", "256", "--frames", "4")


def test_it_is_in_the_help_in_its_group(copied):
    said = copied.run("generate", "--help").stdout
    (finishing,) = re.findall(r"^Finishing:\n(.*?)\n\n", said, re.MULTILINE | re.DOTALL)
    assert finishing.split("--glow")[1].split() == ["N", "How", "bright", "it", "glows.", "[0-9]", "Default:", "3."]
    assert "  --glow N" in copied.run("estimate", "--help", VIDEOAI_LANG="it").stdout


def test_it_is_taken_and_kept_in_the_video(copied):
    made = copied.run(PHOTO, *SMALL, "--glow", 7, "--output", "glow.mp4")
    assert made.returncode == 0, made.stderr
    assert json.loads(copied.run("info", "glow.mp4", "--json").stdout)["settings"]["glow"] == 7
    assert json.loads(copied.run(PHOTO, *SMALL, "--dry-run", "--json").stdout)["settings"]["glow"] == 3


def test_a_wrong_value_is_the_same_sentence_on_the_command_line_and_in_the_api(copied, copied_site):
    sentence = "glow is “12”, but it must be a whole number from 0 to 9; the nearest is 9."
    assert sentence in copied.run(PHOTO, "--glow", 12).stderr
    for path in ("/api/estimate", "/api/resolve", "/api/jobs"):
        answer = copied_site.post(path, {"settings": {"glow": 12}})
        assert (answer.status_code, answer.json()["error"]["message"]) == (422, sentence), path


def test_it_is_in_what_a_page_is_built_from(copied_site):
    found = copied_site.get("/api/settings").json()
    (row,) = [row for row in found["parameters"] if row["name"] == "glow"]
    assert row == {
        "name": "glow",
        "flag": "--glow",
        "group": "finishing",
        "label": "Glow",
        "help": "How bright it glows",
        "guide": "",
        "kind": "whole",
        "minimum": 0,
        "maximum": 9,
        "multiple": 1,
        "step": 1,
        "choices": None,
        "labels": None,
        "directions": None,
        "unit": "lx",
        "default": 3,
        "default_text": "3",
        "hints": [{"from": 0, "text": "dim"}, {"from": 5, "text": "dazzling"}],
        "aside": False,
    }
    (group,) = [group for group in found["groups"] if group["name"] == "finishing"]
    assert "glow" in group["parameters"]


def test_it_is_resolved_with_what_it_means(copied_site):
    found = copied_site.post("/api/resolve", {"settings": {"glow": 6}}).json()
    assert (found["settings"]["glow"], found["given"], found["changed"]) == (6, {"glow": 6}, ["glow"])
    assert found["hints"]["glow"] == "dazzling"


def test_it_is_in_the_openapi_file(copied_site):
    schemas = copied_site.get("/api/openapi.json").json()["components"]["schemas"]
    for name in ("Given", "Settings"):
        assert schemas[name]["properties"]["glow"] == {
            "type": "integer",
            "minimum": 0,
            "maximum": 9,
            "description": "How bright it glows",
        }
    assert "glow" in schemas["Settings"]["required"]
