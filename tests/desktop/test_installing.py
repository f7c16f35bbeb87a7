"""VideoAi among the applications: what is written, that the systems' own checkers like it, and that it goes again."""

from __future__ import annotations

import io
import os
import plistlib
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from tests.conftest import EXAMPLES, find_tool
from videoai.desktop import installing, launcher, linux_entry
from videoai.errors import BadOutput


@pytest.fixture
def applications(own_home, monkeypatch) -> Path:
    """A user's own, on Linux."""
    monkeypatch.setattr(installing, "sys", SimpleNamespace(platform="linux"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    return own_home / ".local" / "share"


@pytest.fixture
def on_a_mac(own_home, monkeypatch) -> Path:
    """What would be written there. Nothing of this was ever run on one."""
    monkeypatch.setattr(installing, "sys", SimpleNamespace(platform="darwin"))
    return own_home / "Applications" / "VideoAi.app" / "Contents"


def files(folder: Path) -> set[Path]:
    """All but the list that the system draws up of all entries."""
    return {path for path in folder.rglob("*") if path.is_file() and path.name != "mimeinfo.cache"}


def test_linux_has_an_entry_that_is_valid_with_its_icons(applications):
    made = installing.install()
    assert installing.install() == made, "twice is as once"
    assert files(applications) == set(made)
    entry = applications / "applications" / "videoai.desktop"
    checked = subprocess.run(
        [find_tool("desktop-file-validate", "desktop-file-utils"), entry], capture_output=True, text=True
    )
    assert (checked.returncode, checked.stdout) == (0, "")
    lines = dict(line.split("=", 1) for line in entry.read_text("utf-8").splitlines() if "=" in line)
    assert lines["Comment[it]"].startswith("Trasforma una foto")
    assert "image/jpeg" in lines["MimeType"]
    assert lines["Exec"] == f'"{applications / linux_entry.FOLDER / "start"}" %F'
    for size in (192, 512):
        with Image.open(applications / f"icons/hicolor/{size}x{size}/apps/{lines['Icon']}.png") as icon:
            assert icon.size == (size, size)
    removed, kept = installing.uninstall()
    assert (set(removed), kept) == (set(made), [])
    assert files(applications) == set()
    assert not (applications / linux_entry.FOLDER).exists()
    assert installing.uninstall() == ([], [])


@pytest.mark.parametrize("name", ["plain", 'my "own" $HOME `x` \\ 100%'])
def test_the_launcher_starts_this_environment_from_whatever_folder(applications, tmp_path, monkeypatch, name):
    data = tmp_path / name
    monkeypatch.setenv("XDG_DATA_HOME", str(data))
    monkeypatch.setenv("VIDEOAI_OUTPUTS", str(tmp_path / "my videos"))
    (script,) = (path for path in installing.install() if path.name == "start")
    assert stat.S_IMODE(script.stat().st_mode) == 0o755
    assert subprocess.run(["sh", "-n", script]).returncode == 0
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "VIDEOAI_LANG": "en"}
    done = subprocess.run([script, "--help"], env=bare, cwd="/", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Usage: videoai app" in done.stdout
    assert f"export VIDEOAI_OUTPUTS='{tmp_path / 'my videos'}'" in script.read_text()
    gone = tmp_path / "none.jpg"
    failed = subprocess.run([script, gone], env=bare, capture_output=True, text=True)
    assert failed.returncode == 2
    assert f"{gone} cannot be read" in failed.stderr


def test_the_launcher_of_an_environment_that_has_moved_says_how_to_repair_it(applications, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone" / "python"))
    script = tmp_path / "start"
    script.write_bytes(launcher.script("linux"))
    shown, program = tmp_path / "shown", tmp_path / "notify-send"
    program.write_text(f'#!/bin/sh\nprintf "%s" "$3" > {shown}\n')
    program.chmod(0o755)
    for name in ("grep", "tail", "mktemp", "rm"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    done = subprocess.run(["/bin/sh", script], env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert done.returncode == 1
    assert "run: videoai app --install" in done.stderr
    assert shown.read_text() == "VideoAi"


def test_what_somebody_else_made_is_neither_replaced_nor_removed(applications):
    made = installing.install()
    changed, *_ = made
    changed.write_text("[Desktop Entry]\nName=Mine\n")
    with pytest.raises(BadOutput, match="there already"):
        installing.install()
    removed, kept = installing.uninstall()
    assert kept == [changed]
    assert set(removed) == set(made) - {changed}
    assert changed.read_text().endswith("Name=Mine\n")
    with pytest.raises(BadOutput):
        installing.install()
    changed.unlink()
    assert installing.install() == made


def test_a_new_place_of_the_program_takes_over_what_the_old_one_has_made(applications, monkeypatch):
    installing.install()
    monkeypatch.setattr(sys, "executable", "/elsewhere/python")
    (script,) = (path for path in installing.install() if path.name == "start")
    assert "python=/elsewhere/python" in script.read_text()


def test_a_damaged_list_removes_nothing(applications, own_home):
    made = installing.install()
    for text in ("[", "{}", "[]", '{"/etc/passwd": 1}'):
        (own_home / "data" / "application.json").write_text(text)
        assert installing.uninstall() == ([], [])
        assert all(path.exists() for path in made)


def test_a_mac_has_an_application_that_opens_photos(on_a_mac):
    made = installing.install()
    assert files(on_a_mac.parents[1]) == set(made)
    with (on_a_mac / "Info.plist").open("rb") as file:
        told = plistlib.load(file)
    program = on_a_mac / "MacOS" / told["CFBundleExecutable"]
    assert os.access(program, os.X_OK)
    assert program.read_bytes().startswith(b"#!/bin/sh\n")
    assert subprocess.run(["sh", "-n", program]).returncode == 0
    assert sys.executable in program.read_text()
    assert "osascript" in program.read_text()
    (kind,) = told["CFBundleDocumentTypes"]
    assert {"public.jpeg", "public.heic"} <= set(kind["LSItemContentTypes"])
    assert kind["CFBundleTypeRole"] == "Viewer"
    icon = (on_a_mac / "Resources" / told["CFBundleIconFile"]).read_bytes()
    with Image.open(io.BytesIO(icon)) as picture:
        assert picture.format == "ICNS"
        assert {(16, 16), (128, 128), (512, 512)} <= {size[:2] for size in picture.info["sizes"]}
    assert (on_a_mac / "PkgInfo").read_bytes() == b"APPL????"
    installing.uninstall()
    assert not on_a_mac.parent.exists()
    assert on_a_mac.parents[1].exists(), "others' applications are there"


def test_the_commands_say_what_they_made_and_removed(videoai, own_home):
    first = videoai("app", "--install")
    assert first.returncode == 0, first.stderr
    assert "Made: " in first.stdout
    assert "among your applications" in first.stdout
    gone = videoai("app", "--uninstall")
    assert gone.stdout.count("Removed: ") == first.stdout.count("Made: ")
    assert "There is nothing to remove" in videoai("app", "--uninstall").stdout
    assert videoai("app", "--install", EXAMPLES / "coffee.png").returncode == 2
