"""A server and a browser for all tests of a worker, and somebody who visits."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.devices import DEVICES
from tests.browser.views import SHORT
from tests.browser.visitor import Visitor
from tests.conftest import EXAMPLES, ROOT, known_numbers
from tests.support import shelf
from tests.support.site import Site

Visit = Callable[..., Visitor]


def prepared(folder: Path, *options: str) -> Site:
    """A server on a machine whose speed is known, so that no estimate waits for it to be measured."""
    site = Site(folder, *options)
    site.home.mkdir(parents=True)
    rates = {device: {"product": 5e11} for device in ("cpu", "mps", "cuda")}
    (site.home / "rates.json").write_text(json.dumps(rates))
    (site.home / "numbers.json").write_text(known_numbers())
    return site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for all, with what the others have left there."""
    site = prepared(tmp_path_factory.mktemp("site"))
    site.start()
    yield site
    site.stop()


NewClips = Callable[..., list[str]]


@pytest.fixture(scope="session")
def new_clips(site: Site, tmp_path_factory: pytest.TempPathFactory) -> NewClips:
    """Put clips of these example photos onto the shelf, in this order; their ids. Of each photo one is made.

    Each has a photo of its own, or, with `stacked`, those of one photo lie in a stack.
    """
    made: dict[str, shelf.Clip] = {}

    def put(*names: str, stacked: bool = False) -> list[str]:
        ids: list[str] = []
        for name in {*names} - {*made}:
            made[name] = shelf.Clip(site, EXAMPLES / name, tmp_path_factory.mktemp("clip"), **SHORT)
        for name in names:
            like = names.index(name)
            ids.append(made[name].put(site, ids[like] if stacked and like < len(ids) else None))
        return ids

    return put


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """One of its own, with nothing on it; to be killed, too."""
    site = prepared(tmp_path / "site")
    site.start()
    yield site
    site.stop()


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The size of the window."""
    return DEVICES[request.param]


CLOSE_SECONDS = 30


def close(visitor: Visitor) -> None:
    """Close what a visitor has open. Now and then Chromium never says that it has, and Playwright waits for ever: then
    it is left to the browser's own end, which is a process's."""

    def too_late(number: int, frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, too_late)
    left, again = signal.setitimer(signal.ITIMER_REAL, CLOSE_SECONDS)  # which is the test's own timeout, otherwise
    try:
        visitor.context.close()
    except TimeoutError:
        print("Chromium did not close a context.", file=sys.stderr)  # of the browser, and not of what is tested
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, left, again)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Let somebody visit a site. Nothing is asked of anybody else, and the browser complains of nothing."""
    visitors: list[tuple[Visitor, bool]] = []

    def come(
        site: Site, device: dict[str, Any] = DEVICES["desktop"], *, trouble: bool = False, **options: Any
    ) -> Visitor:
        """With `trouble`, requests will fail, and the browser says so."""
        visitor = Visitor(browser, site, device, **options)
        visitors.append((visitor, trouble))
        return visitor

    yield come
    for visitor, _ in visitors:
        close(visitor)
    for visitor, trouble in visitors:
        assert visitor.elsewhere() == []
        failed = [text for text in visitor.complaints if trouble and text.startswith("Failed to load resource")]
        assert [text for text in visitor.complaints if text not in failed] == []


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Stable Video Diffusion with random weights."""
    from tests.engines.svd import checkpoint

    return checkpoint.save(tmp_path_factory.mktemp("tiny"), variant="fp16")


@pytest.fixture
def import_model(tiny: Path) -> Callable[[Site], None]:
    """Lets a machine have the default model, before its server starts: a tiny one, which develops as the real one."""

    def do(site: Site) -> None:
        command = ("-m", "videoai", "models", "import", str(tiny), "--as", "svd-xt", "--precision", "16", "-q")
        subprocess.run([sys.executable, *command], cwd=ROOT, env=site.environment, check=True, timeout=120)

    return do


@pytest.fixture
def model_site(tmp_path: Path, import_model: Callable[[Site], None]) -> Iterator[Site]:
    """A server whose default model is here."""
    site = prepared(tmp_path / "site")
    import_model(site)
    site.start()
    yield site
    site.stop()
