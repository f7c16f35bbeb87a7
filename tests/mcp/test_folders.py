"""Which photos an assistant gets at: by where a path really leads."""

from __future__ import annotations

import os

import pytest

from videoai.errors import BadInput
from videoai.mcp.folders import Folders


@pytest.fixture
def here(tmp_path):
    for name in ("pictures/deep/b.jpg", "pictures/a.jpg", "more/c.jpg", "pictures-of-others/d.jpg", "secret.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path


@pytest.fixture
def folders(here):
    return Folders([here / "pictures", here / "more"])


def read(folders: Folders, name: object) -> str:
    file, called = folders.open(str(name))
    with file:
        found = file.read().decode()
    assert found.endswith(called)
    return found


def test_what_is_in_them_is_found_by_its_path_and_by_a_relative_one(here, folders, monkeypatch):
    assert read(folders, here / "pictures" / "a.jpg") == "pictures/a.jpg"
    assert read(folders, "a.jpg") == "pictures/a.jpg"
    assert read(folders, "deep/b.jpg") == "pictures/deep/b.jpg"
    assert read(folders, "deep/../a.jpg") == "pictures/a.jpg"
    assert read(folders, "c.jpg") == "more/c.jpg"
    monkeypatch.setenv("HOME", str(here))
    assert read(folders, "~/pictures/a.jpg") == "pictures/a.jpg"


def test_a_link_counts_for_what_it_leads_to(here, folders):
    (here / "pictures" / "inside.jpg").symlink_to(here / "more" / "c.jpg")
    (here / "pictures" / "outside.jpg").symlink_to(here / "secret.jpg")
    (here / "pictures" / "folder").symlink_to(here)
    (here / "pictures" / "circle.jpg").symlink_to(here / "pictures" / "circle.jpg")
    file, _ = folders.open("inside.jpg")
    with file:
        assert file.read() == b"more/c.jpg"
    for name in ("outside.jpg", "folder/secret.jpg", "circle.jpg"):
        with pytest.raises(BadInput):
            folders.open(name)


def test_a_folder_that_is_a_link_is_what_it_leads_to(here):
    (here / "link").symlink_to(here / "pictures")
    folders = Folders([here / "link"])
    assert read(folders, "a.jpg") == "pictures/a.jpg"
    (here / "link").unlink()
    (here / "link").symlink_to(here / "pictures-of-others")
    with pytest.raises(BadInput):
        folders.open("d.jpg")


def test_of_what_is_elsewhere_nothing_is_said(here, folders):
    os.mkfifo(here / "pictures" / "pipe.jpg")
    names = ["../secret.jpg", str(here / "secret.jpg"), "../nothere.jpg", "/etc/passwd", "pictures/../../secret.jpg"]
    names += [str(here / "pictures-of-others" / "d.jpg"), "deep", "", ".", "pipe.jpg", "a\0.jpg", "x" * 5000]
    said = set()
    for name in names:
        with pytest.raises(BadInput) as refused:
            folders.open(name)
        said.add(refused.value.message.template)
        assert str(here / "pictures") in refused.value.hint
    assert len(said) == 1, "whether it is there or not"


def test_a_folder_that_is_not_there_is_said_at_once(tmp_path):
    with pytest.raises(BadInput, match="no folder"):
        Folders([tmp_path / "nothere"])
