"""The command line as a user meets it: whole processes, real files, exit codes."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES, ROOT, find_tool
from videoai import generate
from videoai.media.metadata import read_metadata

SMALL = ["--width", "256", "--height", "256", "--frames", "4", "--model", "draft"]


def test_a_photo_becomes_a_video_and_the_last_line_says_where(cli, outputs):
    result = cli(EXAMPLES / "coffee.png", "--model", "draft", "--seed", 42)
    assert result.returncode == 0
    path = outputs / "coffee-draft-42.mp4"
    assert result.stdout.splitlines()[-1] == f"Wrote: {path}"
    settings = read_metadata(path)["settings"]
    expected = {"width": 640, "height": 384, "steps": 20, "motion": 100, "fps": 6, "frames": 14, "seed": 42}
    assert expected.items() <= settings.items()
    assert "draft" in result.stderr, "it says plainly that it is a draft"
    assert "\r" not in result.stderr, "no bar where there is no terminal"


@pytest.mark.parametrize("line", [
    pytest.param("--steps 25 --frames 20 --motion 80", marks=pytest.mark.slow),
    "--width 448 --height 256 --frames 10 --steps 15",
    pytest.param("--seed 42", marks=pytest.mark.slow),
])  # fmt: skip
def test_the_guides_own_command_lines_work(cli, line):
    result = cli(EXAMPLES / "coffee.png", *line.split(), "--model", "draft", "--json")
    assert result.returncode == 0
    settings = json.loads(result.stdout)["settings"]
    flags = line.split()
    assert {
        name[2:]: int(value) for name, value in zip(flags[::2], flags[1::2], strict=True)
    }.items() <= settings.items()


def test_the_default_model_is_missing_and_the_draft_is_offered(cli, outputs):
    result = cli(EXAMPLES / "coffee.png", "--offline")
    assert result.returncode == 3
    assert "svd-xt" in result.stderr
    assert "--model draft" in result.stderr
    assert not outputs.exists(), "nothing stands in silently for a model that is missing"


def test_what_lcm_cannot_do_is_said_before_anything_is_fetched(cli):
    asked = ["--scheduler", "lcm", "--steps", 50, "--sigmas", "ays"]
    result = cli(EXAMPLES / "coffee.png", *asked, env=os.environ | {"HF_ENDPOINT": "http://127.0.0.1:9"})
    assert result.returncode == 2
    for words in ("svd-xt is not made for the LCM sampler", "at most 40 steps", "noise levels of its own"):
        assert words in result.stderr
    assert "Downloading" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], 0),
        ([], 2),
        (["nowhere.jpg", "--model", "draft"], 2),
        pytest.param(["nowhere.jpg"], 2, marks=pytest.mark.slow),
        ([EXAMPLES / "coffee.png", "--steps", "99"], 2),
        ([EXAMPLES / "coffee.png", "--sleps", "9"], 2),
        pytest.param([EXAMPLES / "coffee.png", "--steps"], 2, marks=pytest.mark.slow),
        ([EXAMPLES / "README.md", *SMALL], 2),
        ([EXAMPLES / "coffee.png", *SMALL, "--output", "a.avi"], 2),
        pytest.param([EXAMPLES / "coffee.png", *SMALL, "--output", "{what}.mp4"], 2, marks=pytest.mark.slow),
        ([EXAMPLES / "coffee.png", *SMALL, "--encoder", "hardware"], 2 if sys.platform != "darwin" else 0),
        ([EXAMPLES / "coffee.png", *SMALL, "--like", EXAMPLES / "coffee.png"], 2),
        pytest.param([EXAMPLES / "coffee.png", *SMALL, "--like", "nowhere.mp4"], 2, marks=pytest.mark.slow),
        ([EXAMPLES / "coffee.png", EXAMPLES / "rocket.jpg", *SMALL, "--output", "a.mp4"], 2),
        pytest.param([EXAMPLES / "coffee.png", *SMALL, "--output", "/dev/null/a.mp4"], 2, marks=pytest.mark.slow),
        ([EXAMPLES / "coffee.png", *SMALL, "--output", "/proc/a.mp4"], 2),
        ([EXAMPLES / "coffee.png", "--model", "svd"], 3),
        pytest.param([EXAMPLES / "coffee.png", "--model", EXAMPLES], 3, marks=pytest.mark.slow),
    ],
)
def test_exit_codes_and_no_traceback(inside, arguments, code, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # a hub that nobody answers for
    result = inside("generate", *arguments)
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    if code:
        assert result.stdout == ""
        error = result.stderr[result.stderr.index("Error: ") :].splitlines()
        assert len(error) == 2, "a sentence and a hint"
        assert error[1].startswith("  ")


def test_all_wrong_values_are_told_at_once(inside):
    result = inside(EXAMPLES / "coffee.png", "--width", 650, "--motion", 0, "--fps", "x", "--preset", "safe")
    for part in ("width is “650”", "nearest is 640", "motion is “0”", "fps is “x”", "preset is “safe”"):
        assert part in result.stderr


@pytest.mark.slow
def test_json_errors_are_one_object(cli):
    result = cli(EXAMPLES / "coffee.png", "--offline", "--json")
    assert result.returncode == 3
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "model_missing"
    assert error["message"]
    assert "draft" in error["hint"]


def test_json_has_the_shape_that_other_tools_read(cli):
    result = cli(EXAMPLES / "coffee.png", *SMALL, "--json", "--quiet")
    video = json.loads(result.stdout)
    made = {"path", "settings", "model", "video", "plan", "seconds", "peak_bytes"}
    assert set(video) == made | {"index", "photo", "job", "state"}
    assert (video["index"], video["photo"], video["state"]) == (1, str(EXAMPLES / "coffee.png"), "done")
    assert video["model"] == "draft"
    assert set(video["seconds"]) == {"photo", "depth", "frames", "encode"}
    assert 20e6 < video["peak_bytes"] < 1e9
    assert Path(video["path"]).is_file()
    assert result.stderr == ""


@pytest.mark.slow
def test_several_photos_and_a_folder(cli, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("rocket.jpg", "chelsea.png"):
        shutil.copy(EXAMPLES / name, folder)
    (folder / "notes.txt").write_text("no photo")
    result = cli(EXAMPLES / "coffee.png", folder, *SMALL, "--seed", 3, "--output", "{n}-{stem}-{seed}.gif")
    assert result.returncode == 0
    names = ["1-coffee-3.gif", "2-chelsea-3.gif", "3-rocket-3.gif"]
    assert result.stdout.splitlines() == [f"Wrote: {name}" for name in names]
    assert all((tmp_path / name).is_file() for name in names)


def test_a_bad_photo_among_good_ones_does_not_stop_them(cli, outputs):
    result = cli(EXAMPLES / "README.md", EXAMPLES / "coffee.png", *SMALL, "--seed", 1)
    assert result.returncode == 2
    assert "README.md" in result.stderr
    assert (outputs / "coffee-draft-1.mp4").is_file()


@pytest.mark.slow
def test_an_automatic_name_never_overwrites(cli, outputs):
    for _ in range(3):
        assert cli(EXAMPLES / "coffee.png", *SMALL, "--seed", 1).returncode == 0
    assert sorted(path.name for path in outputs.iterdir()) == [
        "coffee-draft-1-2.mp4", "coffee-draft-1-3.mp4", "coffee-draft-1.mp4",
    ]  # fmt: skip


def test_like_repeats_a_video_byte_for_byte_and_flags_win(cli, tmp_path):
    assert cli(EXAMPLES / "coffee.png", *SMALL, "--output", "a.mp4").returncode == 0
    assert cli(EXAMPLES / "coffee.png", "--like", "a.mp4", "--output", "b.mp4").returncode == 0
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert cli(EXAMPLES / "coffee.png", "--like", "a.mp4", "--motion", 7, "--output", "c.mp4").returncode == 0
    first, third = (read_metadata(tmp_path / name)["settings"] for name in ("a.mp4", "c.mp4"))
    assert third == first | {"motion": 7}


def test_info_prints_what_is_inside(cli, inside, tmp_path):
    cli(EXAMPLES / "coffee.png", *SMALL, "--seed", 99, "--output", "a.mp4")
    assert json.loads(inside("info", "a.mp4", "--json").stdout)["settings"]["seed"] == 99
    lines = inside("info", "a.mp4").stdout.splitlines()[1:]
    rows = dict(line.split() for line in lines if not line.endswith(" px"))
    assert (rows["seed"], rows["guidance-interval"], rows["guidance-min"], rows["focus"]) == (
        "99",
        "off",
        "1",
        "0.5,0.5",
    )
    assert len({re.match(r" *\S+ +", line).end() for line in lines}) == 1, "in one column"
    flags = [word for name, value in rows.items() for word in (f"--{name}", value)]
    assert cli(EXAMPLES / "coffee.png", *SMALL, *flags, "--output", "b.mp4").returncode == 0
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    result = inside("info", EXAMPLES / "coffee.png")
    assert (result.returncode, "Traceback" in result.stderr) == (2, False)


def test_nothing_of_the_photos_exif_reaches_any_output(cli, tmp_path):
    exiftool = find_tool("exiftool", "libimage-exiftool-perl")
    photo = tmp_path / "private.jpg"
    shutil.copy(EXAMPLES / "rocket.jpg", photo)
    subprocess.run(
        [
            exiftool,
            "-q",
            "-overwrite_original",
            "-GPSLatitude=45.4642",
            "-GPSLatitudeRef=N",
            "-GPSLongitude=9.19",
            "-GPSLongitudeRef=E",
            "-Make=SecretCam",
            "-Artist=SecretName",
            "-XMP:Creator=SecretName",
            "-Comment=SecretNote",
            str(photo),
        ],
        check=True,
    )
    assert cli(photo, *SMALL, "--output", "out.mp4").returncode == 0
    for ending in ("mov", "webm", "gif", "webp", "png"):
        generate(photo, tmp_path / f"out.{ending}", model="draft", width=256, height=256, frames=4)
    written = []
    for ending in ("mp4", "mov", "webm", "gif", "webp", "png"):
        out = tmp_path / ("out" if ending == "png" else f"out.{ending}")
        for path in [out] if out.is_file() else out.iterdir():
            data = path.read_bytes()
            assert b"Secret" not in data
            assert b"private" not in data
            assert str(tmp_path).encode() not in data
            written.append(str(path))
    found = json.loads(subprocess.run([exiftool, "-j", "-n", *written], capture_output=True, check=True).stdout)
    assert len(found) == len(written) > 6
    assert not [key for one in found for key in one if key.startswith("GPS")]


def test_help_is_instant_because_it_imports_nothing_heavy():
    command = [sys.executable, "-X", "importtime", str(ROOT / "generate_video.py"), "--help"]
    imported = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert " click\n" in imported
    for heavy in ("torch", "numpy", "scipy", "skimage", "av", "PIL", "rich"):
        assert f" {heavy}\n" not in imported


def test_the_draft_does_not_import_torch(outputs):
    code = (
        "import sys; from videoai import generate; "
        f"video = generate({str(EXAMPLES / 'coffee.png')!r}, model='draft', frames=4, width=256, height=256, seed=5); "
        "print(video.path.name, video.settings.seed, 'torch' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == "coffee-draft-5.mp4 5 False\n"


def test_a_reader_that_goes_away_is_no_trouble(tmp_path):
    command = f"'{sys.executable}' '{ROOT / 'generate_video.py'}' --help | head -c 1"
    result = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=tmp_path)
    assert "Traceback" not in result.stderr
    assert "BrokenPipe" not in result.stderr


def test_a_missing_package_is_a_sentence(tmp_path):
    """As when the virtual environment was not activated."""
    command = [sys.executable, "-S", str(ROOT / "generate_video.py"), "photo.jpg"]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    result = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert result.returncode == 1
    assert f"pip install -r {ROOT / 'requirements.txt'}" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_package_that_does_not_load_is_no_defect(cli, tmp_path):
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "numpy.py").write_text("raise ImportError('Advice\\nlibgfortran.so.5: cannot open it')")
    result = cli(EXAMPLES / "coffee.png", *SMALL, env=os.environ | {"PYTHONPATH": str(tmp_path / "packages")})
    assert result.returncode == 1
    assert "Error: A package VideoAi needs does not load: libgfortran.so.5: cannot open it\n" in result.stderr
    assert "defect" not in result.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is of the Linux kernel")
def test_no_room_for_the_packages_is_no_defect(cli):
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (60 << 20,) * 2)  # noqa: E731
    result = cli(EXAMPLES / "coffee.png", *SMALL, preexec_fn=limit)
    assert result.returncode == 4, result.stderr
    assert "Error: There was not enough memory.\n" in result.stderr


def test_where_there_is_no_fcntl_the_systems_are_named(tmp_path):
    code = "import sys; sys.modules['fcntl'] = None; from videoai.cli import main; sys.exit(main(['photo.jpg']))"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    result = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert result.returncode == 1
    assert "macOS and Linux" in result.stderr
    assert "install -r" not in result.stderr


def test_a_bar_on_a_terminal(tmp_path):
    """A real pseudo-terminal: one bar, gone at the end, and no plain lines."""
    import pty

    master, slave = pty.openpty()
    command = [sys.executable, str(ROOT / "generate_video.py"), str(EXAMPLES / "coffee.png"), *SMALL]
    process = subprocess.Popen(command, stderr=slave, stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    os.close(slave)
    shown = b""
    try:
        while data := os.read(master, 65536):
            shown += data
    except OSError:  # Linux's way of saying that the other end was closed
        shown += b""
    os.close(master)
    out = process.communicate()[0]
    assert process.returncode == 0
    assert out.startswith("Wrote: ")
    assert b"Drawing the frames" in shown
    assert b"coffee.png: Reading" not in shown
