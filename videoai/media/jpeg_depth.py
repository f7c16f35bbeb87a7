"""A JPEG that carries its depth map as phones write it: after its end, and announced in its XMP.

That is Google's container of several pictures in one file (Dynamic Depth): programs that know nothing of it show the
photo alone. What is kept of a photo is one file like this, so that its depth goes wherever it goes.
"""

from __future__ import annotations

import re

from videoai.media import jpeg_segments
from videoai.media.jpeg_segments import Segment

XMP = b"http://ns.adobe.com/xap/1.0/\0"
"""How a segment begins that is XMP (Adobe XMP specification, part 3)."""
APP1 = 0xE1

_ANNOUNCED = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Container="http://ns.google.com/photos/1.0/container/"
 xmlns:Item="http://ns.google.com/photos/1.0/container/item/"
 xmlns:GDepth="http://ns.google.com/photos/1.0/depthmap/" GDepth:Format="RangeInverse" GDepth:Mime="image/png">
<Container:Directory><rdf:Seq>
<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/></rdf:li>
<rdf:li rdf:parseType="Resource">
<Container:Item Item:Semantic="Depth" Item:Mime="image/png" Item:Length="{length}"/></rdf:li>
</rdf:Seq></Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>"""
_LENGTH = re.compile(rb'Item:Semantic="Depth" Item:Mime="image/png" Item:Length="(\d+)"')


def with_depth(jpeg: bytes, png: bytes) -> bytes:
    """With a depth map, as depth_png.py has it. `jpeg` has no XMP."""
    said = XMP + _ANNOUNCED.format(length=len(png)).encode()
    at = next(jpeg_segments.segments(jpeg)).end  # that of JFIF stays first
    return jpeg[:at] + bytes((0xFF, APP1)) + (2 + len(said)).to_bytes(2, "big") + said + jpeg[at:] + png


def without_depth(jpeg: bytes) -> bytes:
    """The inverse of `with_depth`; any other JPEG stays as it is."""
    found = _announcement(jpeg)
    if found is None:
        return jpeg
    segment, length = found
    return jpeg[: segment.start] + jpeg[segment.end : len(jpeg) - length]


def has_depth(header: bytes) -> bool:
    """Whether a file that begins so has a depth map which `with_depth` gave it."""
    return _announcement(header) is not None


def _announcement(jpeg: bytes) -> tuple[Segment, int] | None:
    """The segment that tells of the depth map, and the bytes that this has."""
    for segment in jpeg_segments.segments(jpeg):
        if segment.marker == APP1 and segment.content.startswith(XMP) and (said := _LENGTH.search(segment.content)):
            return segment, int(said[1])
    return None
