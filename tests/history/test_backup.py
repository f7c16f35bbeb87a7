"""Everything in one file, and back: whole, checked, and never the end of what was there."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import zipfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES, ROOT
from tests.disks import fill, mounted
from tests.history import earlier
from tests.jobs.commands import denoising, start, wait_for
from tests.jobs.conftest import tiny  # noqa: F401
from videoai import own_presets
from videoai.errors import BadInput
from videoai.history import backup, restore
from videoai.history.database import make_folder
from videoai.history.folder import kept_bytes
from videoai.history.lock import history_alone
from videoai.history.recovery import open_store
from videoai.history.store import JobStore
from videoai.jobs.submit import submit
from videoai.jobs.supervisor import Supervisor
from videoai.request import Request
from videoai.system import paths, temporary
from videoai.upkeep import disk

DRAFT = {"model": "draft", "width": 256, "height": 256, "frames": 4, "seed": 1}


def made(store: JobStore, output: str | None = None, **more: object):
    job = submit(store, EXAMPLES / "coffee.png", Request(DRAFT | more, output=output), lambda event: None)
    return Supervisor(store).run(job.id, lambda event: None)


@pytest.fixture
def store(own_home):
    with closing(open_store(print)) as opened:
        yield opened


@pytest.fixture
def one(done, store):
    """The only job of the store, which is done."""
    return store.get(done)


@dataclass(frozen=True)
class Whole:
    """A backup with one video, and the job that it is of."""

    archive: Path
    job: str


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Whole:
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "OUTPUTS"):
            patch.setenv(f"VIDEOAI_{name}", str(folder / name.lower()))
        with closing(open_store(print)) as store:
            job = made(store)
            backup.back_up(store, folder / "all.zip", videos=True)
    return Whole(folder / "all.zip", job.id)


def at(home: Path, monkeypatch) -> Path:
    """Another home from here on."""
    monkeypatch.setenv("VIDEOAI_HOME", str(home))
    return home


def content(folder: Path) -> dict[str, str]:
    """The digests of all that the gallery is made of: kept frames are not backed up."""
    found = [path for name in ("jobs", "photos") for path in sorted((folder / name).rglob("*")) if path.is_file()]
    files = [path for path in found if path.suffix != ".mkv"]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_what_was_backed_up_is_there_again_in_an_empty_home(one, store, inside, tmp_path, monkeypatch):
    jobs = [one, made(store, seed=2)]
    (paths.home() / "devices.json").write_text('{"devices": []}')
    own_presets.keep("Mine", (512, 512), {"model": "draft", "motion": 44})
    before = content(paths.home())
    assert all(map(kept_bytes, [job.id for job in jobs]))
    done = inside("backup", tmp_path / "all.zip", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["jobs"] == 2
    assert stat.S_IMODE((tmp_path / "all.zip").stat().st_mode) == 0o600
    at(tmp_path / "another", monkeypatch)
    again = inside("restore", tmp_path / "all.zip")
    assert again.returncode == 0, again.stderr
    assert content(paths.home()) == before
    assert own_presets.names() == ("Mine",)
    with closing(open_store(print)) as restored:
        assert [(job.id, job.state, job.output) for job in restored.jobs()] == [
            (job.id, "done", job.output) for job in reversed(jobs)
        ]
        assert made(restored, seed=3).state == "done", "it goes on from there"
    assert not (paths.home() / "videoai.restoring").exists()
    assert list(paths.home().glob("before-restore-*")) == [], "there was nothing here before"


def test_videos_come_back_where_they_were_or_beside_what_is_there_now(
    one, store, inside, tmp_path, outputs, monkeypatch
):
    gone, stays, taken = (Path(job.output) for job in (one, made(store, seed=2), made(store, seed=3)))
    before = {path.name: path.read_bytes() for path in (gone, stays, taken)}
    assert inside("backup", tmp_path / "all.zip", "--videos").returncode == 0
    gone.unlink()
    taken.write_bytes(b"something else under that name")
    at(tmp_path / "another", monkeypatch)
    assert inside("restore", tmp_path / "all.zip").returncode == 0
    assert (gone.read_bytes(), stays.read_bytes()) == (before[gone.name], before[stays.name])
    assert taken.read_bytes() == b"something else under that name"
    with closing(open_store(print)) as restored:
        places = {job.settings["seed"]: Path(job.output) for job in restored.jobs()}
    assert (places[1], places[2]) == (gone, stays)
    assert places[3] != taken
    assert places[3].read_bytes() == before[taken.name]


@pytest.mark.slow
def test_it_is_taken_while_a_video_is_made_and_that_waits_in_the_restored_one(
    store,
    videoai,
    tiny,  # noqa: F811
    tmp_path,
    monkeypatch,
):
    size = ("--width", 256, "--height", 256, "--frames", 4, "--steps", 8, "--guidance-max", 1, "--seed", 7)
    run = start("generate", EXAMPLES / "coffee.png", "--model", tiny, "--output", tmp_path / "clip.mp4", *size)
    wait_for(store, denoising(1))
    assert videoai("backup", tmp_path / "all.zip").returncode == 0
    _, said = run.communicate(timeout=100)
    assert run.returncode == 0, said
    whole = (tmp_path / "clip.mp4").read_bytes()
    (tmp_path / "clip.mp4").unlink()
    at(tmp_path / "another", monkeypatch)
    assert videoai("restore", tmp_path / "all.zip").returncode == 0
    again = videoai("resume")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "clip.mp4").read_bytes() == whole


def test_what_is_here_is_replaced_only_if_asked_and_kept(one, store, videoai, tmp_path):
    job = one
    assert videoai("backup", tmp_path / "all.zip").returncode == 0
    later = made(store, seed=2)
    store.close()
    refused = videoai("restore", tmp_path / "all.zip")
    assert (refused.returncode, "--replace" in refused.stderr) == (2, True)
    assert videoai("restore", tmp_path / "all.zip", "--replace").returncode == 0
    with closing(open_store(print)) as restored:
        assert [found.id for found in restored.jobs()] == [job.id]
    (aside,) = paths.home().glob("before-restore-*")
    assert (aside / "jobs" / later.id / "poster.jpg").is_file()
    with closing(JobStore(aside / "videoai.sqlite3")) as old:
        assert len(old.jobs()) == 2


@pytest.mark.slow
def test_it_is_not_done_under_a_program_that_uses_the_history(store, videoai, whole):
    refused = videoai("restore", whole.archive, "--replace")
    assert refused.returncode == 2
    assert "Another copy of VideoAi is using this history" in refused.stderr


def rewritten(source: Path, target: Path, change) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        files = {name: old.read(name) for name in old.namelist()}
        manifest = json.loads(files.pop("manifest.json"))
        change(files, manifest)
        for name, data in files.items():
            new.writestr(name, data)
        new.writestr("manifest.json", json.dumps(manifest))
    return target


def add(name: str):
    def change(files, manifest):
        files[name] = b"x"
        manifest["files"][name] = {"size": 1, "sha256": hashlib.sha256(b"x").hexdigest()}

    return change


def place(path: object):
    return lambda files, manifest: manifest["videos"].update({"0123456789abcd": {"path": path, "folder": False}})


SPOILT = {
    "a changed byte": lambda files, manifest: files.update({"videoai.sqlite3": files["videoai.sqlite3"] + b"x"}),
    "a file less": lambda files, manifest: files.pop(next(name for name in files if name.startswith("jobs/"))),
    "no history": lambda files, manifest: manifest["files"].pop("videoai.sqlite3"),
    "a damaged history": lambda files, manifest: (
        files.update({"videoai.sqlite3": b"no database"}),
        manifest["files"].update(
            {"videoai.sqlite3": {"size": 11, "sha256": hashlib.sha256(b"no database").hexdigest()}}
        ),
    ),
    "a newer version": lambda files, manifest: manifest.update({"format": 99}),
    "a way out": add("../../outside"),
    "an absolute way out": add("/tmp/outside"),
    "a way out of a job": add("jobs/0123456789abcd/../../x"),
    "a model": add("models/x.safetensors"),
    "a strange type": lambda files, manifest: manifest.update({"files": []}),
    "videos that are a list": lambda files, manifest: manifest.update({"videos": [5]}),
    "a video that is a number": lambda files, manifest: manifest["videos"].update({"0123456789abcd": 5}),
    "a video without a place": lambda files, manifest: manifest["videos"].update({"0123456789abcd": {}}),
    "a place that is a number": place(5),
    "a place that is none": place(""),
    "a place with a NUL": place("/tmp/a\0b.mp4"),
    "a place without end": place("/tmp/" + "a" * 5000 + ".mp4"),
}


def test_one_that_an_earlier_version_has_made_is_restored(own_home, whole, tmp_path):
    earlier.make_of_version_two(tmp_path / "earlier.sqlite3")
    history = (tmp_path / "earlier.sqlite3").read_bytes()

    def change(files, manifest):
        files["videoai.sqlite3"] = history
        manifest["files"]["videoai.sqlite3"] = {"size": len(history), "sha256": hashlib.sha256(history).hexdigest()}

    with temporary.folder() as new:
        found, _ = restore.unpack(rewritten(whole.archive, tmp_path / "earlier.zip", change), new)
        assert found.jobs == 2
        with closing(JobStore(new / "videoai.sqlite3")) as store:
            assert store.get(earlier.DONE).origin == earlier.ORIGIN
            assert store.get(earlier.RUNNING).state == "stopped"


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_what_is_no_whole_backup_changes_nothing(own_home, whole, tmp_path, spoil):
    make_folder(paths.home())
    before = content(paths.home())
    spoilt = rewritten(whole.archive, tmp_path / "spoilt.zip", spoil)
    with pytest.raises(BadInput) as refused, temporary.folder() as new:
        restore.unpack(spoilt, new)
    assert refused.value.hint
    assert content(paths.home()) == before
    assert list(paths.temporary().iterdir()) == []
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive", bytes(10_000), None])
def test_any_other_file_is_refused_in_a_sentence(tmp_path, inside, data):
    if data is not None:
        (tmp_path / "x.zip").write_bytes(data)
    refused = inside("restore", tmp_path / "x.zip")
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 2, refused.stderr


@pytest.mark.parametrize("moment", range(4))
def test_a_restore_that_is_killed_leaves_the_old_or_the_new(one, store, tmp_path, moment):
    """The order of renames is what matters: each of them is stopped at in turn."""
    old = one
    backup.back_up(store, tmp_path / "all.zip", videos=False)
    new = submit(store, EXAMPLES / "coffee.png", Request(DRAFT), lambda event: None)
    store.close()
    code = f"""
import os, signal
from pathlib import Path
from videoai.cli import main
count, rename = 0, Path.rename
def counted(self, target):
    global count
    count += 1
    if count > {2 * moment + 1}:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)
Path.rename = counted
main(["restore", {str(tmp_path / "all.zip")!r}, "--replace"])
"""
    killed = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True
    )
    assert killed.returncode in (-signal.SIGKILL, 0), killed.stderr
    with closing(open_store(print)) as restored:
        ids = {job.id for job in restored.jobs()}
        assert ids in ({old.id}, {old.id, new.id})
        assert (paths.job_folder(old.id) / "poster.jpg").is_file()
        assert all((paths.job_folder(found) / "photo.png").is_file() for found in ids)
    assert not restore.is_under_way()


@pytest.mark.slow
def test_nothing_is_written_over_and_nothing_into_what_is_backed_up(store, inside, tmp_path):
    job = made(store)
    (tmp_path / "photo.jpg").write_bytes(b"a photo")
    (tmp_path / "link.zip").symlink_to("/dev/null")
    os.mkfifo(tmp_path / "pipe")
    for target, said in {
        "": "Name the file to write",
        "-": "Name the file to write",
        tmp_path: "is a folder",
        tmp_path / "photo.jpg": "already exists",
        tmp_path / "link.zip": "is not a file",
        tmp_path / "pipe": "is not a file",
        paths.database(): "is inside the folder to back up",
        paths.home() / "new.zip": "is inside the folder to back up",
    }.items():
        refused = inside("backup", target)
        assert (refused.returncode, said in refused.stderr) == (2, True), (target, refused.stderr)
    assert (tmp_path / "photo.jpg").read_bytes() == b"a photo"
    assert [found.id for found in store.jobs()] == [job.id]
    assert inside("backup", tmp_path / "all.zip").returncode == 0
    again = inside("backup", tmp_path / "all.zip", "--replace")
    assert (again.returncode, again.stdout.split(": ")[1].split(",")[:2]) == (0, ["1 job", " 0 videos"])


@pytest.mark.parametrize(
    "name",
    ["x\udcff.mp4", *(pytest.param(name, marks=pytest.mark.slow) for name in ("a\\b.mp4", "nåme: with.words.mp4"))],
)
def test_a_video_comes_back_whatever_its_name_is(store, videoai, tmp_path, outputs, monkeypatch, name):
    outputs.mkdir()
    video = outputs / name
    try:
        video.write_bytes(b"")
    except OSError:
        pytest.skip("this disk has no such names")
    video.unlink()
    job = made(store, output=str(video))
    before = video.read_bytes()
    assert videoai("backup", tmp_path / "all.zip", "--videos").returncode == 0
    video.unlink()
    at(tmp_path / "another", monkeypatch)
    restored = videoai("restore", tmp_path / "all.zip", errors="surrogateescape")
    assert restored.returncode == 0, restored.stderr
    assert video.read_bytes() == before
    with closing(open_store(print)) as there:
        assert there.get(job.id).output == str(video)


def test_frames_come_back_as_a_folder(store, inside, tmp_path, outputs, monkeypatch):
    folder = Path(made(store, output=str(outputs / "clip.png")).output)
    before = {frame.name: frame.read_bytes() for frame in folder.iterdir()}
    assert inside("backup", tmp_path / "all.zip", "--videos").returncode == 0
    for frame in folder.iterdir():
        frame.unlink()
    folder.rmdir()
    at(tmp_path / "another", monkeypatch)
    assert inside("restore", tmp_path / "all.zip").returncode == 0
    assert {frame.name: frame.read_bytes() for frame in folder.iterdir()} == before


def test_a_video_that_is_not_where_it_was_is_said_not_to_be_in_it(one, store, inside, tmp_path):
    Path(made(store, seed=2).output).unlink()
    done = inside("backup", tmp_path / "all.zip", "--videos")
    assert done.returncode == 0
    assert "2 jobs, 1 video," in done.stdout
    assert "because they were moved or deleted: 1" in done.stderr


@pytest.mark.parametrize("where", [".bashrc", "autostart.desktop", "sub/x.mp4", "x.mp4"])
def test_a_strangers_backup_writes_nothing_outside_the_outputs_folder(own_home, whole, tmp_path, outputs, where):
    def lead(files, manifest):
        manifest["videos"][whole.job]["path"] = str(tmp_path / "victim" / where)

    bad = rewritten(whole.archive, tmp_path / "bad.zip", lead)
    (tmp_path / "victim" / "sub").mkdir(parents=True)
    make_folder(paths.home())
    with temporary.folder() as new:
        _, manifest = restore.unpack(bad, new)
        if where.endswith(".mp4"):
            restore.put_videos_back(new, manifest)
            assert (outputs / "x.mp4").is_file()
        else:
            with pytest.raises(BadInput, match="is not a video"):
                restore.put_videos_back(new, manifest)
    assert [path for path in (tmp_path / "victim").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("kind", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_was_packed_again_and_spoilt_is_a_sentence(inside, whole, tmp_path, kind):
    with zipfile.ZipFile(whole.archive) as old, zipfile.ZipFile(tmp_path / "again.zip", "w", kind) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        place = new.getinfo("videoai.sqlite3").header_offset + 200
    data = bytearray((tmp_path / "again.zip").read_bytes())
    data[place : place + 64] = bytes(64)
    (tmp_path / "spoilt.zip").write_bytes(data)
    refused = inside("restore", tmp_path / "spoilt.zip")
    assert (refused.returncode, "spoilt.zip cannot be restored" in refused.stderr) == (2, True), refused.stderr
    again = inside("restore", tmp_path / "again.zip")
    assert again.returncode == (0 if kind == zipfile.ZIP_DEFLATED else 2), again.stderr


def test_what_is_no_file_is_not_waited_for(tmp_path, inside):
    os.mkfifo(tmp_path / "pipe")
    for source in ("", tmp_path, tmp_path / "pipe", "/dev/null"):
        refused = inside("restore", source)
        assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 2), refused.stderr


@pytest.mark.slow
def test_others_are_told_that_a_restore_is_under_way(own_home, videoai, monkeypatch):
    with history_alone():
        refused = videoai("jobs", "list")
    assert refused.returncode == 2
    assert "restoring a backup or repairing the history" in refused.stderr


def test_freeing_takes_nothing_from_a_restore(own_home, whole):
    make_folder(paths.home())
    with temporary.folder() as new:
        restore.unpack(whole.archive, new)
        before = sorted(new.rglob("*"))
        for path in (new, *before):
            os.utime(path, (0, 0))
        disk.free()
        assert sorted(new.rglob("*")) == before


def test_it_is_written_where_there_is_room_though_the_home_has_none(tmp_path, monkeypatch):
    with mounted(tmp_path / "small", "4m") as small:
        monkeypatch.setenv("VIDEOAI_HOME", str(small / "home"))
        with closing(open_store(print)) as store:
            made(store)
            fill(small)
            done = backup.back_up(store, tmp_path / "all.zip", videos=False)
        assert done.jobs == 1
    assert zipfile.ZipFile(tmp_path / "all.zip").testzip() is None


def test_what_goes_meanwhile_is_left_out(one, store, tmp_path, monkeypatch):
    job = one
    found = list(backup._to_keep(paths.database()))
    gone = next(path for _, path in found if path.name == "poster.jpg")
    monkeypatch.setattr(backup, "_to_keep", lambda history: iter(found))
    gone.unlink()
    backup.back_up(store, tmp_path / "all.zip", videos=False)
    names = zipfile.ZipFile(tmp_path / "all.zip").namelist()
    assert f"jobs/{job.id}/poster.jpg" not in names
    assert f"jobs/{job.id}/task.json" in names


@pytest.mark.parametrize("note", [b"", b"..", b"../..", b"jobs", b"\xff\0", b"before-restore-x/../.."])
def test_a_note_of_somebody_else_leads_nowhere(own_home, whole, note):
    open_store(print).close()
    beside = paths.home().parent / "precious"
    beside.write_bytes(b"x")
    with temporary.folder() as new:
        restore.unpack(whole.archive, new)
        (new / "aside").write_bytes(note)
        new.rename(paths.home() / "videoai.restoring")
    with closing(open_store(print)) as restored:
        assert [found.id for found in restored.jobs()] == [whole.job]
    assert beside.read_bytes() == b"x"
    assert (paths.job_folder(whole.job) / "poster.jpg").is_file()
    assert not restore.is_under_way()
