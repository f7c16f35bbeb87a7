"""The Mac's own mask of a subject. No Mac runs these tests: the system's modules are a stand-in that does what Apple's
documentation says, and refuses what it forbids."""

from __future__ import annotations

import io
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from videoai.engines.draft import guessed_subject, subject, vision

PIXELS = np.full((60, 90, 3), 200, np.uint8)
PIXELS[20:50, 30:60] = 30

RIGHT = np.zeros((60, 90), np.float32)
RIGHT[20:50, 30:60] = 1
KINDS = {"L00f": (np.float32, 1), "L008": (np.uint8, 255), "BGRA": (np.uint32, 1)}


class Buffer:
    """A CVPixelBuffer: rows with some bytes more than they need, in memory that is there while it is locked."""

    def __init__(self, mask: np.ndarray, kind: str) -> None:
        numbers, most = KINDS[kind]
        self.kind, self.height, self.width = kind, *mask.shape
        rows = (mask * most).astype(numbers).view(np.uint8).reshape(self.height, -1)
        self.rows = np.pad(rows, ((0, 0), (0, 24)), constant_values=7)
        self.locks: list[int] = []

    def as_buffer(self, size: int) -> memoryview:
        assert self.locks == [1]
        return memoryview(self.rows.tobytes())[:size]


class Mac:
    """What the frameworks find: `masks` are an observation's, one for each observation."""

    def __init__(self) -> None:
        self.buffers = [Buffer(RIGHT, "L00f")]
        self.succeeds, self.seen = True, None

    def modules(self) -> dict[str, ModuleType]:
        mac = self

        class Handler:
            @staticmethod
            def alloc() -> Handler:
                return Handler()

            def initWithData_options_(self, data: bytes, options: None) -> Handler:  # noqa: N802
                mac.seen = np.asarray(Image.open(io.BytesIO(data)))
                return self

            def performRequests_error_(self, requests: list[Request], error: None) -> tuple[bool, object]:  # noqa: N802
                for request in requests:
                    request.found = [Observation(buffer, self) for buffer in mac.buffers]
                return (True, None) if mac.succeeds else (False, "NSError")

        class Request:
            found = None

            @staticmethod
            def alloc() -> Request:
                return Request()

            def init(self) -> Request:
                return self

            def results(self) -> list[Observation] | None:
                return self.found

        class Observation:
            def __init__(self, buffer: Buffer | None, handler: Handler) -> None:
                self.buffer, self.handler = buffer, handler

            def allInstances(self) -> str:  # noqa: N802
                return "NSIndexSet"

            def generateScaledMaskForImageForInstances_fromRequestHandler_error_(  # noqa: N802
                self, instances: str, handler: Handler, error: None
            ) -> tuple[Buffer | None, object]:
                assert (instances, handler) == ("NSIndexSet", self.handler)
                return self.buffer, None if self.buffer else "NSError"

        def lock(buffer: Buffer, flags: int) -> int:
            buffer.locks.append(flags)
            return 0

        quartz = {
            "CVPixelBufferGetPixelFormatType": lambda buffer: int.from_bytes(buffer.kind.encode(), "big"),
            "CVPixelBufferLockBaseAddress": lock,
            "CVPixelBufferUnlockBaseAddress": lambda buffer, flags: buffer.locks.remove(flags),
            "CVPixelBufferGetWidth": lambda buffer: buffer.width,
            "CVPixelBufferGetHeight": lambda buffer: buffer.height,
            "CVPixelBufferGetBytesPerRow": lambda buffer: buffer.rows.shape[1],
            "CVPixelBufferGetBaseAddress": lambda buffer: buffer,
        }
        data = SimpleNamespace(dataWithBytes_length_=lambda content, length: content[:length])
        return {
            "Vision": module(VNImageRequestHandler=Handler, VNGenerateForegroundInstanceMaskRequest=Request),
            "Quartz": module(**quartz),
            "Foundation": module(NSData=data),
        }


def module(**content: object) -> ModuleType:
    made = ModuleType("a stand-in")
    made.__dict__.update(content)
    return made


@pytest.fixture
def mac(monkeypatch) -> Mac:
    """This computer is one, with macOS 14 and the extra."""
    made = Mac()
    for name, each in made.modules().items():
        monkeypatch.setitem(sys.modules, name, each)
    monkeypatch.setattr(subject, "sys", SimpleNamespace(platform="darwin"))
    monkeypatch.setattr(guessed_subject, "guessed_mask", lambda patches: "a guess")
    return made


@pytest.mark.parametrize("kind", ["L00f", "L008"])
def test_on_a_mac_the_system_says_where_the_subject_is(mac, kind):
    mac.buffers = [Buffer(RIGHT, kind)]
    found = subject.subject_mask(PIXELS)
    assert found.dtype == np.float32
    assert np.array_equal(found, RIGHT)
    assert np.array_equal(mac.seen, PIXELS)
    assert mac.buffers[0].locks == []


def test_a_mask_of_another_size_gets_that_of_the_picture(mac):
    mac.buffers = [Buffer(RIGHT.repeat(2, 0).repeat(2, 1), "L00f")]
    found = subject.subject_mask(PIXELS)
    assert found.shape == (60, 90)
    assert np.abs(found - RIGHT).mean() < 0.02


@pytest.mark.parametrize(
    "spoil",
    [
        lambda mac: setattr(mac, "buffers", []),
        lambda mac: setattr(mac, "buffers", [None]),
        lambda mac: setattr(mac, "buffers", [Buffer(0 * RIGHT, "L00f")]),
        lambda mac: setattr(mac, "buffers", [Buffer(RIGHT, "BGRA")]),
        lambda mac: setattr(mac, "succeeds", False),
    ],
    ids=["nothing found", "no mask", "an empty mask", "other numbers", "refused"],
)
def test_what_the_system_does_not_know_is_guessed(mac, spoil):
    spoil(mac)
    assert subject.subject_mask(PIXELS) == "a guess"


def test_before_macos_14_and_without_the_extra_it_is_guessed(mac, monkeypatch):
    monkeypatch.delattr(sys.modules["Vision"], "VNGenerateForegroundInstanceMaskRequest")
    assert subject.subject_mask(PIXELS) == "a guess"
    monkeypatch.setitem(sys.modules, "Vision", None)  # as if it were not installed
    assert subject.subject_mask(PIXELS) == "a guess"


def test_elsewhere_nobody_asks(monkeypatch):
    def asked(pixels: object) -> None:
        raise AssertionError

    monkeypatch.setattr(vision, "subject_mask", asked)
    monkeypatch.setattr(subject, "sys", SimpleNamespace(platform="linux"))
    assert subject.subject_mask(PIXELS).shape == (60, 90)
