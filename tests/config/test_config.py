"""What the config file says holds where a call says nothing, and each mistake in it is named with its line."""

from __future__ import annotations

import json

import pytest

from videoai.config.document import Document
from videoai.config.values import KEYS, examined, read_config
from videoai.errors import BadConfig
from videoai.options import OPTIONS
from videoai.parameters import Problems
from videoai.request import Request
from videoai.settings import PARAMETERS

PHOTO = (3000, 2000)


@pytest.fixture
def written(monkeypatch, tmp_path):
    """Writes the config file and reads it."""

    def write(text: str):
        path = tmp_path / "config.toml"
        path.write_text(text, "utf-8")
        monkeypatch.setenv("VIDEOAI_CONFIG", str(path))
        return read_config()

    return write


def settings(config, **given):
    options = {name: given.pop(name) for name in list(given) if name in OPTIONS}
    return Request.of(given, options, preferences=config.preferences()).settings(PHOTO)


def test_without_a_file_everything_is_as_it_was():
    config = read_config()
    assert settings(config, seed=1) == Request.of({"seed": 1}, {}).settings(PHOTO)


def test_a_setting_beats_the_default_preset_and_is_beaten_by_a_flag(written):
    config = written("motion = 60\nsmooth = 24\n")
    assert (settings(config).motion, settings(config).smooth, settings(config).steps) == (60, 24, 20)
    assert settings(config, motion=70).motion == 70


def test_a_preset_of_the_command_line_beats_what_it_names_and_leaves_the_rest(written):
    config = written('preset = "best"\nmotion = 60\ndecoder = "tiny"\n')
    assert (settings(config).width, settings(config).motion) == (768, 60)
    assert settings(config, preset="safety").motion == 100  # which safety names
    found = settings(config, preset="minimum")
    assert (found.width, found.motion, found.decoder) == (448, 60, "tiny")  # which minimum does not
    assert (found.smooth, found.enlarge) == (None, "off")  # nothing of the preset that it took the place of


def test_a_preferred_model_brings_what_it_recommends(written):
    config = written('model = "animatelcm-svd-xt"\nguidance_max = 2\n')
    found = settings(config)
    assert (found.steps, found.scheduler, found.guidance_max) == (4, "lcm", 2)
    found = settings(config, preset="best")
    assert (found.model, found.steps, found.scheduler) == ("animatelcm-svd-xt", 4, "lcm")
    found = settings(config, model="svd-xt")
    assert (found.steps, found.scheduler) == (20, "euler-a")
    found = settings(config, preset="best", model="svd-xt")
    assert (found.steps, found.scheduler) == (30, "euler")


def test_another_video_is_repeated_as_it_was_made(written, monkeypatch):
    config = written("motion = 60\nsmooth = 24\nfps = 12\n")
    whole = Request.of({}, {}).settings(PHOTO).to_dict() | {"motion": 7}
    monkeypatch.setattr(Request, "_settings_of", lambda self, video: whole)
    found = settings(config, like="clip.mp4")
    assert (found.motion, found.smooth, found.fps) == (7, None, 6)


def test_a_preferred_seed_is_the_seed_of_each_video(written):
    config = written("seed = 42\n")
    assert Request.of({}, {}, preferences=config.preferences()).seed() == 42
    assert settings(config).seed == 42


def test_every_mistake_is_named_with_its_line(written):
    text = """\
# what I like
motion = 900
"fps" = "many"   # too many

stepz = 4
text = 1
[serve]
port = 0
steps = 5
[other]
x = 1
"""
    with pytest.raises(BadConfig) as caught:
        written(text)
    assert [line.split(": ")[0] for line in caught.value.details()] == [
        f"config.toml:{line}" for line in (2, 3, 5, 6, 8, 9, 11)
    ]
    said = "\n".join(caught.value.details())
    assert "motion is “900”, but it must be a whole number from 1 to 255; the nearest is 255." in said
    assert "There is no parameter “stepz”. Did you mean steps?" in said
    assert "Write steps above the line “[serve]”." in said


@pytest.mark.parametrize(
    ("text", "line"),
    [("motion = 60\nfps =\n", 2), ("motion = 60\nmotion = 70\n", 2), ("motion = sixty\n", 1)],
)
def test_what_is_no_toml_is_named_with_its_line(written, text, line):
    with pytest.raises(BadConfig) as caught:
        written(text)
    assert [problem["line"] for problem in caught.value.problems] == [line]


def test_a_name_in_two_spellings_is_a_mistake(written):
    with pytest.raises(BadConfig) as caught:
        written("guidance-max = 2\nguidance_max = 3\n")
    assert caught.value.details() == ["config.toml:2: guidance_max is there twice."]


def test_values_that_do_not_go_together_are_a_mistake(written):
    with pytest.raises(BadConfig) as caught:
        written('frames = 4\nloop = "crossfade"\n')
    assert "crossfade takes 6 frames" in caught.value.details()[0]


@pytest.mark.parametrize("key", KEYS)
def test_whatever_the_table_allows_can_be_in_the_file_and_nothing_else(written, key):
    default = json.dumps(KEYS[key].default()) if key in PARAMETERS else None
    *tables, name = key.split(".")
    head = "".join(f"[{table}]\n" for table in tables)
    if default not in (None, "null"):
        assert dict(written(f"{head}{name} = {default}\n").values)
    with pytest.raises(BadConfig):
        written(f"{head}{name} = 1979-05-27\n")


def test_what_cannot_be_read_is_a_sentence(monkeypatch, tmp_path):
    for path, content in (("there", b"\xff\xfe"), ("folder", None), ("missing", b"")):
        target = tmp_path / path
        monkeypatch.setenv("VIDEOAI_CONFIG", str(target))
        if content is None:
            target.mkdir()
        elif content:
            target.write_bytes(content)
        with pytest.raises(BadConfig):
            read_config()


def test_options_of_a_run_are_the_given_ones_else_the_files(written):
    config = written('memory_limit = "4G"\ngentle = true\noutput = "clips"\n')
    assert config.options(OPTIONS, {"output": "x.mp4"}) == {"memory_limit": "4G", "gentle": True, "output": "x.mp4"}
    assert config.options(("gentle",), {}) == {"gentle": True}


def test_one_side_of_the_video_keeps_its_shape(written):
    found = settings(written("width = 512\n"))
    assert (found.width, found.height) == (512, 320)


def test_tables_in_any_form_are_read(written):
    for text in ("serve.port = 5002\n", "serve = {port = 5002}\n", "[serve]\nport = 5002\n"):
        assert written(text).serve({}).port == 5002
        assert written(text).serve({"port": "5003"}).port == 5003
    assert examined(Document.read())[1] == []
    assert Problems() == []
