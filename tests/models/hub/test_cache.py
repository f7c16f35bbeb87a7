"""The cache that programs share: found where others look, never left through a link, locked as others lock."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.models.hub import server as hub_server
from videoai.catalogue import Remote
from videoai.errors import DownloadFailed, WriteFailed
from videoai.models.hub import cache, removal
from videoai.models.hub.names import check_path, check_repo
from videoai.system import locking

REPO = "owner/name"
COMMIT = "c" * 40
OTHER = "d" * 40
BLOB = "a" * 64
SMALL = "b" * 40
FILE = Remote(REPO, "unet/weights.safetensors")


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    hub_server.use(monkeypatch, None, tmp_path / "hf")


@pytest.fixture
def base():
    return cache.folder(REPO)


def put(blob=BLOB, content=b"content", path=FILE.path, commit=COMMIT):
    """A file as any program would have left it."""
    target = cache.blob_path(REPO, blob)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return cache.place(REPO, commit, path, blob)


# Where it is


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "~/.cache/huggingface/hub"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/huggingface/hub"),
        ({"XDG_CACHE_HOME": "/x", "HF_HOME": "/h"}, "/h/hub"),
        ({"HF_HOME": "~/h"}, "~/h/hub"),
        ({"HF_HOME": "/h", "HUGGINGFACE_HUB_CACHE": "/old"}, "/old"),
        ({"HF_HOME": "/h", "HUGGINGFACE_HUB_CACHE": "/old", "HF_HUB_CACHE": "$HOME/new"}, "~/new"),
        ({"HF_HUB_CACHE": "", "HF_HOME": ""}, "~/.cache/huggingface/hub"),
    ],
)
def test_the_folder_is_the_one_that_the_variables_name(monkeypatch, environment, expected):
    monkeypatch.delenv("HF_HOME")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert str(cache.root()) == os.path.expanduser(expected)
    if all(environment.values()):  # huggingface_hub takes an empty variable for the current folder
        code = "from huggingface_hub.constants import HF_HUB_CACHE; print(HF_HUB_CACHE)"
        theirs = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert str(cache.root()) == theirs.stdout.strip()


# Names


@pytest.mark.parametrize(
    "path",
    [
        *("/x", "../x", "a/../x", "a/..", "..", ".", "./a", "a/./b", "", "a/", "/", "a//b", "..\\x", "a\\b"),
        *("C:\\x", "C:x", "c:/x"),
        *("a\0b", "a\nb", "a\x1b[2J", "a\x7f", "a\x85b", "a\u2028b", "\ud800", "x" * 256, "x/" * 600 + "x"),
        *(None, 7, b"bytes", ["a"]),
    ],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_is_refused(path):
    with pytest.raises(DownloadFailed, match="damaged and was refused") as caught:
        check_path(path)
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("path", ["config.json", "unet/a b.safetensors", "..a/b..", "modèle/ü.json", "x" * 255])
def test_an_ordinary_path_is_taken(path):
    assert check_path(path) == path


@pytest.mark.parametrize("repo", ["..", "a/..", "../a", "a/b/c", "a--b/c", "/a", "a/", "", "a b/c", "a/b\n", "x" * 300])
def test_a_repository_that_cannot_be_one_is_refused(repo):
    with pytest.raises(DownloadFailed):
        check_repo(repo)


@pytest.mark.parametrize("call", [
    lambda: cache.blob_path(REPO, "../../x"),
    lambda: cache.snapshot_path(REPO, "../../x", "a"),
    lambda: cache.set_ref(REPO, "main", "../../x"),
    lambda: cache.set_ref(REPO, "../main", COMMIT),
    lambda: cache.place(REPO, COMMIT, "../x", BLOB),
    lambda: cache.find(Remote(REPO, "../x"), COMMIT),
    lambda: cache.find(FILE, "../main"),
    lambda: removal.remove(REPO, ["../x"]),
])  # fmt: skip
def test_no_function_takes_a_name_that_leads_elsewhere(call):
    with pytest.raises(DownloadFailed):
        call()
    assert not cache.root().exists()


# Finding and placing


def test_a_placed_file_is_found_by_commit_and_by_branch_through_a_relative_link(base):
    place = put()
    assert os.readlink(place) == f"../../../blobs/{BLOB}"
    assert cache.find(FILE, COMMIT) == place
    assert cache.find(FILE) is None
    cache.set_ref(REPO, "main", COMMIT)
    assert (base / "refs/main").read_text() == COMMIT
    assert cache.find(FILE) == place
    assert place.read_bytes() == b"content"


def test_huggingface_hub_understands_what_was_placed():
    from huggingface_hub import scan_cache_dir, try_to_load_from_cache

    place = put()
    cache.set_ref(REPO, "main", COMMIT)
    assert try_to_load_from_cache(REPO, FILE.path, cache_dir=cache.root()) == str(place)
    scanned = scan_cache_dir(cache.root())
    assert scanned.warnings == []
    assert [repo.repo_id for repo in scanned.repos] == [REPO]


def test_a_link_to_nothing_is_not_found():
    place = put()
    cache.blob_path(REPO, BLOB).unlink()
    assert place.is_symlink()
    assert cache.find(FILE, COMMIT) is None


@pytest.mark.parametrize("what", ["file", "blob", "folder", "snapshot"])
def test_a_link_to_elsewhere_is_read_through_and_nothing_is_changed_there(base, tmp_path, what):
    outside = tmp_path / "outside"
    (outside / "unet").mkdir(parents=True)
    (outside / "unet/weights.safetensors").write_bytes(b"theirs")
    put()
    where, target = {
        "file": (base / "snapshots" / COMMIT / FILE.path, outside / FILE.path),
        "blob": (base / "blobs" / BLOB, outside / FILE.path),
        "folder": (base / "snapshots" / COMMIT / "unet", outside / "unet"),
        "snapshot": (base / "snapshots" / COMMIT, outside),
    }[what]
    assert cache.find(FILE, COMMIT)
    where.rename(tmp_path / "was")
    where.symlink_to(target)
    assert cache.find(FILE, COMMIT).read_bytes() == b"theirs"
    assert cache.commits(REPO) == [COMMIT]
    if what in ("folder", "snapshot"):
        for change in (cache.discard, cache.place):
            with pytest.raises(WriteFailed, match=f"is a link to {outside}.*changes nothing"):
                change(REPO, COMMIT, FILE.path, BLOB)
    else:
        cache.discard(REPO, COMMIT, FILE.path, BLOB)
        assert cache.find(FILE, COMMIT) is None
    removal.remove(REPO, [FILE.path])
    assert (outside / FILE.path).read_bytes() == b"theirs"
    assert [path.name for path in (outside / "unet").iterdir()] == ["weights.safetensors"]


@pytest.mark.parametrize("text", ["../../../outside", "C" * 40, "c" * 39, "", "c" * 41, "\0" * 40])
def test_a_ref_that_is_no_commit_is_not_followed(base, text):
    put()
    cache.set_ref(REPO, "main", COMMIT)
    (base / "refs/main").write_text(text)
    assert cache.find(FILE) is None


def test_a_ref_that_leads_outside_is_not_followed(base, tmp_path):
    put()
    (tmp_path / "ref").write_text(COMMIT)
    (base / "refs").mkdir()
    (base / "refs/main").symlink_to(tmp_path / "ref")
    assert cache.find(FILE) is None


def test_a_blob_in_the_store_that_repositories_share_is_found(base):
    put()
    store = cache.root() / "blobs/ab"
    store.mkdir(parents=True)
    (base / "blobs" / BLOB).rename(store / BLOB)
    (base / "blobs" / BLOB).symlink_to(f"../../blobs/ab/{BLOB}")
    assert cache.find(FILE, COMMIT).read_bytes() == b"content"


def test_a_whole_cache_behind_a_link_is_found(tmp_path):
    put()
    (tmp_path / "hf").rename(tmp_path / "disk")
    (tmp_path / "hf").symlink_to(tmp_path / "disk")
    assert cache.find(FILE, COMMIT)


def test_placing_replaces_a_link_in_one_step(base):
    put()
    cache.blob_path(REPO, SMALL).write_bytes(b"newer")
    place = cache.place(REPO, COMMIT, FILE.path, SMALL)
    assert place.read_bytes() == b"newer"
    assert sorted(path.name for path in place.parent.iterdir()) == [place.name]


def test_where_links_are_not_possible_the_file_itself_is_placed(base, monkeypatch):
    def refuse(*unused):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "symlink", refuse)
    place = put()
    assert not place.is_symlink()
    assert cache.find(FILE, COMMIT).read_bytes() == b"content"
    assert removal.remove(REPO, [FILE.path]) == 7
    assert not base.exists()


def test_a_folder_that_refuses_is_a_sentence(base, monkeypatch):
    base.parent.mkdir(parents=True)
    base.write_text("a file in the way")
    with pytest.raises(WriteFailed, match="could not write") as caught:
        cache.set_ref(REPO, "main", COMMIT)
    assert "HF_HOME" in caught.value.hint


# Locking


class Waited(Exception):
    pass


def give_up():
    raise Waited


def lock_path():
    return cache.root() / ".locks/models--owner--name" / f"{BLOB}.lock"


def test_huggingface_hub_and_we_wait_for_each_other():
    from filelock import Timeout
    from huggingface_hub.utils import WeakFileLock

    with cache.lock(REPO, BLOB, give_up), pytest.raises(Timeout), WeakFileLock(lock_path(), timeout=0.1):
        pass
    with WeakFileLock(lock_path()), pytest.raises(Waited), cache.lock(REPO, BLOB, give_up):
        pass
    with cache.lock(REPO, BLOB, give_up):
        pass


def test_other_blobs_are_not_locked():
    with cache.lock(REPO, BLOB, give_up), cache.lock(REPO, SMALL, give_up):
        pass


def test_a_killed_holder_leaves_the_lock_free():
    hold = f"with cache.lock({REPO!r}, {BLOB!r}, print): print('held', flush=True); sys.stdin.read()"
    code = f"from videoai.models.hub import cache; import sys\n{hold}"
    holder = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    with holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Waited), cache.lock(REPO, BLOB, give_up):
            pass
        holder.send_signal(signal.SIGKILL)
    with cache.lock(REPO, BLOB, give_up):
        pass


def test_a_lock_on_a_file_that_was_removed_counts_for_nothing(tmp_path, monkeypatch):
    path = tmp_path / "lock"
    flock = fcntl.flock

    def remove_and_lock(descriptor, how):
        path.unlink()
        return flock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", remove_and_lock)
    assert locking.try_lock(path) is None
    monkeypatch.undo()
    os.close(locking.try_lock(path))


def test_a_file_system_without_locks_is_no_obstacle(tmp_path, monkeypatch):
    def refuse(*unused):
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    os.close(locking.try_lock(tmp_path / "lock"))


# Removing


def test_removing_frees_the_blobs_that_nothing_else_uses(base):
    put()
    put(commit=OTHER)  # the same content in an older commit
    kept = put(SMALL, b"12345", "vae/config.json")
    shared = cache.place(REPO, COMMIT, "unet/config.json", SMALL)
    cache.set_ref(REPO, "main", COMMIT)
    assert removal.remove(REPO, [FILE.path, "unet/config.json"]) == 7
    assert kept.read_bytes() == b"12345"
    assert not shared.is_symlink()
    assert sorted(path.name for path in (base / "blobs").iterdir()) == [SMALL]
    assert not (base / "snapshots" / OTHER).exists()
    assert not (base / "snapshots" / COMMIT / "unet").exists()
    assert cache.find(Remote(REPO, "vae/config.json")) == kept
    assert removal.remove(REPO, ["vae/config.json"]) == 5
    assert not base.exists()


def test_removing_what_is_not_there_frees_nothing():
    assert removal.remove(REPO, [FILE.path]) == 0


def test_removing_takes_the_part_of_a_download_too_unless_it_goes_on(base):
    (base / "blobs").mkdir(parents=True)
    (base / "blobs" / (BLOB + cache.PART)).write_bytes(b"part")
    (base / "blobs" / (BLOB + cache.NOTES)).write_text(json.dumps({"path": FILE.path, "etag": None}))
    size = (base / "blobs" / (BLOB + cache.NOTES)).stat().st_size
    assert removal.remove(REPO, ["other"]) == 0
    with cache.lock(REPO, BLOB, give_up):
        assert removal.remove(REPO, [FILE.path]) == 0
    assert removal.remove(REPO, [FILE.path]) == 4 + size
    assert not base.exists()


def test_a_blob_that_another_program_s_absolute_link_uses_stays(base, tmp_path):
    place = put()
    (tmp_path / "hf").rename(tmp_path / "disk")
    (tmp_path / "hf").symlink_to(tmp_path / "disk")
    other = base / "snapshots" / OTHER / "copy.safetensors"
    other.parent.mkdir()
    other.symlink_to(os.path.realpath(base / "blobs" / BLOB))
    assert removal.remove(REPO, [FILE.path]) == 0
    assert not place.is_symlink()
    assert other.read_bytes() == b"content"
    assert removal.remove(REPO, ["copy.safetensors"]) == 7


def test_removing_nothing_leaves_a_branch_that_has_no_snapshot_yet(base):
    cache.set_ref(REPO, "main", COMMIT)
    assert removal.remove(REPO, [FILE.path]) == 0
    assert (base / "refs/main").exists()


def test_removing_does_not_go_through_links(base, tmp_path):
    outside = tmp_path / "outside"
    (outside / "unet").mkdir(parents=True)
    (outside / FILE.path).write_bytes(b"precious")
    put()
    (base / "snapshots" / OTHER).symlink_to(outside)
    third = base / "snapshots" / ("e" * 40)
    third.mkdir()
    (third / "unet").symlink_to(outside / "unet")
    fourth = base / "snapshots" / ("f" * 40)
    (fourth / "unet").mkdir(parents=True)
    (fourth / FILE.path).symlink_to(outside / FILE.path)
    assert removal.remove(REPO, [FILE.path]) == 7
    assert (outside / FILE.path).read_bytes() == b"precious"
    assert not (fourth / FILE.path).is_symlink()
