"""The depth that comes with a photo: found in each kind of file, upright, checked; whatever it is, the photo opens."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from tests.media import depths
from tests.media.depths import apple, dynamic, gdepth, grey, heic, jpeg, laid_down, picture, png_of, scene
from tests.media.made import png
from tests.media.test_photo import LAID_DOWN
from videoai.events import Map
from videoai.media import photo_decoder
from videoai.media.decoding.decode import decode
from videoai.media.decoding.depth.found import BadDepth, disparity
from videoai.media.decoding.depth.read import is_marked, read
from videoai.media.decoding.depth.representation import nearness_of
from videoai.media.depth_png import from_png, to_png
from videoai.media.jpeg_depth import has_depth, with_depth, without_depth
from videoai.media.media_client import ReadingLimits
from videoai.media.photo import Photo, photo_in
from videoai.media.photo_decoder import WORKING

PHOTO = jpeg(picture())
NEAR = scene()
STEP, LOSSY = 0.003, 0.035
"""Of 8 bits, rounded; and of a JPEG of good quality."""
LENGTHS = (1.5, 12.0)
"""Metres, as depths.gdepth says them."""
APPLES = (0.5, 4.5)
"""And as depths.apple does."""


def opened(data: bytes) -> Photo:
    """By the processes that decode photos."""
    return photo_in(io.BytesIO(data), "photo")


def seen(data: bytes) -> Photo:
    """What they make of it, in this one. Raises BadDepth."""
    found = decode(data, "photo", WORKING)
    map_file = read(data, (found.width, found.height)) if is_marked(data) else None
    image = Image.frombytes("RGB", (found.image.width, found.image.height), found.image.write_to_memory())
    return Photo(image, found.width, found.height, found.notices, None if map_file is None else from_png(map_file))


def away(near: Map | None, right: Map = NEAR) -> float:
    assert near is not None
    assert (near.dtype, near.shape) == (np.float32, right.shape)
    return float(np.abs(near - right).max())


def distances(nearest: float = LENGTHS[0], furthest: float = LENGTHS[1]) -> Map:
    """The same scene in shares of the way from the nearest distance to the furthest."""
    distance = 1 / (NEAR * (1 / nearest - 1 / furthest) + 1 / furthest)
    return ((distance - nearest) / (furthest - nearest)).astype(np.float32)


def grey_jpeg(share: Map, **options: object) -> bytes:
    return jpeg(Image.fromarray(grey(share)), **options)


KINDS: dict[str, tuple[Callable[[], bytes], float]] = {
    "a portrait of an iPhone": (lambda: heic(NEAR), STEP),
    "a portrait in tiles": (lambda: heic(scene(120, 90), tile_size=128), STEP),
    "a HEIC of distances": (lambda: heic(distances(), uniform_z=LENGTHS), 4 * STEP),
    "distances of an iPhone as JPEG": (lambda: apple(distances(*APPLES), PHOTO, "depth"), 0.3),
    "a portrait of an iPhone as JPEG": (lambda: apple(NEAR, PHOTO), LOSSY),
    "GDepth": (lambda: gdepth(png_of(1 - NEAR), PHOTO, at_once=True), STEP),
    "GDepth in extended XMP": (lambda: gdepth(png_of(1 - NEAR, 16), PHOTO, piece=5000), STEP / 100),
    "GDepth of distances": (lambda: gdepth(png_of(distances(), 16), PHOTO, "RangeLinear"), STEP / 10),
    "GDepth as JPEG": (lambda: gdepth(grey_jpeg(1 - NEAR), PHOTO), LOSSY),
    "Dynamic Depth": (lambda: dynamic(grey_jpeg(1 - NEAR), PHOTO, before=PHOTO, after=PHOTO), LOSSY),
    "Dynamic Depth of Android's own camera": (lambda: dynamic(png_of(1 - NEAR), PHOTO, dd=True), STEP),
    "what we keep": (lambda: with_depth(PHOTO, to_png(NEAR)), STEP / 100),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_file_tells_how_near_things_are(kind):
    make, exact = KINDS[kind]
    photo = seen(make())
    assert photo.image.size == (photo.width, photo.height) == (depths.WIDTH, depths.HEIGHT)
    assert away(photo.near, NEAR if photo.near.shape == NEAR.shape else scene(120, 90)) < exact
    assert photo.notices == ()


def test_a_photo_without_depth_has_none_and_costs_no_second_process(monkeypatch):
    asked = []
    ask = photo_decoder.ask
    monkeypatch.setattr(
        photo_decoder, "ask", lambda verb, *words, **more: asked.append(verb) or ask(verb, *words, **more)
    )
    assert opened(PHOTO).near is None
    assert asked == ["photo"]
    with io.BytesIO(gdepth(png_of(1 - NEAR), PHOTO)) as file:
        assert photo_decoder.decode(file, "photo").depth is None  # nobody has asked for it
    assert asked == ["photo"] * 2


@pytest.mark.parametrize(
    "orientation", [pytest.param(which, marks=[pytest.mark.slow] * (which not in (1, 2, 6))) for which in LAID_DOWN]
)
def test_the_map_stands_as_the_photo_does(orientation):
    lying = jpeg(laid_down(picture(), orientation), orientation)
    beneath = io.BytesIO()
    laid_down(Image.fromarray(grey(1 - NEAR)), orientation).save(beneath, "PNG")
    for data in (
        gdepth(beneath.getvalue(), lying),
        heic(NEAR, orientation=orientation),
        heic(NEAR, orientation=orientation, turned=False),  # only the photo says how it is turned
    ):
        photo = seen(data)
        assert (photo.width, photo.height) == (depths.WIDTH, depths.HEIGHT)
        assert away(photo.near) < STEP


def test_a_map_that_stands_already_beside_a_photo_that_lies_stays_so():
    assert away(seen(gdepth(png_of(1 - NEAR), jpeg(laid_down(picture(), 6), 6))).near) < STEP


def test_a_large_map_is_made_smaller_and_a_narrow_range_spread():
    large = scene(2048, 1536)
    near = seen(gdepth(png_of(0.4 + (1 - large) / 5, 16), PHOTO)).near
    assert near.shape == (768, 1024)
    assert (near.min(), near.max()) == (0, 1)
    assert np.abs(near - scene(1024, 768)).mean() < 0.01


def broken(data: bytes) -> bytes:
    return data[: len(data) // 2] + bytes(len(data) - len(data) // 2)


def bomb() -> bytes:
    """A map of 400 million pixels in few bytes."""
    return png(np.zeros((1, 1), np.uint8)).replace(b"\0\0\0\x01\0\0\0\x01", b"\0\0\x4e\x20\0\0\x4e\x20", 1)


_TEXT = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'

DAMAGED: dict[str, tuple[Callable[[], bytes], str]] = {
    "constant": (lambda: gdepth(png_of(np.full((120, 160), 0.5, np.float32)), PHOTO), "nearly the same"),
    "noise": (lambda: gdepth(png_of(np.random.default_rng(0).random((120, 160), np.float32)), PHOTO), "but noise"),
    "another kind": (lambda: gdepth(png_of(NEAR), PHOTO, "Bogus"), "an unknown kind"),
    "few layers": (lambda: gdepth(png_of(np.floor(NEAR * 8) / 8), PHOTO), "nearly the same"),
    "small": (lambda: gdepth(png_of(scene(60, 45)), PHOTO), "too small"),
    "of another shape": (lambda: gdepth(png_of(scene(160, 160)), PHOTO), "the photo's shape"),
    "huge": (lambda: gdepth(bomb(), PHOTO), "too large"),
    "half a PNG": (lambda: gdepth(broken(png_of(1 - NEAR)), PHOTO), "damaged"),
    "half a JPEG": (lambda: gdepth(broken(grey_jpeg(1 - NEAR)), PHOTO), "damaged"),
    "no picture": (lambda: gdepth(b"a text", PHOTO), "damaged"),
    "no Base64": (lambda: gdepth(png_of(NEAR), PHOTO, at_once=True).replace(b"iVBOR", b"iVB\xc3\xa9", 1), "damaged"),
    "no range": (
        lambda: gdepth(png_of(NEAR), PHOTO, "RangeLinear").replace(b'Far="12"', b'Far="-1"'),
        "damaged",
    ),
    "a missing piece": (
        lambda: gdepth(png_of(1 - NEAR, 16), PHOTO, piece=500).replace(b"/xmp/extension/", b"/xmp/extensiox/", 1),
        "damaged",
    ),
    "broken XMP": (lambda: gdepth(png_of(NEAR), PHOTO, at_once=True).replace(b"</rdf:RDF>", b"</rdf:RDX>"), "damaged"),
    "XMP with definitions": (
        lambda: depths.with_segments(PHOTO, depths.standard(_TEXT.encode() + b'<x a="/depthmap/"/>')),
        "damaged",
    ),
    "cut off": (lambda: dynamic(grey_jpeg(1 - NEAR), PHOTO)[:-100], "damaged"),
    "a HEIC that breaks off in its map": (lambda: heic(NEAR)[:-600], "damaged"),
    "a constant HEIC": (lambda: heic(np.full((120, 160), 0.5, np.float32)), "nearly the same"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_map_that_tells_nothing_is_refused_with_a_reason(kind):
    make, reason = DAMAGED[kind]
    with pytest.raises(BadDepth, match=reason):
        seen(make())


def test_the_photo_opens_whatever_its_map_is_and_it_is_said_why_that_is_ignored():
    whole, cut = opened(heic(NEAR)), opened(heic(NEAR)[:-600])
    assert away(whole.near) < STEP
    assert (whole.notices, cut.near, cut.image) == ((), None, whole.image)
    assert cut.notices == ("The depth map that comes with photo is ignored: it is damaged.",)


def test_marks_of_depth_without_any_are_passed_over_in_silence():
    gain = 'xmlns:apdi="http://ns.apple.com/pixeldatainfo/1.0/"'
    said = depths.xmp(
        "<apdi:AuxiliaryImageType>urn:com:apple:photo:2020:aux:hdrgainmap</apdi:AuxiliaryImageType>", "", gain
    )
    for data in (depths.with_segments(PHOTO, depths.standard(said)), apple(NEAR, PHOTO, "portraiteffectsmatte")):
        assert is_marked(data)
        assert seen(data).near is None
    for said in (b'Item:Semantic="Depth"', b"Item:Semantic='DepthMap'", b"<Item:Semantic>Depth</Item:Semantic>"):
        assert is_marked(PHOTO + said)
    assert not is_marked(PHOTO + b'Item:Semantic="GainMap"')


def test_a_map_that_its_reader_does_not_survive_costs_the_map_and_not_the_photo(monkeypatch):
    ask = photo_decoder.ask

    def asking(verb: str, *words: str, **more: object) -> object:
        if verb == "depth":
            more["limits"] = ReadingLimits(patience=0.001)
        return ask(verb, *words, **more)

    monkeypatch.setattr(photo_decoder, "ask", asking)
    photo = opened(gdepth(png_of(1 - NEAR), PHOTO))
    assert photo.near is None
    assert photo.notices == ("The depth map that comes with photo is ignored: it takes too long to read.",)


def photo_of(near: Map, size: tuple[int, int] = (1600, 1200)) -> Photo:
    """Its picture shows the map, so that both can be compared once they are fitted."""
    image = Image.fromarray(grey(near)).resize(size, Image.Resampling.BILINEAR).convert("RGB")
    return Photo(image, *size, near=near)


@pytest.mark.parametrize("fit", ["crop", "pad"])
@pytest.mark.parametrize("size", [(448, 256), (256, 448), (96, 96)])
def test_the_map_is_cropped_as_the_photo_is(size, fit):
    photo = photo_of(scene(640, 480))
    for focus in ((0.0, 0.0), (0.5, 0.5), (0.9, 0.7)):
        near = photo.fitted_near(*size, focus=focus, fit=fit)
        pixels = photo.fitted(*size, focus=focus, fit=fit)[..., 0] / 255
        assert near.shape == pixels.shape
        inside = near > 0 if fit == "pad" else np.ones(near.shape, bool)  # beside it the picture is blurred
        assert np.abs(near - pixels)[inside].mean() < 0.01


def test_a_map_of_a_slightly_other_shape_lies_over_the_same_parts():
    """Phones round to whole blocks."""
    photo = replace(photo_of(scene(640, 480)), near=scene(640, 464))
    near = photo.fitted_near(256, 256, focus=(0.2, 0.5))
    pixels = photo.fitted(*near.shape[::-1], focus=(0.2, 0.5))[..., 0] / 255
    assert np.abs(near - pixels).mean() < 0.01


def test_a_map_of_few_pixels_stays_small_in_the_shape_of_the_video():
    near = photo_of(scene(160, 120)).fitted_near(1024, 576)
    assert near.shape == (90, 160)
    padded = photo_of(scene(160, 120)).fitted_near(1024, 576, fit="pad")
    assert padded.shape == (120, 213)
    assert (padded[:, :26] == 0).all()
    assert Photo(picture(), 320, 240).fitted_near(448, 256) is None


def test_what_is_kept_is_a_jpeg_that_any_program_shows_and_we_can_take_its_depth_from():
    map_file = to_png(NEAR)
    kept = with_depth(PHOTO, map_file)
    with Image.open(io.BytesIO(kept)) as image, Image.open(io.BytesIO(PHOTO)) as plain:
        assert image.convert("RGB").tobytes() == plain.convert("RGB").tobytes()
    assert has_depth(kept[:2000])
    assert without_depth(kept) == PHOTO
    assert (has_depth(PHOTO), without_depth(PHOTO)) == (False, PHOTO)
    theirs = dynamic(map_file, PHOTO)
    assert without_depth(theirs) == theirs


def test_what_an_iphone_says_of_its_map_is_read():
    said = bytes.fromhex("00000011 0000000d 4e01 b109 351e78c80103c5d020")  # disparity from 0.15 to 3.2
    assert nearness_of(said) is disparity
    assert nearness_of(b"") is disparity
    for cut in range(14, len(depths.sei(*LENGTHS)) - 1):
        said = depths.sei(*LENGTHS)[:cut]
        with pytest.raises(ValueError, match="bits"):
            nearness_of(said)


def test_a_map_as_a_file_is_exact_to_16_bits():
    assert np.abs(from_png(to_png(NEAR)) - NEAR).max() <= 0.51 / 65535
    with pytest.raises(ValueError, match="mode RGB"):
        from_png(png(np.zeros((4, 4, 3), np.uint8)))
