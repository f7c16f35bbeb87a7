"""videoai config, as a person uses it: a value set, shown, used and taken back, and nothing of the file lost."""

from __future__ import annotations

import json
import os
import stat
import sys

import pytest

from tests.conftest import EXAMPLES

MINE = "# what I like\nmotion = 60   # calm\n\n[serve]\n# mine\nport = 5002\n"


@pytest.fixture
def file(own_home, monkeypatch):
    path = own_home / "my config.toml"
    path.write_text(MINE)
    monkeypatch.setenv("VIDEOAI_CONFIG", str(path))
    return path


def test_it_lies_in_the_platforms_folder_and_is_made_when_something_is_set(inside, own_home):
    path = inside("config", "path").stdout.strip()
    assert path.startswith(str(own_home))
    assert path.endswith("config.toml")
    assert not os.path.exists(path)
    assert inside("config", "set", "motion", "60").returncode == 0
    with open(path) as config:
        assert config.read() == "motion = 60\n"


def test_a_change_keeps_comments_and_order(inside, file):
    for words in (
        ("motion", "70"),
        ("guidance-max", "2,5"),
        ("focus", "0.2,0.3"),
        ("memory_limit", "4G"),
        ("seed", "random"),
        ("smooth", "off"),
        ("gentle", "yes"),
        ("precision", "8"),
        ("serve.open", "true"),
    ):
        assert inside("config", "set", *words).returncode == 0, words
    assert file.read_text() == (
        '# what I like\nmotion = 70   # calm\nguidance_max = 2.5\nfocus = [0.2, 0.3]\nmemory_limit = "4G"\n'
        'seed = "random"\nsmooth = "off"\ngentle = true\nprecision = "8"\n\n'
        "[serve]\n# mine\nport = 5002\nopen = true\n"
    )
    assert inside("config", "unset", "motion").returncode == 0
    assert "motion" not in file.read_text()


def test_a_link_stays_one(inside, file, tmp_path, monkeypatch):
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    monkeypatch.setenv("VIDEOAI_CONFIG", str(link))
    assert inside("config", "set", "motion", "61").returncode == 0
    assert link.is_symlink()
    assert "motion = 61   # calm" in file.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "motion", "900"), "motion is “900”"),
        (("set", "motoin", "60"), "Did you mean motion?"),
        (("set", "like", "clip.mp4"), "There is no parameter “like”."),
        (("set", "model", "gone/away"), "model is “"),
        (("set", "model", "drafft"), "the nearest is draft"),
        (("set", "fps", ""), "fps is “”"),
        (("set", "serve", "1"), "There is no parameter “serve”."),
        (("unset", "fps"), "The config file does not say “fps”."),
    ],
)
def test_nothing_wrong_gets_into_the_file(inside, file, words, said):
    result = inside("config", *words)
    assert result.returncode == 2
    assert said in result.stderr
    assert file.read_text() == MINE


def test_a_value_that_the_others_do_not_allow_is_refused_and_a_mistake_can_be_mended(inside, file):
    file.write_text('loop = "crossfade"\nmotion = 900\n')
    result = inside("config", "set", "frames", "4")
    assert result.returncode == 2
    assert "crossfade takes 6 frames" in result.stderr
    assert inside("config", "set", "motion", "90").returncode == 0
    assert file.read_text() == 'loop = "crossfade"\nmotion = 90\n'


def test_it_shows_what_holds_and_where_it_comes_from(inside, file):
    inside("config", "set", "model", "animatelcm-svd-xt")
    rows = {line.split()[0]: line.split()[1:] for line in inside("config").stdout.splitlines() if line}
    assert rows["motion"] == ["60", "config.toml:2"] or rows["motion"][-1].endswith("config.toml:2")
    assert rows["steps"] == ["4", "model", "animatelcm-svd-xt"]
    assert rows["frames"] == ["14", "preset", "safety"]
    assert rows["reuse"] == ["1", "default"]
    found = json.loads(inside("config", "--json").stdout)
    assert found["path"] == str(file)
    assert found["values"]["serve.port"] == {"value": 5002, "from": "config", "line": 7}
    assert found["values"]["preset"] == {"value": "safety", "from": "default", "line": None}


def test_with_a_mistake_nothing_runs_and_it_is_still_shown(inside, file):
    file.write_text("motion = 900\nsteps = 30\n")
    for words in ((EXAMPLES / "coffee.png", "--model", "draft"), ("estimate", EXAMPLES / "coffee.png"), ("serve",)):
        result = inside(*words)
        assert result.returncode == 2
        assert f"There is a mistake in your config file {file}." in result.stderr
        assert "my config.toml:1: motion is “900”" in result.stderr
    shown = inside("config")
    assert shown.returncode == 2
    assert "30" in next(line for line in shown.stdout.splitlines() if line.startswith("steps"))
    error = json.loads(inside("config", "--json").stdout)["error"]
    assert (error["code"], error["problems"][0]["line"]) == ("bad_config", 1)


def test_a_video_is_made_as_the_file_says(inside, file, own_home):
    file.write_text(
        'model = "draft"\nwidth = 256\nheight = 256\nframes = 4\noutput = "~/{stem}-{seed}.gif"\nseed = 7\n'
    )
    result = inside(EXAMPLES / "coffee.png", "--frames", "5")
    assert result.returncode == 0, result.stderr
    assert (own_home / "coffee-7.gif").is_file()
    found = json.loads(inside("info", own_home / "coffee-7.gif", "--json").stdout)["settings"]
    assert (found["model"], found["width"], found["frames"], found["seed"]) == ("draft", 256, 5, 7)


def test_a_row_of_a_list_beats_the_file(inside, file, tmp_path):
    file.write_text('model = "draft"\nmotion = 60\nwidth = 256\nheight = 256\nframes = 4\n')
    (tmp_path / "list.csv").write_text(
        f"photo,motion,output\n{EXAMPLES}/coffee.png,,a.gif\n{EXAMPLES}/coffee.png,9,b.gif\n"
    )
    result = inside("--jobs", "list.csv")
    assert result.returncode == 0, result.stderr
    motions = [json.loads(inside("info", name, "--json").stdout)["settings"]["motion"] for name in ("a.gif", "b.gif")]
    assert motions == [60, 9]


def test_the_editor_opens_the_file_and_what_it_leaves_is_checked(videoai, own_home, tmp_path):
    """A real editor, as $EDITOR may be: a program with arguments."""
    editor = tmp_path / "my editor.py"
    editor.write_text("import sys, pathlib\npathlib.Path(sys.argv[-1]).open('a').write(sys.argv[1])\n")
    where = own_home / "made" / "config.toml"
    for text, code in (("motion = 60\n", 0), ("motion = 900\n", 2)):
        environment = {
            "VISUAL": f"{sys.executable} '{editor}' '{text}'",
            "VIDEOAI_CONFIG": str(where),
        }
        assert videoai("config", "edit", env=environment).returncode == code
    assert where.read_text().startswith("# What the command")
    result = videoai("config", "edit", env={"VISUAL": "no-such-editor", "VIDEOAI_CONFIG": str(where)})
    assert result.returncode == 1
    assert "Your editor did not open" in result.stderr


def test_with_a_device_in_its_place_there_is_no_file(inside, tmp_path, monkeypatch):
    """As /dev/null, but not the machine's own: root could replace that."""
    if os.geteuid() != 0:
        pytest.skip("making a device needs root")
    device = tmp_path / "null"
    try:
        os.mknod(device, 0o666 | stat.S_IFCHR, os.stat(os.devnull).st_rdev)
        device.read_bytes()
    except OSError:
        pytest.skip("this machine does not let root make a device here")
    monkeypatch.setenv("VIDEOAI_CONFIG", str(device))
    assert "default" in inside("config").stdout
    result = inside("config", "set", "motion", "60")
    assert result.returncode == 2
    assert "is not a file and was left as it is." in result.stderr
    assert stat.S_ISCHR(device.stat().st_mode)


def test_a_folder_that_refuses_leaves_the_file_as_it_was(inside, file, small_disk, monkeypatch):
    mine = small_disk / "config.toml"
    mine.write_text(MINE)
    (small_disk / "full").write_bytes(bytes(os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_bsize))
    monkeypatch.setenv("VIDEOAI_CONFIG", str(mine))
    result = inside("config", "set", "motion", "70")
    assert result.returncode == 1
    assert mine.read_text() == MINE
    assert sorted(path.name for path in small_disk.iterdir()) == ["config.toml", "full"]
    assert stat.S_ISREG(mine.stat().st_mode)


def test_the_words_of_a_value_are_completed(inside):
    from click.shell_completion import ShellComplete

    from videoai.cli.app import videoai as root

    complete = ShellComplete(root, {}, "videoai", "_VIDEOAI_COMPLETE")
    assert [item.value for item in complete.get_completions(["config", "set"], "guid")] == [
        "guidance_min",
        "guidance_max",
        "guidance_interval",
    ]
    assert [item.value for item in complete.get_completions(["config", "set", "fit"], "")] == ["crop", "pad"]
    assert [item.value for item in complete.get_completions(["config", "set", "gentle"], "t")] == ["true"]


@pytest.mark.parametrize(("words", "expected"), [((), True), (("--no-gentle",), False), (("--gentle",), True)])
def test_what_the_file_turns_on_one_call_can_turn_off(inside, file, monkeypatch, words, expected):
    from videoai.batch.wanted import WantedVideo
    from videoai.cli import making

    file.write_text("gentle = true\n")
    asked: list[WantedVideo] = []
    monkeypatch.setattr(making, "make_all", lambda videos, *_, **__: asked.extend(videos) or 0)
    assert inside(EXAMPLES / "coffee.png", "--model", "draft", *words).returncode == 0
    assert [video.request.gentle for video in asked] == [expected]
