"""A folder for videos is tried before anything is computed, and the sentence names it."""

from __future__ import annotations

import os
from contextlib import contextmanager

import pytest

from tests.disks import fill, mounted, remount
from videoai.errors import BadOutput, VideoAiError, WriteFailed
from videoai.writable import check_writable


def try_folder(folder) -> None:
    check_writable(folder / "video.mp4")


def refusal(folder) -> VideoAiError:
    with pytest.raises(VideoAiError) as caught:
        try_folder(folder)
    assert str(folder.name) in caught.value.message
    assert caught.value.hint
    return caught.value


def test_a_folder_that_is_there_or_can_be_made_is_left_as_it_was(tmp_path):
    try_folder(tmp_path)
    try_folder(tmp_path / "to" / "be" / "made")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a" * 300 + ".mp4", "ü" * 130 + ".mp4"])
def test_a_name_that_the_disk_refuses_is_refused_first(tmp_path, name):
    with pytest.raises(BadOutput, match="name of the video is too long"):
        check_writable(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_nothing_but_a_file_is_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "null.mp4").symlink_to("/dev/null")
    (tmp_path / "file.mp4").write_bytes(b"x")
    for name in ("pipe.mp4", "null.mp4"):
        with pytest.raises(BadOutput, match="is not a file and was left as it is"):
            check_writable(tmp_path / name)
    check_writable(tmp_path / "file.mp4")
    assert (tmp_path / "file.mp4").read_bytes() == b"x"


def test_what_is_in_the_way_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "unplugged").symlink_to("/mnt/no-such-disk/videos")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "is a file" in refusal(tmp_path / "file").message
    with pytest.raises(BadOutput, match=f"{tmp_path / 'file'} is a file"):
        try_folder(tmp_path / "file" / "deeper" / "still")
    unplugged = refusal(tmp_path / "unplugged")
    assert "a link to /mnt/no-such-disk/videos, which does not exist" in unplugged.message
    assert "Connect the disk" in unplugged.hint
    assert "leads back to itself" in refusal(tmp_path / "loop").message
    with pytest.raises(BadOutput):
        try_folder(tmp_path / "no\0name")


@contextmanager
def another_user():
    if os.geteuid() != 0:
        pytest.skip("needs root, to become another user")
    os.seteuid(12345)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_of_another_user_is_called_so(tmp_path):
    closed, readable = tmp_path / "closed", tmp_path / "readable"
    closed.mkdir(0o700)
    readable.mkdir(0o755)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o755)
    with another_user():
        assert "don't have permission to open the folder" in refusal(closed).message
        with pytest.raises(
            BadOutput, match=r"don't have permission to open the folder .*closed, which belongs to root"
        ):
            try_folder(closed / "videos")
        assert "don't have permission to write to the folder" in refusal(readable).message


def test_a_disk_that_is_full_or_read_only_is_called_so(tmp_path):
    with mounted(tmp_path / "disk", "1m") as disk:
        fill(disk)
        full = refusal(disk)
        assert isinstance(full, WriteFailed)
        assert "is full" in full.message
        remount(disk, "ro")
        assert "read-only" in refusal(disk).message
