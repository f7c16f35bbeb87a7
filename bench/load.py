"""python -m bench.load: the web app under load, beside a draft that is being made, and the first look at its page.

For a minute there are twelve streams of events, three uploads at any time, each as slow as a phone's, and fifty
requests a second at fixed moments; how long a request took counts from the moment it was due. Nothing may be lost:
no request and no upload fails, and every stream hears of the end of every job.
"""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import sync_playwright

from bench.report import Figure, at_most, show
from tests.support.site import ROOT, Site, ended, open_chromium, running

STREAMS, UPLOADS, RATE = 12, 3, 50
PHOTO = ROOT / "examples" / "rocket.jpg"
DRAFT = {"model": "draft", "width": 1024, "height": 576, "frames": 25}
_UPLOAD_SECONDS = 1.0
_AFTER_SECONDS = 60.0
"""For the last jobs to end."""

_FIRST_LOOK = """
new MutationObserver((_, observer) => {
  const seen = (name) => performance.getEntriesByName(name).length > 0;
  if (!seen("usable") && document.querySelector(".empty-start button")) performance.mark("usable");
  if (document.body?.dataset.started === undefined) return;
  observer.disconnect();
  performance.mark("whole");
}).observe(document, { childList: true, subtree: true, attributeFilter: ["data-started"] });
"""


@dataclass
class Seen:
    """What came of the load."""

    latencies: list[float] = field(default_factory=list)
    uploads: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    ends: list[dict[str, str]] = field(default_factory=list)
    """For each stream, the last state of each job that it heard of."""


class Load:
    """All that is done to the server."""

    def __init__(self, site: Site, seconds: float) -> None:
        self.site, self.seen = site, Seen()
        self._end = time.perf_counter() + seconds
        self._count = int(seconds * RATE)
        self._local = threading.local()
        self._photo = site.give(PHOTO)  # now: three uploads at a time are what the server takes

    def run(self) -> Seen:
        """For the seconds that were asked for, and until the last job has ended."""
        connections = [self._connect() for _ in range(STREAMS)]
        streams = [self._listen(each) for each in connections]
        listeners = [threading.Thread(target=self._hear, args=(each,)) for each in connections]
        busy = [threading.Thread(target=self._upload) for _ in range(UPLOADS)]
        busy.append(threading.Thread(target=self._keep_working))
        for thread in (*listeners, *busy):
            thread.start()
        self._ask_on_time()
        for thread in busy:
            thread.join()
        for job_id in self.seen.jobs:
            self.site.wait(job_id, ended, _AFTER_SECONDS)
        self._wait_for_streams()
        for stream in streams:
            stream.shutdown(socket.SHUT_RDWR)
        for thread in listeners:
            thread.join()
        return self.seen

    def _wait_for_streams(self) -> None:
        end = time.perf_counter() + 10
        while self.lost() and time.perf_counter() < end:
            time.sleep(0.1)

    def lost(self) -> int:
        """Ends of jobs of which a stream did not hear."""
        return sum(states.get(job_id) != "done" for states in self.seen.ends for job_id in self.seen.jobs)

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=30)

    def _listen(self, connection: http.client.HTTPConnection) -> socket.socket:
        """Begin to listen; return the line, for hanging up."""
        connection.request("GET", "/api/events")
        return connection.sock  # which the connection gives away to the response, as that has no length

    def _hear(self, connection: http.client.HTTPConnection) -> None:
        states: dict[str, str] = {}
        self.seen.ends.append(states)
        name = ""
        with connection.getresponse() as stream:
            for line in stream:
                if line.startswith(b"event: "):
                    name = line[7:].decode().strip()
                elif line.startswith(b"data: ") and name in ("snapshot", "job"):
                    data = json.loads(line[6:])
                    for job in data["jobs"] if name == "snapshot" else [data]:
                        states[job["id"]] = job["state"]

    def _keep_working(self) -> None:
        """One draft is made and one waits."""
        while time.perf_counter() < self._end:
            active = self.site.get("/api/jobs?state=queued,running").json()["jobs"]
            if len(active) < 2:
                job = self.site.post("/api/jobs", {"photo_id": self._photo["id"], "settings": DRAFT})
                job.raise_for_status()
                self.seen.jobs.append(job.json()["id"])
            time.sleep(0.2)

    def _upload(self) -> None:
        """One after the other, each spread over a second."""
        photo = PHOTO.read_bytes()
        head = b'--line\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
        body = head + photo + b"\r\n--line--\r\n"
        pieces = [body[start : start + 16384] for start in range(0, len(body), 16384)]
        while time.perf_counter() < self._end:
            connection = self._connect()
            connection.putrequest("POST", "/api/photos")
            connection.putheader("Content-Type", "multipart/form-data; boundary=line")
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders()
            for piece in pieces:
                time.sleep(_UPLOAD_SECONDS / len(pieces))
                connection.send(piece)
            sent = time.perf_counter()
            answer = connection.getresponse()
            answer.read()
            self.seen.uploads.append(time.perf_counter() - sent)
            if answer.status != 201:
                self.seen.failed.append(f"upload: {answer.status}")
            connection.close()

    def _ask_on_time(self) -> None:
        """Each request at its moment, whatever became of those before."""
        estimate = json.dumps({"photo_id": self._photo["id"], "settings": {"model": "draft"}})
        wanted = [
            ("GET", "/api/jobs", None),
            ("GET", "/api/jobs?limit=5", None),
            ("POST", "/api/estimate", estimate),
            ("GET", "/api/models", None),
            ("GET", self._photo["url"], None),
            ("GET", "/static/app.js", None),
            ("GET", "/", None),
            ("GET", "/api/settings", None),
            ("GET", "/api/health", None),
            ("GET", "/static/styles/controls.css", None),
        ]
        begun = time.perf_counter()
        with ThreadPoolExecutor(max_workers=16) as pool:
            for number in range(self._count):
                due = begun + number / RATE
                time.sleep(max(0.0, due - time.perf_counter()))
                pool.submit(self._request, due, *wanted[number % len(wanted)])

    def _request(self, due: float, method: str, path: str, body: str | None) -> None:
        try:
            if not hasattr(self._local, "connection"):
                self._local.connection = self._connect()
            headers = {"Content-Type": "application/json"} if body else {}
            self._local.connection.request(method, path, body, headers)
            answer = self._local.connection.getresponse()
            answer.read()
            if answer.status != 200:
                self.seen.failed.append(f"{method} {path}: {answer.status}")
        except (OSError, http.client.HTTPException) as error:
            self.seen.failed.append(f"{method} {path}: {error!r}")
            del self._local.connection
        self.seen.latencies.append(time.perf_counter() - due)


def load_figures(site: Site, seconds: float) -> list[Figure]:
    """What a minute of it comes to."""
    load = Load(site, seconds)
    seen = load.run()
    for failure in seen.failed[:10]:
        print(failure)
    percentiles = quantiles(seen.latencies, n=100)
    return [
        at_most(f"of {len(seen.latencies)} requests and {len(seen.uploads)} uploads, failed", len(seen.failed), "", 0),
        at_most(f"ends of {len(seen.jobs)} drafts that one of {STREAMS} streams missed", load.lost(), "", 0),
        at_most("request, median", percentiles[49] * 1000, "ms", 50),
        at_most("request, 95th percentile", percentiles[94] * 1000, "ms", 50),
        Figure("request, 99th percentile", percentiles[98] * 1000, None, "ms", None, "", True),
        Figure("answer to an upload, median", median(seen.uploads) * 1000, None, "ms", None, "", True),
    ]


def page_figures(site: Site, runs: int) -> list[Figure]:
    """The first look at the page, with nothing in the browser's cache, once the server knows what computes here."""
    while not site.get("/api/settings").json()["machine"]["device"]:
        time.sleep(0.2)
    took, usable, whole, sizes = [], [], [], []
    with sync_playwright() as playwright:
        browser = open_chromium(playwright)
        for _ in range(runs + 1):  # the first warms the browser up
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            page = context.new_page()
            page.add_init_script(_FIRST_LOOK)
            received: list[float] = []
            devtools = context.new_cdp_session(page)
            devtools.on("Network.loadingFinished", lambda event, to=received: to.append(event["encodedDataLength"]))
            devtools.send("Network.enable")
            page.goto(site.url, wait_until="load")
            page.wait_for_selector(".empty-start button")
            page.wait_for_selector(".examples img")
            page.wait_for_timeout(1000)
            took.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
            usable.append(page.evaluate("performance.getEntriesByName('usable')[0].startTime"))
            whole.append(page.evaluate("performance.getEntriesByName('whole')[0].startTime"))
            sizes.append(sum(received))
            context.close()
        browser.close()
    return [
        at_most("first load of the page, transferred", max(sizes) / 1000, "kB", 250),
        at_most("first load of the page, until loaded", median(took[1:]), "ms", 300),
        at_most("first load of the page, until a photo can be chosen", median(usable[1:]), "ms", 300),
        Figure("first load of the page, until all is there", median(whole[1:]), None, "ms", None, "", True),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--runs", type=int, default=7, help="how many loads of the page to take the median of")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as site:
        figures += page_figures(site, options.runs)
        figures += load_figures(site, options.seconds)
    show(figures, as_json=options.json)


if __name__ == "__main__":
    main()
