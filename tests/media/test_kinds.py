"""What is no photo is called what it is, with what to do instead; and so is a photo that no decoder knows."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import EXAMPLES, find_tool
from tests.media.test_photo import four_corners
from tests.media.test_raw import opened, tiff
from videoai.errors import BadPhoto, BadVideo
from videoai.media.decoding.decode import FORMATS
from videoai.media.decoding.kinds import HEAD, MADE_HERE, recognise
from videoai.media.metadata import read_metadata
from videoai.media.video import write_video


def refusal(data: bytes, name: str = "photo.jpg") -> BadPhoto:
    with pytest.raises(BadPhoto) as caught:
        opened(data, name)
    assert caught.value.hint
    return caught.value


def packed(*names: str) -> bytes:
    """A ZIP file; the first thing in a document is its type."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(*(name.split("=") if "=" in name else (name, "x")))
    return out.getvalue()


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


PICTURES = {
    "psd": "a Photoshop file",
    "psb": "a Photoshop file",
    "jp2": "a JPEG 2000 picture",
    "j2k": "a JPEG 2000 picture",
    "ico": "an icon",
    "dds": "a DDS picture",
    "tga": "a TGA picture",
    "pcx": "a PCX picture",
    "ppm": "a PNM picture",
    "pfm": "a PFM picture",
    "hdr": "a Radiance HDR picture",
    "dpx": "a DPX picture",
    "sgi": "an SGI picture",
    "fits": "a FITS picture",
    "miff": "an ImageMagick file",
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Path:
    """Of each kind that ImageMagick writes, one."""
    folder = tmp_path_factory.mktemp("pictures")
    four_corners().save(folder / "in.png")
    writes = [word for ending in PICTURES for word in ("-write", f"out.{ending}")]
    command = [find_tool("convert-im6.q16", "imagemagick"), "in.png", *writes, "null:"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("ending", PICTURES)
def test_pictures_of_kinds_that_are_not_opened(pictures, ending):
    error = refusal((pictures / f"out.{ending}").read_bytes())
    assert error.message == f"photo.jpg is {PICTURES[ending]}, not a photo VideoAi can read."
    assert "export it again as JPEG or PNG" in error.hint


def test_a_jpeg_xl(tmp_path):
    four_corners().save(tmp_path / "in.png")
    command = [find_tool("ffmpeg", "ffmpeg"), "-v", "error", "-i", "in.png", "-c:v", "libjxl", "out.jxl"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    bare = (tmp_path / "out.jxl").read_bytes()
    for data in (bare, b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl " + box(b"jxlc", bare)):
        assert "photo.jpg is a JPEG XL, not a photo" in refusal(data).message


VIDEOS = {
    "mp4": "a video",
    "m4v": "a video",
    "mov": "a video",
    "3gp": "a video",
    "webm": "a video",
    "mkv": "a Matroska video (MKV)",
    "avi": "an AVI video",
    "ts": "an MPEG video",
    "m2ts": "an MPEG video",
    "mpg": "an MPEG video",
    "wmv": "a Windows Media video",
    "flv": "a Flash video",
    "ogv": "an Ogg file",
    "mxf": "an MXF video",
}
RESTORED = ("mp4", "m4v", "mov", "3gp", "webm", "mkv")
"""What may hold the settings of a video made here."""


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    """Of each kind that FFmpeg writes, one."""
    folder = tmp_path_factory.mktemp("clips")
    outputs = [word for ending in VIDEOS for word in ("-t", "0.2", f"clip.{ending}")]
    source = ["-f", "lavfi", "-i", "testsrc=size=176x144:rate=25"]
    command = [find_tool("ffmpeg", "ffmpeg"), "-v", "error", *source, *outputs]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("ending", VIDEOS)
def test_a_video_given_as_a_photo(clips, ending):
    error = refusal((clips / f"clip.{ending}").read_bytes())
    assert error.message == f"photo.jpg is {VIDEOS[ending]}, not a photo VideoAi can read."
    restores = "To reuse the settings of a video made by VideoAi, drop it on the page or name it with --like."
    assert (restores in error.hint) == (ending in RESTORED)
    assert "ave one of its frames as JPEG or PNG" in error.hint


@pytest.mark.parametrize("ending", VIDEOS)
def test_a_video_without_settings_is_not_called_damaged(clips, tmp_path, ending):
    path = tmp_path / "clip.mp4"
    path.write_bytes((clips / f"clip.{ending}").read_bytes())
    with pytest.raises(BadVideo) as caught:
        read_metadata(path)
    assert caught.value.message == (
        "clip.mp4 contains no VideoAi settings."
        if ending in RESTORED
        else f"clip.mp4 is {VIDEOS[ending]}, not a video made by VideoAi."
    )
    assert "damaged" not in caught.value.hint


@pytest.mark.parametrize(
    ("name", "words"), [("rocket.jpg", "a JPEG"), ("photo.heic", "a HEIC"), ("t.txt", "a text file"), ("noise", None)]
)
def test_what_is_no_video_given_for_its_settings(tmp_path, name, words):
    path, content = tmp_path / name, {"t.txt": b"Ciao", "noise": b"\x07\x80\x90" * 99}
    if name == "photo.heic":
        import pillow_heif

        pillow_heif.from_pillow(four_corners()).save(path)
    else:
        path.write_bytes(content.get(name) or (EXAMPLES / name).read_bytes())
    with pytest.raises(BadVideo) as caught:
        read_metadata(path)
    said = f"{name} is {words}, not a video made by VideoAi." if words else f"{name} is not a video VideoAi can read."
    assert caught.value.message == said
    assert caught.value.hint.startswith("VideoAi makes MP4, MOV, WebM, GIF and WebP files")


def test_a_video_is_what_is_in_it_and_not_what_it_is_called(tmp_path):
    frames = [np.full((64, 64, 3), 90, np.uint8)] * 2
    for ending in ("mp4", "webm", "gif"):
        path = write_video(tmp_path / f"clip.{ending}", frames, 6, comment='{"videoai": "1", "settings": {"seed": 7}}')
        assert read_metadata(path.rename(tmp_path / f"{ending}.jpg"))["settings"] == {"seed": 7}


def test_a_movie_whose_end_is_missing_is_damaged(tmp_path, clips):
    path = tmp_path / "clip.mp4"
    path.write_bytes((clips / "clip.mp4").read_bytes()[:500])
    with pytest.raises(BadVideo, match="is not a video VideoAi can read") as caught:
        read_metadata(path)
    assert caught.value.hint == "It may be damaged or incomplete."


BYTES = {
    "a PDF": [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", b"\r\n%PDF-1.4"],
    "an SVG drawing": [
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b'<?xml version="1.0"?>\n<!-- by hand -->\n<!DOCTYPE svg PUBLIC "">\n<svg width="3"/>',
    ],
    "a PostScript drawing": [b"%!PS-Adobe-3.0 EPSF-3.0\n", b"\xc5\xd0\xd3\xc6\x1e\0\0\0"],
    "a DjVu document": [b"AT&TFORM\0\0\0\x14DJVU"],
    "a GIMP file": [b"gimp xcf v011\0" + bytes(99)],
    "a Krita file": [packed("mimetype=application/x-krita", "maindoc.xml")],
    "an Affinity file": [b"\0\xffKA" + bytes(20)],
    "a Clip Studio file": [b"CSFCHUNK" + bytes(20)],
    "an OpenEXR picture": [b"\x76\x2f\x31\1\2\0\0\0channels\0"],
    "a JPEG XR picture": [b"II\xbc\1" + bytes(20)],
    "a QOI picture": [b"qoif\0\0\0\x60\0\0\0\x40\3\0"],
    "a FLIF picture": [b"FLIF31" + bytes(20)],
    "a BPG picture": [b"BPG\xfb" + bytes(20)],
    "a KTX picture": [b"\xabKTX 20\xbb\r\n\x1a\n"],
    "a picture from an iPhone app (CgBI)": [b"\x89PNG\r\n\x1a\n\0\0\0\4CgBI\x50\0\x20\2\x2b\xd5\xb3\x7f" + bytes(99)],
    "an MNG picture": [b"\x8aMNG\r\n\x1a\n" + bytes(20)],
    "a DICOM picture": [bytes(128) + b"DICM" + bytes(20)],
    "a HEIF picture": [box(b"ftyp", b"j2ki\0\0\0\0mif1j2ki"), box(b"ftyp", b"vvic\0\0\0\0mif1")],
    "an icon": [b"icns\0\0\1\0" + bytes(20), b"\0\0\2\0\1\0\x20\x20"],
    "a document": [
        packed("[Content_Types].xml", "word/document.xml"),
        packed("mimetype=application/vnd.oasis.opendocument.text"),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99),
        b"{\\rtf1\\ansi}",
    ],
    "an archive": [
        packed("photo.jpg"),
        b"PK\5\6" + bytes(18),
        b"Rar!\x1a\7\1\0" + bytes(9),
        b"7z\xbc\xaf\x27\x1c" + bytes(9),
        b"\x1f\x8b\x08" + bytes(9),
        b"photo.jpg".ljust(257, b"\0") + b"ustar" + bytes(250),
    ],
    "a web page": [
        b"<!doctype html><title>A photo</title><svg/>",
        b"\xef\xbb\xbf\n<HTML lang=it>",
        b"<!-- saved from url=(0014)about:internet -->\n<html>",
        b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN">',
        b"From: <Saved by Blink>\r\nMIME-Version: 1.0",
    ],
    "a text file": [b"not a photo\n", "Perché no? 写真".encode(), b"\xff\xfeh\0i\0!\0\n\0", b"a" * 5000 + b"\0"],
    "a Mac settings file": [b"bplist00\xd1\1\2", b'<?xml version="1.0"?><!DOCTYPE plist><plist/>'],
    "a file in which an iPhone keeps the edits of a photo": [
        b'<?xml version="1.0"?>\n<plist version="1.0"><dict>\n<key>adjustmentFormatIdentifier</key>'
    ],
    "a file in which macOS keeps notes on a photo of that name": [b"\0\5\x16\7\0\2\0\0Mac OS X        " + bytes(99)],
    "an iCloud placeholder": [b"bplist00\xd3\1\2\3\4\5\6]NSURLNameKey_\x10\x11NSURLFileSizeKey"],
    "a file in which a photo program keeps notes on a photo": [
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/">',
        b"<?xpacket begin='' id=''?>",
    ],
    "a shortcut": [b"L\0\0\0\1\x14\2\0" + bytes(40), b"[InternetShortcut]\r\nURL="],
    "a sound file": [b"ID3\4" + bytes(20), b"RIFF\0\1\0\0WAVEfmt ", b"fLaC\0\0\0\x22", box(b"ftyp", b"M4A \0\0\0\0")],
    "a video": [box(b"wide") + box(b"mdat", bytes(20)), box(b"ftyp", b"qt  \0\0\0\0qt  ") + box(b"wide")],
}


@pytest.mark.parametrize("words", BYTES)
def test_everything_else_that_people_have_beside_their_photos(words):
    for data in BYTES[words]:
        assert refusal(data).message == f"photo.jpg is {words}, not a photo VideoAi can read."


@pytest.mark.parametrize("data", [b"", bytes(100_000)])
def test_an_empty_file(data):
    assert refusal(data).message == "photo.jpg is empty."


def test_what_nobody_knows():
    error = refusal(b"\x07\x80\x90" * 99)
    assert (error.message, error.hint) == (
        "photo.jpg is not a photo VideoAi can read.",
        "Use a JPEG, PNG, WebP, TIFF, BMP, GIF, HEIC or AVIF file.",
    )


# What is a photo, and stays one.


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_a_moving_picture_is_a_photo(kind):
    out = io.BytesIO()
    others = [Image.new("RGB", (96, 64), "black")]
    four_corners().save(out, kind, save_all=True, append_images=others, duration=100)
    found = opened(out.getvalue(), "clip.mp4")
    assert np.abs(found.image.numpy().astype(int) - np.asarray(four_corners())).mean() < 8


def test_several_photos_in_a_jpeg_are_a_photo():
    out = io.BytesIO()
    four_corners().save(out, "MPO", save_all=True, append_images=[four_corners()], quality=95)
    assert opened(out.getvalue()).width == 96


@pytest.mark.parametrize(
    ("brands", "content", "kind"),
    [
        (b"avif\0\0\0\0mif1miaf", b"", "AVIF"),
        (b"avis\0\0\0\0msf1", b"", "AVIF"),
        (b"mif1\0\0\0\0avifmiaf", b"infe av01", "AVIF"),
        (b"mif1\0\0\0\0heicmiaf", b"infe hvc1", "HEIC"),
        (b"heix\0\0\0\0mif1", b"", "HEIC"),
        (b"heic\0\0\0\0mif1MiHBMiHEMiPrmiafheictmap", b"", "HEIC"),
        (b"miaf\0\0\0\0mif1", b"infe hvc1", "HEIC"),
        (b"hevc\0\0\0\0msf1", b"", "HEIC"),
    ],
)
def test_heic_and_avif_by_their_brands(brands, content, kind):
    found = recognise(box(b"ftyp", brands) + box(b"meta", content))
    assert (found.name, found.hint) == (kind, None)


def test_every_kind_that_is_taken_has_a_door():
    known = {
        kind.name for kind in map(recognise, map(bytes, [b"\xff\xd8\xff\xe0", b"GIF89a", b"II*\0", b"MM\0*"])) if kind
    }
    assert known <= FORMATS.keys()
    assert MADE_HERE.keys() - FORMATS.keys() == {"MP4", "MOV", "WebM", "MKV"}


# A photo of a known kind that cannot be opened.


def encoded(kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    four_corners().save(out, kind, **options)
    return out.getvalue()


def sequence() -> bytes:
    """A HEIF file without a still picture."""
    return box(b"ftyp", b"hevc\0\0\0\0msf1hevc") + box(b"moov", box(b"mvhd", bytes(100))) + box(b"mdat", bytes(64))


ODD = {
    "a JPEG": [
        encoded("JPEG").replace(b"\xff\xc0", b"\xff\xf7"),  # JPEG-LS
        encoded("JPEG").replace(b"\xff\xc0", b"\xff\xcb"),
    ],
    "a HEIC": [sequence()],
    "a BMP": [encoded("BMP")[:30] + b"\4\0" + encoded("BMP")[32:]],
}


@pytest.mark.parametrize("words", ODD)
def test_a_variety_that_no_decoder_knows_is_not_called_damaged(words):
    for data in ODD[words]:
        error = refusal(data)
        assert error.message == f"photo.jpg is {words}, but of a type VideoAi cannot read."
        assert "TIFF" not in error.hint


@pytest.mark.parametrize(
    "data",
    [
        tiff("<", {256: (9,), 257: (7,), 258: (8,), 259: (34661,), 262: (1,), 273: (8,), 277: (1,), 279: (63,)}),
        tiff(">", {256: (9,), 257: (7,), 258: (8,), 259: (1,), 262: (99,), 273: (8,), 277: (7,), 279: (63,)}),
    ],
)
def test_a_tiff_that_is_all_there_is_not_called_incomplete(data):
    error = refusal(data)
    assert error.message == "photo.jpg is a TIFF, but it is damaged or of a rare type."
    assert "TIFF" not in error.hint


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "AVIF"])
def test_one_that_breaks_off_is_damaged(kind):
    data = encoded(kind)
    assert refusal(data[: len(data) // 4]).message == "photo.jpg is damaged or incomplete."


def test_telling_what_a_file_is_loads_no_decoder():
    code = "import sys, videoai.media.decoding.kinds; print(*{'pyvips', 'av', 'PIL', 'numpy'} & sys.modules.keys())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"


@pytest.mark.timeout(30)
def test_telling_takes_no_time_whatever_is_in_it():
    """Each mark looks at a piece of the beginning alone: one that goes back and forth would run into the timeout."""
    for piece in (b" ", b"<", b"<!--", b"<?xml ", b"\0", b"a", b"\xc3\xa0", b"....ftypmif1"):
        recognise(piece * (HEAD // len(piece)) * 20)
