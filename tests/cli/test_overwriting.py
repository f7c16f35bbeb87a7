"""What is there already under the name of something that is to be written: it is asked for, and never the photo."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.cli.terminal import OnTerminal
from tests.conftest import EXAMPLES
from videoai import generate
from videoai.errors import BadOutput
from videoai.events import Notice, Stage
from videoai.history.store import JobStore
from videoai.jobs.submit import submit
from videoai.jobs.supervisor import Supervisor
from videoai.naming import ToName, told_apart
from videoai.outputs import Output
from videoai.request import Request
from videoai.system import paths

SMALL = {"model": "draft", "frames": 4, "width": 256, "height": 256, "seed": 1}
DRAFT = [word for name, value in SMALL.items() for word in (f"--{name}", str(value))]
MINE = b"a film of the holidays"


@pytest.fixture
def photo(tmp_path) -> Path:
    return Path(shutil.copy(EXAMPLES / "chelsea.png", tmp_path / "p.png"))


@pytest.fixture
def mine(tmp_path) -> Path:
    path = tmp_path / "holiday.webp"
    path.write_bytes(MINE)
    return path


def test_somebody_at_a_terminal_is_asked_before_anything_is_computed(tmp_path, photo, mine):
    run = OnTerminal(tmp_path, "p.png", *DRAFT, "--output", mine, VIDEOAI_LANG="it")
    run.until("holiday.webp esiste già. Lo sostituisco? [s/N]: ")
    run.type("forse\n")
    run.until("Rispondi con s o n.")
    run.type("\n")
    assert run.end() == (2, "")
    assert "Disegno" not in run.shown
    assert mine.read_bytes() == MINE
    again = OnTerminal(tmp_path, "p.png", *DRAFT, "--output", mine)
    again.until("holiday.webp already exists. Replace it? [y/N]: ")
    again.type("y\n")
    assert again.end() == (0, f"Wrote: {mine}\n"), again.shown
    assert mine.read_bytes()[:4] == b"RIFF"


@pytest.mark.parametrize(("keys", "code"), [("\x04", 2), ("\x03", 130)])
def test_no_answer_is_no(tmp_path, photo, mine, keys, code):
    run = OnTerminal(tmp_path, "p.png", *DRAFT, "--output", mine)
    run.until("[y/N]")
    run.type(keys)
    assert run.end() == (code, "")
    assert "Traceback" not in run.shown
    assert mine.read_bytes() == MINE


@pytest.mark.parametrize("quiet", ["--json", "--quiet"])
def test_a_terminal_that_nobody_reads_is_not_asked(tmp_path, photo, mine, quiet):
    run = OnTerminal(tmp_path, "p.png", *DRAFT, "--output", mine, quiet)
    code, out = run.end()
    assert code == 2
    assert "--overwrite" in (out if quiet == "--json" else run.shown)
    assert mine.read_bytes() == MINE


def test_elsewhere_it_is_refused_before_anything_is_computed(inside, photo, mine):
    done = inside("p.png", *DRAFT, "--output", "holiday.webp")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "Error: holiday.webp already exists and was left as it is.",
        "  Choose another name, or add --overwrite to replace it.",
    ]
    assert mine.read_bytes() == MINE
    assert JobStore(paths.database()).jobs() == []


def test_it_is_replaced_or_skipped_as_was_said(inside, photo, mine):
    done = inside("p.png", *DRAFT, "--output", "holiday.webp", "--no-overwrite")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "holiday.webp already exists, so this video is skipped.\n"
    assert mine.read_bytes() == MINE
    said = json.loads(inside("p.png", *DRAFT, "--output", "holiday.webp", "--no-overwrite", "--json").stdout)
    assert said == {"index": 1, "photo": "p.png", "job": None, "state": "skipped", "path": "holiday.webp"}
    assert inside("p.png", *DRAFT, "--output", "holiday.webp", "--overwrite").returncode == 0
    assert mine.read_bytes()[:4] == b"RIFF"


def test_all_videos_of_a_call_and_its_sheet_are_asked_about_at_once(inside, tmp_path, photo):
    for name in ("1.gif", "all.jpg"):
        (tmp_path / name).write_bytes(MINE)
    words = ("p.png", *DRAFT, "--output", "{seed}.gif", "--sheet", "all")
    done = inside(*words, "--seeds", 2)
    assert done.returncode == 2
    assert "2 files already exist and were left as they are, 1.gif among them." in done.stderr
    assert not (tmp_path / "2.gif").exists()
    done = inside(*words, "--seeds", 2, "--no-overwrite")
    assert (done.returncode, done.stdout) == (0, "Wrote: 2.gif\nWrote: all.html\n"), done.stderr
    assert "1 of 2): 1.gif already exists, so this video is skipped." in done.stderr
    assert "2 videos: 1 done, 1 skipped." in done.stderr
    run = OnTerminal(tmp_path, *words, "--seeds", 2)
    run.until("These 4 files already exist. Replace them? [y/N]")
    assert {"1.gif", "2.gif", "all.html", "all.jpg"} <= {*run.shown.splitlines()}
    run.type("n\n")
    assert run.end()[0] == 2
    assert [(tmp_path / name).read_bytes() for name in ("1.gif", "all.jpg")] == [MINE] * 2
    assert inside(*words, "--overwrite").returncode == 0
    assert MINE not in [path.read_bytes() for path in tmp_path.glob("*.*")]


def test_the_rows_of_a_list_say_it_for_themselves(inside, tmp_path, photo):
    for name in ("a.gif", "b.gif", "c.gif"):
        (tmp_path / name).write_bytes(MINE)
    (tmp_path / "l.csv").write_text("photo,output,overwrite\np.png,a.gif,yes\np.png,b.gif,no\np.png,c.gif,\n")
    done = inside("--jobs", "l.csv", *DRAFT)
    assert done.returncode == 2
    assert "l.csv:4, output: It already exists: --overwrite replaces it" in done.stderr
    done = inside("--jobs", "l.csv", *DRAFT, "--no-overwrite", "--json")
    ends = {(told := json.loads(line))["index"]: told["state"] for line in done.stdout.splitlines()}
    assert ends == {1: "done", 2: "skipped", 3: "skipped"}
    assert (tmp_path / "a.gif").read_bytes()[:3] == b"GIF"
    assert (tmp_path / "b.gif").read_bytes() == (tmp_path / "c.gif").read_bytes() == MINE


def test_what_comes_while_a_video_is_made_stays_and_the_video_is_beside_it(tmp_path, photo):
    store = JobStore(paths.database())
    wanted = Request(SMALL, output=str(tmp_path / "clip.gif"))
    job = submit(store, photo, wanted, lambda event: None)
    said = []

    def come(event: object) -> None:
        said.append(event)
        if isinstance(event, Stage):
            (tmp_path / "clip.gif").write_bytes(MINE)

    done = Supervisor(store).run(job.id, come)
    assert (tmp_path / "clip.gif").read_bytes() == MINE
    assert Path(str(done.output)) == tmp_path / "clip-2.gif"
    told = [event.message for event in said if isinstance(event, Notice)]
    assert told[-1] == f"{tmp_path / 'clip.gif'} exists by now and was left as it is, so this is clip-2.gif."


def test_a_folder_of_frames_is_replaced_as_a_whole_and_no_other_folder(inside, tmp_path, photo):
    frames = tmp_path / "frames"
    frames.mkdir()
    assert inside("p.png", *DRAFT, "--output", "frames.png").returncode == 0, "an empty one is nobody's"
    (frames / "0005.png").write_bytes(MINE)
    assert inside("p.png", *DRAFT, "--output", "frames.png").returncode == 2
    assert inside("p.png", *DRAFT, "--output", "frames.png", "--overwrite").returncode == 0
    assert sorted(path.name for path in frames.iterdir()) == ["0001.png", "0002.png", "0003.png", "0004.png"]
    assert not list(tmp_path.glob(".*"))
    (frames / "diary.txt").write_bytes(MINE)
    refused = inside("p.png", *DRAFT, "--output", "frames.png", "--overwrite")
    assert (refused.returncode, "not a folder of frames alone" in refused.stderr) == (2, True)
    assert (frames / "diary.txt").read_bytes() == MINE


def test_never_the_photo_by_whatever_name(inside, tmp_path):
    photo = tmp_path / "cat.gif"
    shutil.copy(EXAMPLES / "chelsea.png", photo)
    before = photo.read_bytes()
    os.link(photo, tmp_path / "hard.gif")
    (tmp_path / "soft.gif").symlink_to(photo)
    (tmp_path / "album").mkdir()
    inner = Path(shutil.copy(photo, tmp_path / "album" / "0001.png"))
    for one, name in ((photo, "cat.gif"), (photo, "hard.gif"), (photo, "soft.gif"), (inner, "album.png")):
        done = inside(one, *DRAFT, "--output", name, "--overwrite")
        assert (done.returncode, done.stdout) == (2, ""), name
        assert "would replace" in done.stderr, name
    jpeg = Path(shutil.copy(photo, tmp_path / "cat.jpg"))
    done = inside(jpeg, *DRAFT, "--output", "x.mp4", "--sheet", "cat", "--overwrite")
    assert (done.returncode, "The sheet would replace" in done.stderr) == (2, True)
    for one, name in ((photo, "hard.gif"), (inner, "album.png")):
        with pytest.raises(BadOutput, match="photo itself"):
            generate(one, tmp_path / name, overwrite=True, **SMALL)
    assert photo.read_bytes() == inner.read_bytes() == jpeg.read_bytes() == before
    assert (tmp_path / "soft.gif").is_symlink()


def test_a_name_in_other_capitals_is_the_photo_where_the_disk_says_so(tmp_path, monkeypatch):
    """A disk that folds capitals gives one file under both names, as a hard link does."""
    photo = Path(shutil.copy(EXAMPLES / "chelsea.png", tmp_path / "Cat.GIF"))
    other = tmp_path / "cat.gif"
    if not other.exists():
        os.link(photo, other)
    with pytest.raises(BadOutput):
        next(Output(str(other)).names(photo, 1, None, overwrite=True))
    with pytest.raises(BadOutput):
        told_apart([ToName(Output(str(other)), photo)])


def test_in_python_it_is_an_error_unless_it_is_agreed_to(tmp_path, photo, mine):
    with pytest.raises(BadOutput, match="already exists") as caught:
        generate(photo, mine, **SMALL)
    assert "overwrite=True" in caught.value.hint
    assert mine.read_bytes() == MINE
    assert generate(photo, mine, overwrite=True, **SMALL).path == mine
    assert mine.read_bytes()[:4] == b"RIFF"


def test_a_finished_clip_and_a_report_too(inside, tmp_path, photo, mine):
    clip = generate(photo, tmp_path / "clip.mp4", **SMALL).path
    for more, code in (([], 2), (["--no-overwrite"], 0)):
        done = inside("finish", clip, "--loop", "boomerang", "--output", "holiday.webp", *more)
        assert (done.returncode, done.stdout, mine.read_bytes()) == (code, "", MINE)
    refused = inside("finish", clip, "--loop", "boomerang", "--output", clip, "--overwrite")
    assert (refused.returncode, "would replace" in refused.stderr) == (2, True)
    done = inside("finish", clip, "--loop", "boomerang", "--output", "holiday.webp", "--overwrite")
    assert done.returncode == 0, done.stderr
    assert mine.read_bytes()[:4] == b"RIFF"
    report = tmp_path / "report.md"
    report.write_bytes(MINE)
    for more, code in (([], 2), (["--no-overwrite"], 0)):
        done = inside("doctor", "--prove", "--output", report, *more)
        assert (done.returncode, report.read_bytes()) == (code, MINE)
    archive = tmp_path / "all.zip"
    archive.write_bytes(MINE)
    for more, code in (([], 2), (["--no-overwrite"], 0)):
        done = inside("backup", archive, *more)
        assert (done.returncode, archive.read_bytes()) == (code, MINE)
    run = OnTerminal(tmp_path, "backup", archive)
    run.until("all.zip already exists. Replace it? [y/N]")
    run.type("y\n")
    assert run.end()[0] == 0
    assert archive.read_bytes()[:2] == b"PK"
