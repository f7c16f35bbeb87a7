"""What Chromium draws of picture files: one page for all of a test file."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Page, sync_playwright

from bench.site import open_chromium
from tests.conftest import find_tool

_DRAW = """async ([kind, content]) => {
  const image = new Image();
  image.src = `data:image/${kind};base64,${content}`;
  await image.decode();
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  const context = canvas.getContext('2d', {colorSpace: 'srgb'});
  context.fillStyle = 'white';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
  return [canvas.width, canvas.height, btoa(Array.from(pixels, byte => String.fromCharCode(byte)).join(''))];
}"""


class Chromium:
    def __init__(self, page: Page) -> None:
        self._page = page

    def drawn(self, data: bytes, kind: str) -> npt.NDArray[np.float64]:
        """(height, width, 3) of 0–255, as on a white page. `kind`: png, jpeg, webp or avif."""
        width, height, pixels = self._page.evaluate(_DRAW, [kind, base64.b64encode(data).decode()])
        drawn = np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(height, width, 4)
        return drawn[:, :, :3].astype(float)


@contextmanager
def opened() -> Iterator[Chromium]:
    find_tool("chromium", "chromium")
    with sync_playwright() as playwright:
        browser = open_chromium(playwright)
        yield Chromium(browser.new_page())
        browser.close()
