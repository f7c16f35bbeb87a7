"""The user's own presets: what is kept, under which names, and what becomes of a file that somebody has damaged."""

from __future__ import annotations

import json
import threading

import pytest

from videoai import own_presets
from videoai.errors import BadSettings, NotThere, PresetConflict, WriteFailed
from videoai.language import speaking
from videoai.options import OPTIONS
from videoai.request import Request
from videoai.resolving import Preferences, resolve
from videoai.system import paths

LANDSCAPE, PORTRAIT, SQUARE = (1500, 1000), (1000, 1500), (1000, 1000)
VALUES = {"model": "svd-xt", "frames": 9, "steps": 12, "motion": 44, "smooth": 24, "guidance_interval": [1, 9]}


def keep(name: str = "My portraits", sides: tuple[int, int] = (512, 768), **more: object):
    return own_presets.keep(name, sides, VALUES | more)


def test_what_is_kept_is_a_preset_as_any_other():
    keep(seed=5, focus=[0.1, 0.2], fit="pad", width=512, height=768)
    made = resolve({"seed": 1}, PORTRAIT, preset="My portraits")
    assert (made.width, made.height, made.frames, made.motion, made.smooth) == (512, 768, 9, 44, 24)
    assert (made.focus, made.fit, made.guidance_interval) == ((0.5, 0.5), "crop", (1, 9))
    turned = resolve({"seed": 1}, LANDSCAPE, preset="My portraits")
    assert (turned.width, turned.height) == (768, 512), "the size goes with the photo"
    square = resolve({"seed": 1, "steps": 7}, SQUARE, preset="My portraits")
    assert (square.width, square.height, square.steps) == (640, 640, 7)


def test_its_own_steps_hold_with_the_model_it_was_made_for():
    """Four steps are what this model recommends: not to somebody who has kept eight."""
    keep(model="animatelcm-svd-xt", scheduler="lcm", steps=8)
    for given in ({}, {"model": "animatelcm-svd-xt"}):
        assert resolve(given, LANDSCAPE, preset="my portraits").steps == 8
    preferences = Preferences(settings={"model": "animatelcm-svd-xt"})
    assert resolve({}, LANDSCAPE, preset="My portraits", preferences=preferences).steps == 8
    assert resolve({}, LANDSCAPE, preferences=Preferences("My portraits")).steps == 8
    assert resolve({"model": "svd-xt"}, LANDSCAPE, preset="My portraits").scheduler == "euler-a", "another model's"


@pytest.mark.parametrize("name", ["My portraits", "my PORTRAITS", " My portraits"])
def test_capitals_of_its_name_do_not_matter(name):
    keep()
    assert Request.of({}, {"preset": name}).preset == "My portraits"
    assert own_presets.named(name).values["motion"] == 44
    with pytest.raises(PresetConflict):
        keep(name.upper())


def test_a_name_that_there_is_not_is_answered_with_those_there_are():
    keep()
    with pytest.raises(BadSettings, match="fast, My portraits; the nearest is My portraits"):
        Request.of({}, {"preset": "My portrait"})
    own_presets.remove("my portraits")
    with pytest.raises(BadSettings, match="There is no preset “My portraits”"):
        resolve({}, LANDSCAPE, preferences=Preferences("My portraits"))
    with pytest.raises(NotThere):
        own_presets.remove("My portraits")


def test_kept_again_it_is_replaced_only_where_that_is_meant():
    keep()
    with pytest.raises(PresetConflict, match="There is already a preset “My portraits”"):
        keep("MY portraits", motion=7)
    assert own_presets.named("My portraits").values["motion"] == 44
    own_presets.keep("MY portraits", (512, 768), VALUES | {"motion": 7}, replace=True)
    assert own_presets.names() == ("MY portraits",)
    assert own_presets.named("My portraits").values["motion"] == 7


def test_it_is_renamed_and_only_to_a_free_name():
    keep("A")
    keep("B")
    assert own_presets.rename("a", "Ä").name == "Ä"
    assert own_presets.rename("Ä", "ä").name == "ä", "its own capitals may change"
    with pytest.raises(PresetConflict):
        own_presets.rename("ä", "b")
    with pytest.raises(NotThere):
        own_presets.rename("A", "C")
    assert own_presets.names() == ("B", "ä")


@pytest.mark.parametrize("name", ["safety", "Safety", "Safe", "sicuro", "QUICK", "Minimum"])
def test_the_programs_own_names_cannot_be_taken(name):
    with pytest.raises(PresetConflict, match="is a preset of VideoAi's"):
        keep(name)


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, "a/b", "a\\b", "..", "-x", '"a"', "a\x1b[2Jb", "a\u202eb"])
def test_a_name_that_cannot_be_is_refused(name):
    with pytest.raises(BadSettings):
        keep(name)
    assert not paths.own_presets().exists()


def test_there_are_only_so_many():
    for number in range(own_presets.MOST):
        keep(f"Number {number}")
    with pytest.raises(PresetConflict, match="30 presets"):
        keep("One more")
    own_presets.keep("number 3", (256, 256), VALUES, replace=True)


DAMAGED = [
    "",
    "{",
    "[]",
    "{}",
    '{"presets": 3}',
    '{"presets": [3]}',
    '{"presets": [{"name": "A"}]}',
    '{"presets": [{"name": "A", "long": 512, "short": 768, "values": {}}]}',
    '{"presets": [{"name": "A", "long": 770, "short": 512, "values": {}}]}',
    '{"presets": [{"name": 4, "long": 768, "short": 512, "values": {}}]}',
    '{"presets": [{"name": "A", "long": 768, "short": 512, "values": 4}]}',
    '{"presets": [{"name": "A", "long": 768, "short": true, "values": {}}]}',
]


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_is_set_aside_with_a_sentence(text, caplog):
    keep()
    paths.own_presets().write_text(text)
    said: list[str] = []
    assert own_presets.own(said.append) == []
    (kept,) = paths.home().glob("presets-damaged-*.json")
    assert kept.read_text() == text
    assert said == [f"The list of your presets was damaged. It is kept as {kept.name}, and a new one has begun."]
    assert own_presets.own(said.append) == []
    assert len(said) == 1, "it is said once"
    keep()
    assert own_presets.names() == ("My portraits",)


def test_what_a_newer_version_has_kept_is_left_as_it_is():
    keep()
    paths.own_presets().write_text(
        json.dumps(
            {
                "presets": [
                    {"name": "New word", "long": 512, "short": 512, "values": VALUES | {"glow": 3}},
                    {"name": "New sampler", "long": 512, "short": 512, "values": VALUES | {"scheduler": "heun"}},
                    {"name": "New model", "long": 512, "short": 512, "values": VALUES | {"model": "svd-3"}},
                    {"name": "A path", "long": 512, "short": 512, "values": VALUES | {"model": "/etc/passwd"}},
                ]
            }
        )
    )
    assert own_presets.names() == ("New word",)
    assert resolve({}, LANDSCAPE, preset="New word").motion == 44
    keep("Mine")
    found = json.loads(paths.own_presets().read_text())["presets"]
    assert [row["name"] for row in found] == ["New word", "New sampler", "New model", "A path", "Mine"]
    assert found[0]["values"]["glow"] == 3


def test_two_at_once_lose_nothing():
    threads = [threading.Thread(target=keep, args=[f"Number {number}"]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(own_presets.names()) == 8


@pytest.mark.parametrize("what", ["keep", "read"])
def test_a_file_that_cannot_be_read_is_nobodys_crash(what):
    paths.own_presets().mkdir(parents=True)
    if what == "read":
        assert own_presets.names() == ()
    else:
        with pytest.raises(WriteFailed, match="cannot be read"):
            keep()


def test_the_table_names_them():
    keep()
    kind = OPTIONS["preset"].kind
    assert kind.words()[-1] == "My portraits"
    with speaking("it"):
        assert kind.range_text().startswith("quick, good")
