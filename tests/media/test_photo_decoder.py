"""The process that photos are decoded in: what it may take, and what becomes of a photo that it does not survive."""

from __future__ import annotations

import io
import json
import signal
import subprocess

import pytest
from PIL import Image

from tests.conftest import EXAMPLES
from videoai.errors import BadPhoto, VideoAiError
from videoai.media import photo_decoder
from videoai.media.media_client import Ended, ReadingLimits, ask
from videoai.system import processes

COFFEE = EXAMPLES / "coffee.png"


def decode(**options: object) -> photo_decoder.Decoded:
    with COFFEE.open("rb") as file:
        return photo_decoder.decode(file, COFFEE.name, **options)


def test_pixels_come_as_rows_or_as_a_jpeg():
    rows, jpeg = decode(), decode(quality=95)
    assert rows.size == jpeg.size == (rows.width, rows.height) == (600, 400)
    assert len(rows.content) == 600 * 400 * 3
    with Image.open(io.BytesIO(jpeg.content)) as image:
        assert (image.format, image.size, dict(image.info).keys() & {"exif", "icc_profile", "comment"}) == (
            "JPEG",
            (600, 400),
            set(),
        )


def test_a_file_that_is_only_in_memory_is_read_too():
    assert photo_decoder.decode(io.BytesIO(COFFEE.read_bytes()), "coffee.png").content == decode().content


def test_a_large_video_is_called_one_and_not_too_large_and_costs_no_process(monkeypatch, tmp_path):
    def start(*words: str, **options: object) -> None:
        raise AssertionError(words)

    monkeypatch.setattr(processes, "start", start)
    with (tmp_path / "holiday.mov").open("w+b") as file:
        file.write(b"\0\0\0\x14ftypqt  \0\0\0\0qt  \0\0\0\x08wide")
        file.truncate(photo_decoder.MAX_BYTES + 1)
        with pytest.raises(BadPhoto, match=r"^holiday\.mov is a video, not a photo VideoAi can read\.$"):
            photo_decoder.decode(file, "holiday.mov")


def test_nobody_sees_what_a_photo_is_called(monkeypatch):
    """Everybody on a machine may read the words that a process was started with."""
    started = []

    def start(*words: str, **options: object) -> object:
        started.append(words)
        return processes_start(*words, **options)

    processes_start = processes.start
    monkeypatch.setattr(processes, "start", start)
    decode()
    assert len(started) == 1
    assert "coffee" not in " ".join(started[0])


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (ReadingLimits(patience=0.01), "takes too long to open"),
        (ReadingLimits(patience=30, memory=10 << 20), "takes too much memory to open"),
    ],
    ids=["time", "memory"],
)
def test_what_goes_over_a_limit_is_refused_in_a_sentence(monkeypatch, limits, words):
    monkeypatch.setattr(photo_decoder, "_LIMITS", limits)
    with pytest.raises(BadPhoto, match=rf"^coffee\.png {words}\.$") as caught:
        decode()
    assert "export it as JPEG" in caught.value.hint


@pytest.mark.slow
def test_processor_time_is_limited_by_the_system(monkeypatch, tmp_path):
    """A second of it, for a picture that takes more: bytes that deflate to very many rows."""
    path = tmp_path / "photo.png"
    Image.effect_noise((9000, 6000), 90).save(path, compress_level=0)
    monkeypatch.setattr(photo_decoder, "_LIMITS", ReadingLimits(patience=60, seconds=0))
    with path.open("rb") as file, pytest.raises(BadPhoto, match="takes too long to open"):
        photo_decoder.decode(file, "photo.png")


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (signal.SIGSEGV, BadPhoto, "is damaged: it could not be decoded"),
        (signal.SIGABRT, BadPhoto, "is damaged: it could not be decoded"),
        (signal.SIGTERM, VideoAiError, "could not be opened. Another program or someone on this computer stopped"),
    ],
    ids=["crash", "abort", "stopped"],
)
def test_a_photo_that_kills_its_decoder_costs_a_sentence(monkeypatch, number, kind, words):
    def start(*words: str, **options: object) -> subprocess.Popen[bytes]:
        process = processes_start(*words, **options)
        process.send_signal(number)
        return process

    processes_start = processes.start
    monkeypatch.setattr(processes, "start", start)
    with pytest.raises(kind, match=words):
        decode()


def test_an_end_without_a_word_is_told_as_one():
    with pytest.raises(Ended) as caught:
        ask(
            "photo",
            "77",
            task={"name": "x", "longer": 1, "shorter": 1, "quality": None},
            limits=ReadingLimits(patience=30),
        )
    assert (caught.value.limit, caught.value.death.kind) == (None, "unknown")


def test_the_answer_is_one_line_and_what_follows_it(tmp_path):
    with COFFEE.open("rb") as file:
        answer, content = ask(
            "photo",
            str(file.fileno()),
            task={"name": "x", "longer": 30, "shorter": 20, "quality": None},
            files=[file.fileno()],
            limits=ReadingLimits(patience=30),
        )
    assert json.loads(json.dumps(answer)) == {
        "width": 600,
        "height": 400,
        "size": [30, 20],
        "notices": [],
        "depth": False,
    }
    assert len(content) == 30 * 20 * 3
