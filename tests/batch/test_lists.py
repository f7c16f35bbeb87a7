"""Lists of videos, as spreadsheets, scripts and people write them: what each row becomes, and all that is wrong."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES
from videoai.batch.list_file import read_list
from videoai.batch.listed import Defaults, wanted_of
from videoai.batch.wanted import WantedVideo
from videoai.errors import BadInput, BadList

COFFEE, ROCKET = EXAMPLES / "coffee.png", EXAMPLES / "rocket.jpg"


def written(folder: Path, text: str | bytes, name: str = "list.csv") -> str:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def videos(folder: Path, text: str | bytes, *, name: str = "list.csv", **defaults: object) -> list[WantedVideo]:
    return wanted_of(read_list(written(folder, text, name)), Defaults(**defaults))


def problems(folder: Path, text: str | bytes, **defaults: object) -> list[tuple[int | None, str | None, str]]:
    with pytest.raises(BadList) as caught:
        videos(folder, text, **defaults)
    return [tuple(problem.values()) for problem in caught.value.problems]


LISTS = {
    "by hand": f"photo,motion,seed\n{COFFEE},50,7\n{ROCKET},,8\n",
    "Excel's CSV UTF-8, in Italy": codecs.BOM_UTF8
    + f'sep=;\r\nphoto;Motion;seed\r\n"{COFFEE}";50;7\r\n;;\r\n{ROCKET};;8\r\n'.encode(),
    "Excel's Unicode text": codecs.BOM_UTF16_LE
    + f"photo\tmotion\tseed\r\n{COFFEE}\t50\t7\r\n{ROCKET}\t\t8".encode("utf-16-le"),
    "JSON Lines": f'''{{"photo": "{COFFEE}", "--motion": 50, "seed": 7}}

{{"photo": "{ROCKET}", "motion": null, "seed": "8"}}''',
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in LISTS.items()])
def test_one_list_in_many_writings(tmp_path, text):
    found = videos(tmp_path, text, given={"motion": "99", "frames": "4"}, options={"preset": "minimum"})
    assert [video.photo for video in found] == [COFFEE, ROCKET]
    settings = [video.request.settings((600, 400)) for video in found]
    assert [(s.motion, s.seed, s.frames, s.width) for s in settings] == [(50, 7, 4, 448), (99, 8, 4, 448)]


def test_decimal_commas_quotes_and_names_of_columns(tmp_path):
    (tmp_path / "a;b.png").write_bytes(COFFEE.read_bytes())
    (found,) = videos(tmp_path, 'Photo;guidance max;--noise-aug;loop\n"a;b.png";2,5;0,1;boomerang\n')
    settings = found.request.settings((600, 400))
    assert (settings.guidance_max, settings.noise_aug, settings.loop) == (2.5, 0.1, "boomerang")


def test_paths_begin_at_the_list(tmp_path, monkeypatch):
    folder = tmp_path / "{lists}"
    folder.mkdir()
    (folder / "p.png").write_bytes(COFFEE.read_bytes())
    first, second = videos(folder, "photo,output\np.png,clips/{stem}-{seed}.mp4\np.png,clips/\n")
    assert first.photo == folder / "p.png"
    asked = f"{tmp_path}/{{{{lists}}}}/clips/{{stem}}-{{seed}}.mp4"
    assert (first.request.output, second.request.output) == (asked, f"{folder}/clips/")


def test_a_photo_on_the_command_line_is_that_of_rows_without_one(tmp_path):
    found = videos(tmp_path, f"photo,motion\n,10\n{ROCKET},20\n", photo=str(COFFEE))
    assert [video.photo for video in found] == [COFFEE, ROCKET]


def test_all_that_is_wrong_is_told_at_once_with_its_place(tmp_path):
    (tmp_path / "empty.jpg").touch()
    found = problems(
        tmp_path,
        f"photo,steps,motoin,like,output,scheduler\n{COFFEE},99,5,,a.avi,\nempty.jpg,x,,,,\n{COFFEE},,,nowhere.mp4,,\n"
        f"{COFFEE},50,,,,lcm\n,20,,,,\n{ROCKET},20,,,,,9\n",
        given={"motion": "50"},
    )
    said = "\n".join(f"{line} {column} {message}" for line, column, message in found)
    for part in (
        "1 motoin There is no column “motoin”. Did you mean motion?",
        "2 steps steps is “99”, but it must be a whole number from 5 to 50; the nearest is 50.",
        "3 photo empty.jpg is empty.",
        "3 steps steps is “x”",
        "4 like There is no video",
        "5 None svd-xt is not made for the LCM sampler",
        "6 photo A photo is missing.",
        "7 None It has 7 fields, but there are 6 columns.",
    ):
        assert part in said
    assert [line for line, _, _ in found] == sorted(line for line, _, _ in found)


def test_names_that_two_rows_ask_for(tmp_path):
    found = problems(tmp_path, f"photo,output\n{COFFEE},a.mp4\n{ROCKET},b.avi\n{ROCKET},a.mp4\n")
    assert [(line, column) for line, column, _ in found] == [(3, "output"), (4, "output")]
    assert found[1][2] == "Line 2 asks for a video of this name too."
    assert problems(tmp_path, f"photo\n{COFFEE}\n{ROCKET}\n", options={"output": "a.mp4"})[0][1] == "output"


def test_json_that_is_none_is_told_by_its_line(tmp_path):
    text = f'{{"photo": "{COFFEE}"}}\n\n{{"photo": }}\n[1]\n{{"seed": 1, "seed": 2}}\n{{"photo": 7, "fps": [1]}}\n'
    found = problems(tmp_path, text)
    assert [(line, column) for line, column, _ in found] == [
        (3, None), (4, None), (5, None), (6, "photo"), (6, "fps"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no rows"),
        ("photo,seed\n", "has no rows"),
        (b"photo\nfoto\xe8.jpg\n", "line 2 has other letters"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not UTF-8"),
        ("photo\0,seed\n", "not a list of videos"),
        ('[{"photo": "a.jpg"}]', "one JSON array"),
    ],
)
def test_what_is_no_list(tmp_path, text, said):
    with pytest.raises(BadInput, match=said) as caught:
        read_list(written(tmp_path, text))
    assert caught.value.hint


def test_a_quotation_mark_that_never_ends(tmp_path):
    assert problems(tmp_path, f'photo,seed\n{COFFEE},1\n"{COFFEE},2\n')[0][::2] == (
        3,
        "A quotation mark is missing, or one too many.",
    )


@pytest.mark.parametrize("name", ["nowhere.csv", "."])
def test_a_list_that_cannot_be_read(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput):
        read_list(name)


def test_a_row_tells_all_that_is_wrong_with_it(tmp_path):
    """A value that cannot be, two that do not go together, and a name that no video has."""
    together = problems(tmp_path, f"photo,steps,loop,hold\n{COFFEE},1,boomerang,2\n")
    assert [column for _, column, _ in together] == ["steps", None]
    named = problems(tmp_path, "photo,steps,output\nnowhere.png,1,a.xyz\n")
    assert [column for _, column, _ in named] == ["photo", "steps", "output"]
