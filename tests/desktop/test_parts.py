"""What of the window can be seen without one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conftest import EXAMPLES, ROOT
from videoai.desktop import given, notices, remembered, toolkit
from videoai.desktop.handover import Receiver, hand_over, hold_or_hand_over
from videoai.desktop.menus import menus
from videoai.errors import BadInput, VideoAiError
from videoai.language import speaking
from videoai.system import paths
from videoai.web import running

NOTHING = SimpleNamespace(
    **dict.fromkeys(
        (
            "open_files",
            "show_videos",
            "close",
            "reload",
            "full_screen",
            "zoom_by",
            "show_keys",
            "show_docs",
            "show_about",
        ),
        print,
    )
)


def test_the_menus_have_the_usual_entries_in_both_languages():
    titles = {}
    for language in ("en", "it"):
        with speaking(language):
            titles[language] = {menu.title: [item.title for item in menu.items if item] for menu in menus(NOTHING)}
    assert list(titles["en"]) == ["File", "Edit", "View", "Help"]
    assert list(titles["it"]) == ["File", "Modifica", "Vista", "Aiuto"]
    assert titles["it"]["File"] == ["Apri una foto…", "Mostra la cartella dei video", "Chiudi", "Esci"]
    assert titles["en"]["Edit"] == ["Undo", "Redo", "Cut", "Copy", "Paste", "Select all"]


def test_no_key_is_of_two_entries():
    keys = [item.key for menu in menus(NOTHING) for item in menu.items if item and item.key]
    assert len(keys) == len(set(keys))


def test_without_its_packages_the_window_names_them_and_the_browser(monkeypatch):
    monkeypatch.setattr(toolkit, "_is_there", lambda *modules: False)
    with pytest.raises(VideoAiError) as error:
        toolkit.chosen()
    assert "[app]" in error.value.hint
    assert "videoai serve --open" in error.value.hint


def test_without_a_screen_the_browser_is_named(monkeypatch):
    monkeypatch.setattr(toolkit, "_is_there", lambda *modules: True)
    monkeypatch.setattr(toolkit, "sys", SimpleNamespace(platform="linux"))
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(VideoAiError, match="this session has no screen") as error:
        toolkit.chosen()
    assert "videoai serve --open" in error.value.hint


def test_a_file_arrives_whole_under_its_name_also_an_empty_one(tmp_path):
    large, empty = tmp_path / "a “b” .jpg", tmp_path / "none.png"
    large.write_bytes(bytes(range(256)) * 12_000)
    empty.touch()
    scripts: list[str] = []
    given.give(scripts.append, [large, empty])
    assert len(scripts) == 3 + 1 + 1, "three pieces, an empty one, and word that those were all"
    assert all("</" not in script and "\u2028" not in script for script in scripts)
    assert '"files": 2' in scripts[-1]


@pytest.mark.parametrize("name", ["none.jpg", "."])
def test_what_is_no_file_is_refused(tmp_path, name):
    with pytest.raises(BadInput):
        given.checked(tmp_path / name)


def test_a_file_too_large_for_any_photo_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.jpg"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(BadInput, match="too large"):
        given.checked(path)


def test_a_second_start_hands_its_files_over_and_a_dead_window_takes_none():
    photo, taken, came = EXAMPLES / "coffee.png", [], threading.Event()

    def take(files):
        taken.extend(files)
        came.set()

    assert not hand_over([photo])
    first = Receiver(take)
    assert hand_over([photo])
    assert came.wait(10)
    assert taken == [str(photo)]
    assert (paths.window() / "handover").stat().st_mode & 0o077 == 0
    place = paths.window() / "handover"
    os.link(place, paths.window() / "kept")
    first.close()
    os.rename(paths.window() / "kept", place)  # as a kill would leave it
    assert not hand_over([photo])
    second = Receiver(take)
    assert hand_over([])
    second.close()
    assert not (paths.window() / "handover").exists()


def test_the_window_takes_nothing_but_a_list_of_paths(monkeypatch):
    taken: list[object] = []
    receiver = Receiver(taken.append)
    for said in ("{}", "[1]", '["relative.jpg"]', "[", "[" * 10_000):
        monkeypatch.setattr(json, "dumps", lambda _, said=said: said)
        assert not hand_over([])
    receiver.close()
    assert taken == []


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"width": "wide", "zoom": 900, "language": "xx", "port": 0, "x": 1e9}', '{"width": true}']
)
def test_a_damaged_memory_of_the_window_counts_for_nothing(text):
    paths.window().mkdir()
    (paths.window() / "window.json").write_text(text)
    assert remembered.remembered() == remembered.Remembered(language="en")


def test_what_the_window_was_like_comes_back():
    was = remembered.Remembered(width=900, height=700, x=-20, y=40, zoom=1.25, language="it", port=5002, place="QUJD")
    was.save()
    assert remembered.remembered() == was


def test_a_server_is_listed_for_as_long_as_it_runs():
    with running.listed("http://127.0.0.1:5001", 5001):
        with running.listed("http://localhost:5002", 5002):
            assert running.addresses() == ["http://127.0.0.1:5001", "http://localhost:5002"]
        assert running.addresses() == ["http://127.0.0.1:5001"]
    assert running.addresses() == []
    folder = paths.home() / "servers"
    (folder / "5003.lock").write_text("http://127.0.0.1:5003")  # of one that was killed
    assert running.addresses() == []
    assert list(folder.iterdir()) == []


def test_a_notice_says_what_it_says_and_names_no_photo(tmp_path, monkeypatch):
    said, program = tmp_path / "said", tmp_path / "notify-send"
    program.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {said}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(notices, "sys", SimpleNamespace(platform="linux"))
    notices.notify("VideoAi", "--it's “ready”")
    assert said.read_text().endswith("|--|VideoAi|--it's “ready”|")
    program.write_text("#!/bin/sh\nexit 1\n")
    notices.notify("VideoAi", "nobody shows it, and all goes on")


def test_a_mac_is_told_in_words_that_no_script_is_made_of(monkeypatch):
    monkeypatch.setattr(notices, "sys", SimpleNamespace(platform="darwin"))
    words = '" & (do shell script "true") & "'
    program, flag, script, title, told = notices._command("VideoAi", words)
    assert (Path(program).name, flag, title, told) == ("osascript", "-e", "VideoAi", words)
    assert words not in script


def test_of_two_starts_at_once_one_has_the_window_and_gets_the_others_files():
    taken: list[str] = []
    lock = hold_or_hand_over([])
    assert lock is not None
    late = threading.Timer(0.5, lambda: receivers.append(Receiver(taken.extend)))
    receivers: list[Receiver] = []
    late.start()
    command = "from videoai.desktop.handover import hold_or_hand_over; from pathlib import Path; import sys; "
    command += "print(hold_or_hand_over([Path(sys.argv[1])]))"
    done = subprocess.run([sys.executable, "-c", command, "/photo.jpg"], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "None\n", done.stderr
    assert taken == ["/photo.jpg"]
    receivers[0].close()
    os.close(lock)
