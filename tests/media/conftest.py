"""What a browser shows of a picture file."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.media.pictures import Pixels

ChromiumsEye = Callable[[bytes], "Pixels | None"]

_ON_WHITE = """async (data) => {
    const image = new Image();
    image.src = `data:image/*;base64,${data}`;
    try { await image.decode(); } catch { return null; }
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0);
    return canvas.toDataURL("image/png").split(",")[1];
}"""


@pytest.fixture(scope="module")
def chromiums_eye(browser: Browser) -> Iterator[ChromiumsEye]:
    """The first frame of the picture in these bytes on white, 0–1, or None if Chromium cannot show it."""
    page = browser.new_page()

    def seen(data: bytes) -> Pixels | None:
        png = page.evaluate(_ON_WHITE, base64.b64encode(data).decode())
        if png is None:
            return None
        with Image.open(io.BytesIO(base64.b64decode(png))) as image:
            return np.asarray(image.convert("RGB")) / 255

    yield seen
    page.close()
