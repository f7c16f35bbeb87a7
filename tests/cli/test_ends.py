"""The end of a run: what is computed is not lost to a name, a stream or a folder."""

from __future__ import annotations

import errno
import json
import os
import pty
import shutil
import stat
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES, ROOT
from videoai import generate
from videoai.errors import BadOutput, VideoAiError
from videoai.events import Stage
from videoai.history.store import JobStore
from videoai.naming import ToName, told_apart
from videoai.outputs import Output
from videoai.system import paths, private_files

DRAFT = {"model": "draft", "frames": 4, "width": 256, "height": 256, "seed": 1}
WORDS = [word for name, value in DRAFT.items() for word in (f"--{name}", str(value))]


def run(
    folder: Path, *words: str | bytes, shell: str = '"$@"', **environment: str
) -> subprocess.CompletedProcess[bytes]:
    command = ["sh", "-c", shell, "sh", sys.executable, str(ROOT / "generate_video.py"), *words, *WORDS]
    return subprocess.run(command, cwd=folder, capture_output=True, timeout=100, env=os.environ | environment)


@pytest.fixture
def photo(tmp_path) -> Path:
    return Path(shutil.copy(EXAMPLES / "chelsea.png", tmp_path / "p.png"))


def test_an_outputs_folder_on_an_unplugged_disk_is_named_before_anything_is_computed(tmp_path, photo, monkeypatch):
    outputs = tmp_path / "VideoAi"
    outputs.symlink_to("/mnt/no-such-disk/VideoAi")
    done = run(tmp_path, "p.png", VIDEOAI_OUTPUTS=str(outputs))
    assert done.returncode == 2
    assert b"/mnt/no-such-disk/VideoAi, which does not exist" in done.stderr
    assert b"Drawing the frames" not in done.stderr
    assert JobStore(paths.database()).jobs() == []
    assert not list(paths.jobs().glob("*"))


def test_a_run_that_waited_while_its_disk_went_is_told_so_before_it_computes(tmp_path, photo, videoai):
    """The folder was there when the video was asked for."""
    from videoai.jobs.submit import submit
    from videoai.request import Request

    (tmp_path / "clips").mkdir()
    request = Request(DRAFT, output=f"{tmp_path}/clips/")
    job = submit(JobStore(paths.database()), photo, request, lambda event: None)
    (tmp_path / "clips").rmdir()
    (tmp_path / "clips").symlink_to("/mnt/no-such-disk")
    done = videoai("resume", job.id)
    assert done.returncode == 2
    assert "which does not exist" in done.stderr
    assert "Drawing the frames" not in done.stderr


@pytest.mark.slow
def test_photos_of_one_stem_all_keep_their_videos(tmp_path, photo):
    for name in ("a/IMG_1.png", "b/IMG_1.png", "b/img_1.webp", "b/x:y.png", "b/x_y.png", "b/IMG_1-2.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(photo, tmp_path / name)
    done = run(tmp_path, "a", "b", "--output", "clips/{stem}.mp4", "--json")
    assert done.returncode == 0, done.stderr
    written = [json.loads(line)["path"] for line in done.stdout.splitlines()]
    assert len({path.casefold() for path in written}) == 6
    assert all((tmp_path / path).is_file() for path in written)
    assert b"so they are numbered" in done.stderr


NAMES = ["x:y", "x_y", "é", unicodedata.normalize("NFD", "é"), "É", *("假" * 27 + end for end in "一二"), "x_y-2"]


def of_each(pattern: str, photos: list[Path]) -> list[Output]:
    return told_apart([ToName(Output(pattern), photo) for photo in photos])


def test_names_that_any_file_system_takes_for_one_are_told_apart():
    photos = [Path(f"{number}/{name}.png") for number, name in enumerate(NAMES)]
    for pattern in ("clips/{stem}.mp4", "{stem}/clip.webm", "{stem}.png", "{stem}-{seed}.gif"):
        outputs = of_each(pattern, photos)
        names = [output.named(photo, 1, None) for output, photo in zip(outputs, photos, strict=True)]
        assert len({unicodedata.normalize("NFC", name).casefold() for name in names}) == len(NAMES), names
    assert of_each("{n}.mp4", photos) == [Output("{n}.mp4")] * len(NAMES)
    assert of_each("clips/", photos) == [Output("clips/")] * len(NAMES), "such names are never another's"


def test_no_video_of_one_photo_replaces_another_photo(tmp_path):
    photos = [tmp_path / "a.png", tmp_path / "a.gif"]
    for path in photos:
        path.write_bytes(b"photo")
    with pytest.raises(BadOutput, match=r"would replace .*a\.gif"):
        of_each(f"{tmp_path}/{{stem}}.gif", photos)


def test_a_path_that_is_no_utf8_gets_its_video_and_is_told_as_it_is(tmp_path, photo, videoai):
    done = run(tmp_path, "p.png", b"--output", b"caf\xe9.mp4")
    assert (done.returncode, done.stdout) == (0, b"Wrote: caf\xe9.mp4\n"), done.stderr
    assert (tmp_path / os.fsdecode(b"caf\xe9.mp4")).is_file()
    (job,) = JobStore(paths.database()).jobs()
    assert os.fsencode(job.output) == bytes(tmp_path) + b"/caf\xe9.mp4"
    listed = videoai("jobs", "list", "--json", text=False)
    assert listed.returncode == 0, listed.stderr
    assert videoai("jobs", "list", text=False).returncode == 0


def test_a_stream_without_our_letters_still_tells_the_path(tmp_path, photo):
    done = run(tmp_path, "p.png", "--output", "für.mp4", PYTHONIOENCODING="ascii", VIDEOAI_LANG="it")
    assert (done.returncode, done.stdout) == (0, "Wrote: für.mp4\n".encode()), done.stderr


STREAMS = {
    "no stderr": ('"$@" 2>&-', 0, b"Wrote: clip.mp4\n"),
    "no stdout": ('"$@" >&-', 0, b""),
    "neither, nor stdin": ('"$@" <&- >&- 2>&-', 0, b""),
    "stderr full": ('"$@" 2>/dev/full', 0, b"Wrote: clip.mp4\n"),
    "stdout full": ('"$@" >/dev/full', 1, b""),
    "stdout read by nobody": ('"$@" | true; exit 1', 1, b""),
}


ALIKE = ("no stderr", "no stdout", "stderr full")
"""Another of the same kind is there too."""


@pytest.mark.parametrize(
    ("shell", "code", "out"),
    [pytest.param(*values, id=name, marks=[pytest.mark.slow] * (name in ALIKE)) for name, values in STREAMS.items()],
)
def test_the_video_is_there_whoever_hears_of_it(tmp_path, photo, shell, code, out):
    done = run(tmp_path, "p.png", "--output", "clip.mp4", shell=shell)
    assert (tmp_path / "clip.mp4").is_file()
    assert (done.returncode, done.stdout) == (code, out), done.stderr
    assert b"Traceback" not in done.stderr
    assert b"defect" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    if code:
        assert b"It is here: clip.mp4" in done.stderr
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".mp4"] == ["clip.mp4"]


def test_a_terminal_that_cannot_draw_a_bar_gets_lines(tmp_path, photo):
    """What a program sees whose stderr is a terminal, of an editor say."""
    ours, theirs = pty.openpty()
    command = [sys.executable, str(ROOT / "generate_video.py"), "p.png", *WORDS]
    with subprocess.Popen(command, cwd=tmp_path, stderr=theirs, stdout=theirs, env=os.environ | {"TERM": "dumb"}):
        os.close(theirs)
        said = b""
        while piece := _read(ours):
            said += piece
    os.close(ours)
    assert b"Drawing the frames" in said
    assert b"\x1b" not in said


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux's end of a pseudo terminal
        return b""


@pytest.mark.parametrize(
    "words", [[""], ["p.png", ""], ["p.png", "--output", ""], ["p.png", "--output", "~nobody-of-that-name/x.mp4"]]
)
def test_what_says_nothing_is_asked_for_and_makes_no_video(tmp_path, photo, words):
    done = run(tmp_path, *words)
    assert done.returncode == 2
    assert done.stderr.startswith(b"Error: ")
    assert len(done.stderr.splitlines()) == 2
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == ["p.png"]


@pytest.mark.parametrize(
    ("photo_name", "output"),
    [("", None), ("a\0b.png", None), ("p.png", ""), ("p.png", "a\0b.mp4"), ("p.png", "~nobody-of-that-name/x.mp4")],
)
def test_in_python_all_of_it_is_our_own_error(tmp_path, photo, monkeypatch, photo_name, output):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(VideoAiError) as caught:
        generate(photo_name, output, **DRAFT)
    assert caught.value.hint


def test_a_colon_in_a_relative_path_is_no_protocol(tmp_path, photo, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert generate("p.png", "a:b.mp4", **DRAFT).path.stat().st_size > 1000


def test_the_photo_may_go_once_it_was_read(tmp_path, photo):
    target = tmp_path / "clip.gif"
    target.write_bytes(b"an earlier one")

    def go(event: object) -> None:
        if isinstance(event, Stage) and event.name == "frames":
            photo.unlink()

    assert generate(photo, target, overwrite=True, on_event=go, **DRAFT).path.read_bytes()[:3] == b"GIF"


@pytest.mark.parametrize(
    "code", [errno.EINVAL, *(pytest.param(each, marks=pytest.mark.slow) for each in (errno.EIO, errno.ENOTSUP))]
)
def test_a_drive_that_syncs_no_folders_keeps_its_video(tmp_path, photo, monkeypatch, code):
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(code, os.strerror(code))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    assert generate(photo, tmp_path / "clip.mp4", **DRAFT).path.is_file()


def test_a_disk_that_knows_no_owners_is_spoken_of_once(monkeypatch, caplog):
    def chmod(path: object, mode: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    private_files._tell_of_open_disk.cache_clear()
    paths.home().mkdir(parents=True, exist_ok=True)
    paths.home().chmod(0o755)
    monkeypatch.setattr(os, "chmod", chmod)
    for _ in range(2):
        private_files.close_home()
    assert [record.message.split(":")[-1].strip() for record in caplog.records] == [
        "they may read what is stored there."
    ]
    private_files._tell_of_open_disk.cache_clear()
