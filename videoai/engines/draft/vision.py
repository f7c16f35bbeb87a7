"""The subject of a photo as macOS finds it for “Copy Subject”: Apple's Vision, from macOS 14 on, through pyobjc.

Written after Apple's documentation and after what others call from Python, and tested with a stand-in for both
(tests/engines/draft/test_vision.py): on a Mac it has not been run yet.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from videoai.events import Map
from videoai.media.resampling import resampled

_READ_ONLY = 1
"""kCVPixelBufferLock_ReadOnly."""
_NUMBERS = {int.from_bytes(b"L00f", "big"): (np.float32, 1.0), int.from_bytes(b"L008", "big"): (np.uint8, 255.0)}
"""kCVPixelFormatType_OneComponent32Float and …8 → the numbers of a mask, and the one that stands for “surely”."""
_SURE = 0.5
"""What a pixel has at least that is the subject's; a mask without any shows none."""


def subject_mask(pixels: npt.NDArray[np.uint8]) -> Map | None:
    """How surely each pixel of a picture belongs to its subject, 0–1, or to one of several.

    None where there is no such subject, macOS is older, or the extra is not installed.
    """
    try:
        import Quartz
        import Vision
        from Foundation import NSData

        kind = Vision.VNGenerateForegroundInstanceMaskRequest
    except (ImportError, AttributeError):  # the latter is a framework of before macOS 14
        return None
    data = _png(pixels)
    handler = Vision.VNImageRequestHandler.alloc().initWithData_options_(
        NSData.dataWithBytes_length_(data, len(data)), None
    )
    request = kind.alloc().init()
    done, _ = handler.performRequests_error_([request], None)
    found = request.results() if done else None
    if not found:
        return None
    buffer, _ = found[0].generateScaledMaskForImageForInstances_fromRequestHandler_error_(
        found[0].allInstances(), handler, None
    )
    mask = None if buffer is None else _mask_in(buffer, Quartz)
    if mask is None or mask.max(initial=0) < _SURE:
        return None
    size = pixels.shape[1], pixels.shape[0]
    return np.asarray(resampled(Image.fromarray(mask), size, Image.Resampling.BILINEAR))


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _mask_in(buffer: Any, quartz: Any) -> Map | None:
    """A copy of what is in a CVPixelBuffer of one channel; None if its numbers are of another kind.

    Its rows may be longer than the picture is wide. Its memory is only there as long as it is locked.
    """
    numbers = _NUMBERS.get(quartz.CVPixelBufferGetPixelFormatType(buffer))
    if numbers is None or quartz.CVPixelBufferLockBaseAddress(buffer, _READ_ONLY) != 0:
        return None
    try:
        width, height = quartz.CVPixelBufferGetWidth(buffer), quartz.CVPixelBufferGetHeight(buffer)
        row = quartz.CVPixelBufferGetBytesPerRow(buffer)
        memory = quartz.CVPixelBufferGetBaseAddress(buffer).as_buffer(row * height)
        (kind, most) = numbers
        rows = np.frombuffer(memory, np.uint8).reshape(height, row)
        there = np.ascontiguousarray(rows[:, : width * np.dtype(kind).itemsize]).view(kind)
        mask: Map = np.clip(there.astype(np.float32) / np.float32(most), 0, 1)
        return mask
    finally:
        quartz.CVPixelBufferUnlockBaseAddress(buffer, _READ_ONLY)
