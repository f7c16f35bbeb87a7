"""What kind of file it is, by what is in it; and what it is called if it is none that can be opened.

Loads no library of pictures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from videoai.errors import BadPhoto, BadVideo
from videoai.language import say
from videoai.media.decoding.formats.raw import raw_kind
from videoai.media.decoding.opened import EXPORT_HINT

HEAD = 1 << 16
"""So many bytes from the beginning of a file tell what it is, but for some camera raw files."""
RAW = "RAW"
"""The name of the kind of those, of which some have a picture in them."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """Of file. `name` is one of decode.FORMATS if it is a photo; what is none has a hint what to do, and so has RAW."""

    name: str
    words: str
    hint: str | None = None


_KINDS_HINT = say("Use a JPEG, PNG, WebP, TIFF, BMP, GIF, HEIC or AVIF file.")
_RAW_HINT = say("Open it in a photo program and export it as JPEG or TIFF.")
_VIDEO_HINT = say(
    "To reuse the settings of a video made by VideoAi, drop it on the page or name it with "
    "--like. To use it as a photo, save one of its frames as JPEG or PNG."
)
_MADE_HERE_HINT = say("VideoAi makes MP4, MOV, WebM, GIF and WebP files, and folders of PNG frames.")
_FRAME_HINT = say("Save one of its frames as JPEG or PNG.")
_ARCHIVE_HINT = say("Unpack it and use the photo inside.")
_PAGE_HINT = say("Export the page you want as JPEG or PNG.")
_DOCUMENT_HINT = say("Save the picture inside it as JPEG or PNG.")
_ITSELF_HINT = say("Use the photo itself.")


def _picture(name: str) -> FileKind:
    return FileKind(name, say("a {kind} picture", kind=name), EXPORT_HINT)


def _project(name: str) -> FileKind:
    return FileKind(name, say("a {program} file", program=name), EXPORT_HINT)


_SPACE = rb"(?:\xef\xbb\xbf)?\s*"
"""What a text may begin with."""

_PHOTOS = (
    (rb"\xff\xd8\xff", FileKind("JPEG", say("a JPEG"))),
    (rb"\x89PNG\r\n\x1a\n(?!.{4}CgBI)", FileKind("PNG", say("a PNG"))),
    (rb"RIFF.{4}WEBP", FileKind("WebP", say("a WebP"))),
    (rb"GIF8", FileKind("GIF", say("a GIF"))),
    (rb"II[*+]\0|MM\0[*+]", FileKind("TIFF", say("a TIFF"))),
    (rb"BM.{12}[\x0c-\x7c]\0\0\0", FileKind("BMP", say("a BMP"))),
    (rb".{4}ftypavi[fs]|.{4}ftyp(?:mif1|msf1|miaf).{,4000}av01", FileKind("AVIF", say("an AVIF"))),
    (rb".{4}ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1|miaf|MiH[BEA]|MiPr)", FileKind("HEIC", say("a HEIC"))),
)

_PICTURES = (
    (rb".{4}ftyp(?:jpe[gs]|j2[ki][is]|vvi[cs]|ev[bm][is]|unif|1pic)", _picture("HEIF")),
    (rb"\xff\x0a|\0\0\0\x0cJXL \r\n", FileKind("JPEG XL", say("a JPEG XL"), EXPORT_HINT)),
    (rb"\0\0\0\x0cjP(?:  |\x1a\x1a)|\xff\x4f\xff\x51", _picture("JPEG 2000")),
    (rb"II\xbc", _picture("JPEG XR")),
    (rb"\x76\x2f\x31\x01", FileKind("OpenEXR", say("an OpenEXR picture"), EXPORT_HINT)),
    (rb"#\?(?:RADIANCE|RGBE)", _picture("Radiance HDR")),
    (rb"P[1-6]\s+[\d#]|P7\n", _picture("PNM")),
    (rb"P[Ff]\n", _picture("PFM")),
    (rb"DDS ", _picture("DDS")),
    (rb"\xabKTX", _picture("KTX")),
    (rb"qoif", _picture("QOI")),
    (rb"FLIF", _picture("FLIF")),
    (rb"BPG\xfb", _picture("BPG")),
    (rb"\x89PNG\r\n\x1a\n.{4}CgBI", FileKind("CgBI", say("a picture from an iPhone app (CgBI)"), EXPORT_HINT)),
    (rb"\x8aMNG|\x8bJNG", FileKind("MNG", say("an MNG picture"), EXPORT_HINT)),
    (rb"\x0a[\0-\x05]\x01[\x01\x02\x04\x08]", _picture("PCX")),
    (rb"SDPX|XPDS", _picture("DPX")),
    (rb"\x01\xda[\0\x01][\x01\x02]", FileKind("SGI", say("an SGI picture"), EXPORT_HINT)),
    (rb"SIMPLE  =", _picture("FITS")),
    (rb".{128}DICM", _picture("DICOM")),
    (rb"\0\0[\x01\x02]\0[^\0]\0", FileKind("ICO", say("an icon"), EXPORT_HINT)),
    (rb"icns", FileKind("ICNS", say("an icon"), EXPORT_HINT)),
)

_PROJECTS = (
    (rb"8BPS\0[\x01\x02]", _project("Photoshop")),
    (rb"gimp xcf", _project("GIMP")),
    (rb"PK\x03\x04.{26}mimetype(?:application/x-krita|image/openraster)", _project("Krita")),
    (rb"\0\xffKA", FileKind("Affinity", say("an Affinity file"), EXPORT_HINT)),
    (rb"CSFCHUNK", _project("Clip Studio")),
    (rb"PDN3", _project("Paint.NET")),
    (rb"Paint Shop Pro Image File", _project("PaintShop")),
    (rb"id=ImageMagick", FileKind("MIFF", say("an ImageMagick file"), EXPORT_HINT)),
)

_DOCUMENTS = (
    (_SPACE + rb"%PDF-", FileKind("PDF", say("a PDF"), _PAGE_HINT)),
    (rb"%!PS|\xc5\xd0\xd3\xc6", FileKind("EPS", say("a PostScript drawing"), EXPORT_HINT)),
    (rb"AT&TFORM", FileKind("DjVu", say("a DjVu document"), _PAGE_HINT)),
    (rb"\{\\rtf|\xd0\xcf\x11\xe0", FileKind("Office", say("a document"), _DOCUMENT_HINT)),
    (
        rb"PK\x03\x04.{26}(?:\[Content_Types\]|_rels/|docProps/|word/|mimetypeapplication/)",
        FileKind("Office", say("a document"), _DOCUMENT_HINT),
    ),
    (
        _SPACE + rb"(?i:(?:<!--.{,500}?-->\s*|<\?xml.{,200}?\?>\s*)?<(?:!doctype html|html|head|body))"
        rb"|MIME-Version:|From: <Saved by",
        FileKind(
            "HTML",
            say("a web page"),
            say("Open the page and save its picture with “Save Image As” from the menu."),
        ),
    ),
    (_SPACE + rb"<(?:svg\b|.{,4000}<svg\b)", FileKind("SVG", say("an SVG drawing"), EXPORT_HINT)),
    (rb"PK(?:\x03\x04|\x05\x06|\x07\x08)|Rar!\x1a\x07|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ|.{257}ustar",
     FileKind("ZIP", say("an archive"), _ARCHIVE_HINT)),
)  # fmt: skip

_NOTES = (
    (
        rb"\0\x05\x16[\0\x07]",
        FileKind(
            "AppleDouble",
            say("a file in which macOS keeps notes on a photo of that name"),
            say("Use the photo itself: the file without “._” in front of its name."),
        ),
    ),
    (
        rb"bplist00.{,4000}NSURL",
        FileKind(
            "iCloud",
            say("an iCloud placeholder"),
            say("Open the photo once in Finder or Photos, so that it is downloaded to this computer."),
        ),
    ),
    (
        _SPACE + rb"<\?xml.{,4000}adjustmentFormat|bplist00.{,4000}adjustmentFormat",
        FileKind(
            "AAE",
            say("a file in which an iPhone keeps the edits of a photo"),
            say("Use the photo itself: it has the same name and ends in .heic or .jpg."),
        ),
    ),
    (rb"bplist0|" + _SPACE + rb"<\?xml.{,500}<plist", FileKind("plist", say("a Mac settings file"), _ITSELF_HINT)),
    (
        _SPACE + rb"(?:<x:xmpmeta|<\?xpacket|<\?xml.{,500}<x:xmpmeta)",
        FileKind("XMP", say("a file in which a photo program keeps notes on a photo"), _ITSELF_HINT),
    ),
    (
        rb"L\0\0\0\x01\x14\x02\0|book\0\0\0\0mark|\[InternetShortcut\]",
        FileKind("link", say("a shortcut"), _ITSELF_HINT),
    ),
)

_VIDEOS = (
    (
        rb".{4}ftyp(?:M4A|M4B|M4P)|RIFF.{4}WAVE|fLaC|ID3|FORM.{4}AIF",
        FileKind("sound", say("a sound file"), _KINDS_HINT),
    ),
    (rb".{4}ftypqt  |.{4}(?:moov|mdat|wide|pnot)", FileKind("MOV", say("a video"), _VIDEO_HINT)),
    (rb".{4}ftyp", FileKind("MP4", say("a video"), _VIDEO_HINT)),
    (rb"\x1a\x45\xdf\xa3.{,60}webm", FileKind("WebM", say("a video"), _VIDEO_HINT)),
    (rb"\x1a\x45\xdf\xa3", FileKind("MKV", say("a Matroska video (MKV)"), _VIDEO_HINT)),
    (rb"RIFF.{4}AVI ", FileKind("AVI", say("an AVI video"), _FRAME_HINT)),
    (rb"\x47(?:.{187}\x47){2}|.{4}\x47(?:.{191}\x47){2}", FileKind("MPEG-TS", say("an MPEG video"), _FRAME_HINT)),
    (rb"\0\0\x01[\xb0-\xbf]", FileKind("MPEG", say("an MPEG video"), _FRAME_HINT)),
    (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", FileKind("WMV", say("a Windows Media video"), _FRAME_HINT)),
    (rb"FLV\x01", FileKind("FLV", say("a Flash video"), _FRAME_HINT)),
    (rb"OggS", FileKind("Ogg", say("an Ogg file"), _FRAME_HINT)),
    (rb"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02", FileKind("MXF", say("an MXF video"), _FRAME_HINT)),
)

_CHARACTER = rb"(?:[\t\n\f\r\x1b\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})"
"""Of a text in UTF-8."""

_WEAK = (
    (rb".(?:\x01[\x01\x09]|\0[\x02\x03\x0a\x0b]).{13}[\x08\x0f\x10\x18\x20][\0-\x3f]", _picture("TGA")),
    (_CHARACTER + rb"{64}|" + _CHARACTER + rb"+\Z|\xff\xfe(?:[\n\r\x20-\x7e]\0){4}",
     FileKind("text", say("a text file"), _KINDS_HINT)),
)  # fmt: skip
"""Marks that others could have, too."""

_TABLE = tuple(
    (re.compile(pattern, re.DOTALL), kind)
    for pattern, kind in (*_PHOTOS, *_PICTURES, *_PROJECTS, *_DOCUMENTS, *_NOTES, *_VIDEOS, *_WEAK)
)
"""How a file begins → what it is; the first that fits. After the sources of ExifTool and file(1)."""


MADE_HERE = {"MP4": ".mp4", "MOV": ".mov", "WebM": ".webm", "MKV": ".webm", "GIF": ".gif", "WebP": ".webp"}
"""Kinds that a video of VideoAi may be of, some of them packed anew, → the ending that such a file has."""


def recognise(data: bytes) -> FileKind | None:
    """What this is; None if nobody knows. `data` is a file, or of a video its first HEAD bytes."""
    raw = raw_kind(data)
    if raw is not None:
        words = say("a camera raw file ({kind})", kind=raw) if raw else say("a camera raw file")
        return FileKind(RAW, words, _RAW_HINT)
    head = data[:HEAD]
    return next((kind for pattern, kind in _TABLE if pattern.match(head)), None)


def check(head: bytes, name: str) -> FileKind | None:
    """What it is, as far as its first HEAD bytes tell. Raises BadPhoto if that is no photo."""
    kind = recognise(head)
    if kind is not None and kind.hint is not None and kind.name != RAW:
        raise refused(kind, name)
    return kind


def check_full(data: bytes, name: str, error: type[BadPhoto | BadVideo]) -> None:
    """Raises the `error` for a file without content: no bytes, or zeros, as a copy that was cut short leaves it."""
    if re.match(rb"\0*\Z", data):
        raise error(say("{name} is empty.", name=name), say("Copy it again from the original."))


def kind_of(data: bytes, name: str) -> str:
    """One of decode.FORMATS. Raises BadPhoto that says what the file is instead, and what to do."""
    check_full(data, name, BadPhoto)
    kind = check(data, name)
    if kind is None:
        raise refused(kind, name)
    return kind.name


def refused(kind: FileKind | None, name: str) -> BadPhoto:
    """The error for a file that is no photo."""
    if kind is None:
        return BadPhoto(say("{name} is not a photo VideoAi can read.", name=name), _KINDS_HINT)
    sentence = say("{name} is {kind}, not a photo VideoAi can read.", name=name, kind=kind.words)
    return BadPhoto(sentence, kind.hint or _KINDS_HINT)


def refused_video(kind: FileKind | None, name: str) -> BadVideo:
    """The error for a file that is none of those that a video made here may be."""
    if kind is None:
        return BadVideo(say("{name} is not a video VideoAi can read.", name=name), _MADE_HERE_HINT)
    sentence = say("{name} is {kind}, not a video made by VideoAi.", name=name, kind=kind.words)
    return BadVideo(sentence, _MADE_HERE_HINT)
