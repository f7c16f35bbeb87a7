"""The web app as a process of its own, and a browser to look at it."""

from __future__ import annotations

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import requests
from PIL import Image

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).resolve().parents[2]

_READY_SECONDS = 30.0

_NOT_WANTED = (
    # Two pages behind the address bar, which each context would load for a window that nobody sees.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    # And what Playwright does without for our sake: of two such lists Chromium reads the last.
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)

_BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


class Site:
    """`python app.py` of `root` on a free port, of a user whose home is `folder`: with data and videos below."""

    def __init__(self, folder: Path, *options: str, root: Path = ROOT) -> None:
        self.program: Sequence[str] = (sys.executable, str(root / "app.py"))
        self.folder, self.home, self.outputs, self._options = folder, folder / "data", folder / "videos", options
        self._root = root
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """For commands that are to work with the same history and models."""
        return os.environ | {
            "PYTHONPATH": str(self._root),
            "HOME": str(self.folder),
            "VIDEOAI_HOME": str(self.home),
            "VIDEOAI_OUTPUTS": str(self.outputs),
            "HF_HOME": str(self.home / "hub"),
        }

    def start(self) -> float:
        """Start the server; return the seconds until it answered. Raises RuntimeError if it does not."""
        self.folder.mkdir(parents=True, exist_ok=True)
        begun = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.program, "--port", str(self.port), *self._options],
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        while time.perf_counter() - begun < _READY_SECONDS:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    self.get("/api/health").raise_for_status()
                    return time.perf_counter() - begun
            except OSError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.01)
        raise RuntimeError(f"The server did not start: {self.said()}")

    def said(self) -> str:
        """What the server has printed."""
        return self._log.read_text("utf-8")

    @property
    def pid(self) -> int:
        """Of the server. Raises RuntimeError if it does not run."""
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"The server does not run: {self.said()}")
        return self._process.pid

    def kill(self) -> None:
        """End it as a crash would; its children notice by themselves."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """End it as Ctrl-C would."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=30)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let the run that is going on rest for a while, so that it can be looked at."""
        children = psutil.Process(self.pid).children()
        for child in children:
            child.suspend()
        try:
            yield
        finally:
            for child in children:
                child.resume()

    def get(self, path: str, **options: Any) -> requests.Response:
        """Ask for `path`."""
        return requests.get(self.url + path, timeout=30, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Post JSON, or what the options hold."""
        return requests.post(self.url + path, json=body, timeout=60, **options)

    def give(self, photo: Path, *, unlike: bool = False) -> dict[str, Any]:
        """Upload a photo; with `unlike` one that is a little unlike all that were given before."""
        content = _altered(photo) if unlike else photo.read_bytes()
        answer = self.post("/api/photos", files={"photo": (photo.name, content)})
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def ask(self, photo: Path, **settings: object) -> dict[str, Any]:
        """Ask for a video of `photo`, which is stacked with no other: the job."""
        answer = self.post("/api/jobs", {"photo_id": self.give(photo, unlike=True)["id"], "settings": settings})
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def job(self, job_id: str) -> dict[str, Any]:
        """The job as it is now."""
        found: dict[str, Any] = self.get(f"/api/jobs/{job_id}").json()
        return found

    def forget(self, job_id: str) -> None:
        """Delete the job and its files."""
        requests.delete(f"{self.url}/api/jobs/{job_id}?forever=1", timeout=30).raise_for_status()

    def wait(self, job_id: str, that: Callable[[dict[str, Any]], object], seconds: float = 60) -> dict[str, Any]:
        """The job, once `that` is true of it. Raises TimeoutError."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            job = self.job(job_id)
            if that(job):
                return job
            time.sleep(0.02)
        raise TimeoutError(f"It never came: {job}")


def _altered(photo: Path) -> bytes:
    """The photo with its first few pixels as they are in no other."""
    altered, out = Image.open(photo).convert("RGB"), io.BytesIO()
    for column in range(8):
        altered.putpixel((column, 0), tuple(os.urandom(3)))
    altered.save(out, "PNG", compress_level=1)
    return out.getvalue()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Site]:
    """A server that has started, and is stopped in the end."""
    site = Site(folder, *options)
    site.start()
    try:
        yield site
    finally:
        site.stop()


def ended(job: dict[str, Any]) -> bool:
    """Whether nothing more will come of it by itself."""
    return job["state"] in ("done", "failed", "cancelled", "stopped")


def chromium() -> str | None:
    """The system's Chromium or Chrome."""
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def open_chromium(playwright: Playwright) -> Browser:
    """Without a window, and without a word to anybody but us. Raises FileNotFoundError."""
    path = chromium()
    if path is None:
        raise FileNotFoundError("There is no Chromium on this machine.")
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    features = f"--disable-features={','.join(_NOT_WANTED)}"
    return playwright.chromium.launch(executable_path=path, args=[*quiet, "--disable-gpu", features])
