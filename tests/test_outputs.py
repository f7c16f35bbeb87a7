"""Names of videos: readable, never another's, never a surprise."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from videoai.errors import BadOutput
from videoai.outputs import Output, title_of
from videoai.settings import GenerationSettings
from videoai.system import paths

SETTINGS = GenerationSettings(seed=42, model="draft")


def first(output: Output, photo: str = "beach.jpg", number: int = 1) -> Path:
    return next(output.names(Path(photo), number, SETTINGS))[0]


def test_a_name_of_our_own_is_readable_and_has_successors(outputs):
    names = [path.name for path, replace in islice(Output().names(Path("beach.jpg"), 1, SETTINGS), 3)]
    assert names == ["beach-draft-42.mp4", "beach-draft-42-2.mp4", "beach-draft-42-3.mp4"]
    assert first(Output()).parent == outputs


def test_fields_are_filled_in():
    assert first(Output("clips/{n:03}-{stem}-{seed}.gif"), number=7) == Path("clips/007-beach-42.gif")


def test_a_folder_gets_a_name_of_our_own(tmp_path):
    assert first(Output(str(tmp_path))) == tmp_path / "beach-draft-42.mp4"
    assert first(Output("new/")) == Path("new/beach-draft-42.mp4")


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("a.avi", "a.avi, must end in"),
        ("a", "a, must end in"),
        ("{seeds}.mp4", "{seeds}"),
        ("{}.mp4", "{}"),
        ("{stem.__class__}.mp4", "stem.__class__"),
        ("{stem.mp4", "brace"),
        ("{seed:q}.mp4", "that way"),
        ("{n:1000000000}.mp4", "that way"),
        ("{stem:>1000}.mp4", "that way"),
        ("{stem!r}.mp4", "that way"),
    ],
)
def test_a_pattern_that_cannot_be_is_refused_with_a_hint(pattern, said):
    with pytest.raises(BadOutput) as caught:
        Output(pattern).check(photos=1)
    assert said in caught.value.message
    assert caught.value.hint


def test_a_number_can_be_filled_up_with_zeros(tmp_path):
    output = Output(str(tmp_path / "{n:03}.mp4"))
    output.check(photos=2)
    assert [output.named(tmp_path / "a.jpg", n, None)[-7:] for n in (1, 2)] == ["001.mp4", "002.mp4"]


def test_several_photos_need_several_names():
    with pytest.raises(BadOutput, match="2 videos would all"):
        Output("out.mp4").check(photos=2)
    Output("{stem}.mp4").check(photos=2)
    with pytest.raises(BadOutput, match="4 seeds"):
        Output("{stem}.mp4").check(photos=2, seeds=4)
    with pytest.raises(BadOutput, match="2 videos would all"):
        Output("{seed}.mp4").check(photos=2, seeds=4)
    for pattern in ("{stem}-{seed}.mp4", "{n}.mp4", "clips/", None):
        Output(pattern).check(photos=2, seeds=4)


def test_a_video_has_the_joined_emoji_of_its_photo(tmp_path):
    assert first(Output(), photo="👩‍👩‍👧.jpg").name.startswith("👩‍👩‍👧-")


@pytest.mark.parametrize("stem", ["a\nb", ".hidden", "...", "é" * 200, "a:b\\c", "\u202ecod"])
def test_odd_photo_names_become_plain_file_names(stem):
    name = first(Output(), photo=f"{stem}.jpg").name
    assert name.isprintable()
    assert not name.startswith(".")
    assert len(name.encode()) < 120


def test_the_photo_itself_is_never_written_over(tmp_path):
    photo = tmp_path / "cat.gif"
    photo.write_bytes(b"GIF")
    with pytest.raises(BadOutput, match="photo itself"):
        first(Output(str(photo)), photo=str(photo))


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("beach.jpg", "beach.jpg"),
        ("C:\\Users\\ann\\beach.jpg", "beach.jpg"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nX-Evil: 1\x00\u202e.jpg", "aX-Evil: 1.jpg"),
        ("\ud800.jpg", ".jpg"),
        ("e\u0301.jpg", "é.jpg"),
        ("x" * 5000, "x" * 100),
        ("👩‍👩‍👧 at sea.jpg", "👩‍👩‍👧 at sea.jpg"),
        ("x" * 98 + "👩‍👧", "x" * 98 + "👩"),
        ("  ", "photo"),
        ("..", ".."),
        ("", "photo"),
    ],
)
def test_what_a_client_calls_a_file_becomes_a_title_and_never_a_path(name, title, outputs):
    assert title_of(name) == title
    assert first(Output(), title_of(name)).parent == outputs


def test_the_top_of_the_disk_has_one_slash():
    assert Output("/").absolute().pattern == "/"


def test_the_outputs_folder_does_not_depend_on_the_current_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIDEOAI_OUTPUTS", "clips")
    assert paths.outputs() == tmp_path / "clips"
