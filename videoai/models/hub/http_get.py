"""One GET over the network, with nothing of the user's in it but what is meant for that host."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy

from videoai.errors import DownloadFailed, HubUnreachable
from videoai.language import say
from videoai.models.hub.network import PORTS, certificate_trouble, certificates, host_of, proxy_trouble
from videoai.models.hub.progress import DownloadProgress
from videoai.version import __version__

CONNECT_SECONDS = 15.0
STALL_SECONDS = 30.0
"""After so long without a byte a connection counts as lost."""

BACKOFF = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""How long to wait before each further try, in seconds; progress begins it anew."""

LONGEST_WAIT = 120.0
"""For longer than this we do not wait, whatever the hub asks for."""

_HOST = re.compile(r"[a-z0-9._:-]{1,253}")
_LONG = 4.0
"""A wait from which on the user is told why nothing happens, in seconds."""

_REDIRECTS = 8

OFFLINE_HINT = say(
    "Connect to the internet and run the same command again: VideoAi keeps what it has "
    "downloaded. Or use weights you already have: “videoai models import PATH”. Or choose a "
    "model that needs none: “--model draft”."
)


class Passing(Exception):
    """Trouble that another try may get over: what to say if it does not, and how long to wait at least."""

    def __init__(self, failure: DownloadFailed, wait: float = 0.0) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.wait = wait


class Patience:
    """Waits between tries, longer each time, and gives up after `tries` that brought nothing."""

    def __init__(self, progress: DownloadProgress, tries: int | None = None) -> None:
        self._progress = progress
        self._waits = BACKOFF[:tries]
        self._failures = 0

    def progress(self) -> None:
        """Something was gained since the last failure."""
        self._failures = 0

    def wait(self, trouble: Passing) -> None:
        """Wait for the next try. Raises DownloadFailed if there have been enough."""
        if self._failures >= len(self._waits):
            raise trouble.failure from trouble
        seconds = max(trouble.wait, self._waits[self._failures])
        self._failures += 1
        if seconds >= _LONG:
            self._progress.notice(
                say(
                    "{trouble} Trying again in {seconds:.0f} seconds.", trouble=trouble.failure.message, seconds=seconds
                )
            )
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._progress.beat()
            time.sleep(min(left, 0.2))


@dataclass(frozen=True, slots=True)
class Answer:
    """A response whose body is still to be read; `trusted` if it is of the host that was asked, not of a redirect."""

    status: int
    headers: Mapping[str, str]
    host: str
    trusted: bool
    response: requests.Response

    def read(self, count: int) -> bytes:
        """The next bytes as soon as there are any, at most `count`; empty at the end. Raises Passing."""
        try:
            return self.response.raw.read1(count, decode_content=False) or b""
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise lost(self.host) from error


@contextmanager
def get(url: str, headers: Mapping[str, str], private: Mapping[str, str]) -> Iterator[Answer]:
    """Ask for `url` and follow redirects; the headers in `private` go only to the host and port of `url` itself.

    Raises DownloadFailed if the proxy, a certificate or a redirect is at fault, Passing if the network is.
    """
    common = {"User-Agent": f"videoai/{__version__}", "Accept-Encoding": "identity", **headers}
    here = url
    for _ in range(_REDIRECTS):
        trusted = _origin(here) == _origin(url)
        # The adapter alone: a Session would add passwords from netrc, keep cookies and follow redirects itself.
        with (
            closing(HTTPAdapter()) as adapter,
            _sent(adapter, here, {**common, **(private if trusted else {})}) as response,
        ):
            target = response.headers.get("Location") if response.status_code in (301, 302, 303, 307, 308) else None
            if target is None:
                yield Answer(response.status_code, response.headers, host_of(here), trusted, response)
                return
        here = _redirected(here, target)
    raise DownloadFailed(say("{host} redirects in a circle.", host=host_of(url)), say("Try again later."))


@contextmanager
def _sent(adapter: HTTPAdapter, url: str, headers: Mapping[str, str]) -> Iterator[requests.Response]:
    proxies = get_environ_proxies(url)  # on a Mac also those of the system's settings
    proxy = select_proxy(url, proxies)
    try:
        request = requests.Request("GET", url, headers=headers).prepare()
        verify = certificates() if url.startswith("https:") else True
        response = adapter.send(
            request, stream=True, timeout=(CONNECT_SECONDS, STALL_SECONDS), verify=verify, proxies=proxies
        )
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise _trouble(error, host_of(url), proxy) from error
    with response:
        if response.status_code == 407:
            raise proxy_trouble(proxy)
        yield response


def _redirected(url: str, target: str) -> str:
    try:
        there = urljoin(url, target)
        parts = urlsplit(there)
        known = parts.scheme in PORTS and _HOST.fullmatch(parts.hostname or "") is not None and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise DownloadFailed(say("{host} redirects to an invalid address.", host=host_of(url)), say("Try again later."))
    if urlsplit(url).scheme == "https" and parts.scheme != "https":
        raise DownloadFailed(
            say(
                "{host} redirects to an address without encryption, {other}; VideoAi refused it.",
                host=host_of(url),
                other=host_of(there),
            ),
            say("Something on the network may be changing its answers: try another network."),
        )
    return there


def _trouble(error: Exception, host: str, proxy: str | None) -> DownloadFailed | Passing:
    """What to say about an error of sending."""
    if found := certificate_trouble(str(error), host):
        return found
    if isinstance(error, requests.exceptions.ProxyError) or (
        isinstance(error, requests.exceptions.ConnectionError) and (proxy or "").startswith("socks")
    ):
        return Passing(proxy_trouble(proxy, str(error)))
    if isinstance(error, ValueError):  # of an address: it is none, or of a kind that is not known here (SOCKS)
        if proxy:
            return proxy_trouble(proxy, str(error))
        return DownloadFailed(
            say("VideoAi cannot contact {host}: the address is not valid.", host=host or say("The address")),
            say("Check HF_ENDPOINT."),
        )
    if isinstance(error, requests.exceptions.ReadTimeout):
        return Passing(DownloadFailed(say("{host} does not answer.", host=host), OFFLINE_HINT))
    return Passing(HubUnreachable(say("VideoAi could not reach the hub at {host}.", host=host), OFFLINE_HINT))


def lost(host: str) -> Passing:
    """The error for a connection that ended before the answer did."""
    return Passing(DownloadFailed(say("The connection to {host} was lost.", host=host), OFFLINE_HINT))


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
