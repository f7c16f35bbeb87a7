"""Talking to the hub: only what is meant for it goes out, nothing it says is believed, every trouble is a sentence."""

from __future__ import annotations

import base64
import http.server
import importlib.util
import json
import os
import re
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from email.utils import formatdate

import certifi
import pytest

from tests.conftest import find_tool
from tests.models.hub import server as hub_server
from tests.models.hub.server import LISTING, Fault, HubServer
from videoai import __version__
from videoai.errors import AccessNeeded, BadInput, DownloadFailed
from videoai.models.hub import api as hub
from videoai.models.hub import http_get
from videoai.models.hub.api import RemoteFile

REPO = "owner/name"
SMALL, LARGE = "unet/config.json", "unet/model.safetensors"
SECRET = "hf_" + "s3cr3t" * 5


@pytest.fixture
def server(tmp_path, monkeypatch):
    folder = tmp_path / "hub" / REPO
    (folder / "unet").mkdir(parents=True)
    (folder / SMALL).write_text("{}")
    (folder / LARGE).write_bytes(bytes(range(256)) * 40)
    with HubServer(tmp_path / "hub") as server:
        hub_server.use(monkeypatch, server, tmp_path / "hf")
        yield server


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(http_get, "BACKOFF", (0.01, 0.01, 0.01))


def ask():
    return hub.list_files(REPO, [SMALL, LARGE])


def read(listing):
    """All bytes of the large file, as they come."""
    with hub.open_file(listing, listing.files[1], {}) as answer:
        body = b""
        while piece := answer.read(1000):
            body += piece
        return body


def sentence(caught):
    """What the user sees; it holds no secret, no address with a signature, no trace of Python."""
    text = f"{caught.value.message} {caught.value.hint}"
    for part in (SECRET, "Traceback", "signature", "object at", "urllib3", "HTTPConnection", "Errno", "password1"):
        assert part not in text
    assert caught.value.message.endswith(".")
    assert caught.value.hint.endswith(".")
    return text


# Listing


def test_the_listing_has_commit_sizes_and_hashes_in_the_order_asked(server):
    listing = hub.list_files(REPO, [LARGE, SMALL])
    sha1, sha256 = server.hashes(REPO, SMALL)[0], server.hashes(REPO, LARGE)[1]
    assert listing.repo == REPO
    assert listing.commit == server.commit(REPO)
    assert listing.files == (RemoteFile(LARGE, 10240, sha256, sha256), RemoteFile(SMALL, 2, sha1, None))


def test_a_file_that_is_not_there_is_named(server):
    with pytest.raises(DownloadFailed, match=r"owner/name on the hub no longer has the file vae/gone\.json") as caught:
        hub.list_files(REPO, [SMALL, "vae/gone.json"])
    sentence(caught)


def sibling(name=SMALL, **changes):
    return {"rfilename": name, "size": 2, "blobId": "a" * 40, **changes}


def lfs(**changes):
    return {"lfs": {"sha256": "a" * 64, "size": 10, "pointerSize": 134, **changes}}


GOOD = [sibling(), sibling(LARGE, **lfs())]


@pytest.mark.parametrize(
    "name", ["../x", "..\\x", "/x", "C:\\x", "a/../../x", "a\0", "a\n", "", "x" * 2000, None, 5, {"a": 1}, "\ud800"]
)
def test_a_listing_with_a_hostile_name_is_refused_whole(server, name):
    server.listings[REPO] = {"sha": "c" * 40, "siblings": [*GOOD, sibling(name)]}
    with pytest.raises(DownloadFailed, match="damaged and was refused") as caught:
        ask()
    assert sentence(caught).isprintable()


@pytest.mark.parametrize(
    "found",
    [
        *(None, 5, "text", [], {}, {"siblings": GOOD}, {"sha": "c" * 40}, {"sha": "c" * 40, "siblings": {}}),
        *({"sha": sha, "siblings": GOOD} for sha in ("C" * 40, "c" * 39, "../../../etc", 5, None, "c" * 40 + "\n")),
        *({"sha": "c" * 40, "siblings": [entry, GOOD[1]]} for entry in (None, 5, "text", [], {})),
        *(
            {"sha": "c" * 40, "siblings": [sibling(**changes), GOOD[1]]}
            for changes in (
                *({"size": size} for size in (-1, 1.5, "2", None, True, 10**15)),
                *({"blobId": blob} for blob in (None, "a" * 39, "../x", "A" * 40, "a" * 64, 5)),
                *({"lfs": value} for value in ([], 5, "text", {})),
                *(lfs(sha256=value) for value in (None, "a" * 63, "A" * 64, "../x", "a" * 40)),
                *(lfs(size=value) for value in (-1, None, "10", 1e300)),
            )
        ),
    ],
)
def test_a_listing_that_is_not_what_it_should_be_is_refused(server, found):
    server.listings[REPO] = found
    with pytest.raises(DownloadFailed, match=r"damaged|did not answer with a list of files") as caught:
        ask()
    sentence(caught)


def test_the_good_listing_of_these_tests_is_accepted(server):
    server.listings[REPO] = {"sha": "c" * 40, "siblings": GOOD}
    assert [file.size for file in ask().files] == [2, 10]


@pytest.mark.parametrize("body", [b"<html>Sign in to the hotel's network", b"", b"\xff\xfe", b"[" * 200_000, b"NaN"])
def test_an_answer_that_is_no_json_speaks_of_networks_that_want_a_sign_in(server, body):
    server.faults[LISTING] = Fault(body=body)
    with pytest.raises(DownloadFailed, match="did not answer with a list of files") as caught:
        ask()
    assert "sign in" in sentence(caught)


def test_a_listing_without_end_is_not_read_to_the_end(server):
    server.faults[LISTING] = Fault(body=b" " * 30_000_000)
    with pytest.raises(DownloadFailed, match="did not answer with a list of files"):
        ask()
    assert server.requests[0].sent < 15_000_000


# What goes out


def test_a_request_holds_nothing_but_what_is_needed(server, monkeypatch, own_home):
    """No cookie, no password from netrc, no name of a library, for neither host."""
    for name in (".netrc", "_netrc"):
        (own_home / name).write_text(
            "machine 127.0.0.1 login user password password1\ndefault login u password password1"
        )
        (own_home / name).chmod(0o600)
    server.faults[LISTING] = Fault(times=1, status=500, headers={"Set-Cookie": "session=1; Path=/"})
    read(ask())
    assert [(request.where, request.status) for request in server.requests] == [
        *(("hub", 500), ("hub", 200), ("hub", 302), ("cdn", 200))
    ]
    for request in server.requests:
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        assert headers == {"user-agent": f"videoai/{__version__}", "accept-encoding": "identity"}


def test_the_token_goes_to_the_hub_and_not_to_the_file_servers(server, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", SECRET)
    read(ask())
    sent = [(request.where, request.headers.get("authorization")) for request in server.requests]
    assert sent == [("hub", f"Bearer {SECRET}"), ("hub", f"Bearer {SECRET}"), ("cdn", None)]
    assert SECRET not in str([(request.path, request.headers) for request in server.gets(LARGE)])


def test_a_redirect_on_the_hub_itself_keeps_the_token(server, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", SECRET)
    commit = server.commit(REPO)
    server.faults[LARGE] = Fault(
        times=1, at="hub", status=307, headers={"Location": f"/{REPO}/resolve/{commit}/{SMALL}"}
    )
    assert read(ask()) == b"{}"
    assert server.requests[-1].headers["authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize(
    ("environment", "files", "expected"),
    [
        ({}, {}, None),
        ({"HF_TOKEN": "one", "HUGGING_FACE_HUB_TOKEN": "two"}, {"hf/token": "three"}, "one"),
        ({"HUGGING_FACE_HUB_TOKEN": "two"}, {"hf/token": "three"}, "two"),
        ({}, {"hf/token": "three\n"}, "three"),
        ({"HF_TOKEN": ""}, {"hf/token": "  three\n"}, "three"),
        ({"HF_TOKEN_PATH": "$HOME/other"}, {"hf/token": "three", "~/other": "four"}, "four"),
        ({"HF_HOME": ""}, {"~/.cache/huggingface/token": "five"}, "five"),
        ({"HF_HOME": "", "XDG_CACHE_HOME": "$X"}, {"x/huggingface/token": "six"}, "six"),
        ({}, {"hf/token": "\n"}, None),
    ],
)
def test_the_token_is_found_where_others_keep_it(tmp_path, monkeypatch, environment, files, expected):
    hub_server.use(monkeypatch, None, tmp_path / "hf")
    for name, value in environment.items():
        monkeypatch.setenv(name, value.replace("$X", str(tmp_path / "x")))
    for name, text in files.items():
        path = tmp_path / os.path.expanduser(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert hub.token() == expected


@pytest.mark.parametrize("text", [SECRET + "\nX-Evil: 1", SECRET + " x", SECRET + "é", "\x00" + SECRET])
def test_a_token_that_cannot_be_one_is_neither_sent_nor_shown(server, tmp_path, monkeypatch, text):
    (tmp_path / "token").write_text(text)
    monkeypatch.setenv("HF_TOKEN_PATH", str(tmp_path / "token"))
    with pytest.raises(AccessNeeded, match="characters that no token has") as caught:
        ask()
    sentence(caught)
    assert server.requests == []


@pytest.mark.parametrize("address", ["hub.example", "ftp://hub.example", "https://", "http://x:99999", "http://[::1"])
def test_an_endpoint_that_is_no_address_is_said(monkeypatch, address):
    monkeypatch.setenv("HF_ENDPOINT", address)
    with pytest.raises(BadInput, match="HF_ENDPOINT is not an address"):
        hub.endpoint()


def test_the_endpoint_is_the_hub_unless_another_is_named(monkeypatch):
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert hub.endpoint() == "https://huggingface.co"
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/hub/")
    assert hub.endpoint() == "https://mirror.example/hub"


# Refusals


@pytest.mark.parametrize(
    ("status", "code", "token", "kind", "parts"),
    [
        (401, "GatedRepo", False, AccessNeeded, ("accept the terms", f"https://huggingface.co/{REPO}", "HF_TOKEN=")),
        (401, "GatedRepo", False, AccessNeeded, ("settings/tokens", "hf auth login")),
        (403, "GatedRepo", True, AccessNeeded, ("has not accepted the terms", f"huggingface.co/{REPO}", "same user")),
        (401, "", True, AccessNeeded, ("does not know this token", "settings/tokens")),
        (403, "", True, AccessNeeded, ("cannot read owner/name", "settings/tokens")),
        (403, "", False, AccessNeeded, ("need to accept the terms", "HF_TOKEN=")),
        (401, "RepoNotFound", False, DownloadFailed, ("owner/name does not exist", "or it is private", "HF_TOKEN=")),
        (404, "RepoNotFound", True, DownloadFailed, ("owner/name does not exist on the hub", "renamed")),
        (404, "RevisionNotFound", True, DownloadFailed, ("owner/name has no such revision",)),
        (404, "", False, DownloadFailed, ("owner/name does not exist on the hub",)),
        (418, "", False, DownloadFailed, ("HTTP 418",)),
        (500, "", False, DownloadFailed, ("is having problems (HTTP 500)", "keeps what it has downloaded")),
    ],
)  # fmt: skip
def test_each_refusal_says_what_to_do(server, monkeypatch, status, code, token, kind, parts):
    if token:
        monkeypatch.setenv("HF_TOKEN", SECRET)
    server.faults[LISTING] = Fault(status=status, headers={"X-Error-Code": code}, body=b"<html>Sorry")
    with pytest.raises(kind) as caught:
        ask()
    text = sentence(caught)
    assert type(caught.value) is kind
    assert [part for part in parts if part not in text] == []


def test_a_repository_that_does_not_exist_is_said_with_and_without_a_token(server, monkeypatch):
    with pytest.raises(DownloadFailed, match="owner/nothing does not exist on the hub, or it is private"):
        hub.list_files("owner/nothing", [SMALL])
    monkeypatch.setenv("HF_TOKEN", SECRET)
    with pytest.raises(DownloadFailed, match="owner/nothing does not exist on the hub"):
        hub.list_files("owner/nothing", [SMALL])


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_trouble_of_the_hub_is_waited_out(server, status):
    server.faults[LISTING] = Fault(status=status, times=2)
    assert ask().commit == server.commit(REPO)


@pytest.mark.parametrize(
    "headers",
    [{"Retry-After": "1"}, {"RateLimit": '"api";r=0;t=1'}, {"Retry-After": "@date"}],
    ids=["seconds", "ratelimit", "date"],
)
def test_too_many_requests_is_waited_out_as_told(server, headers):
    headers = {
        name: value.replace("@date", formatdate(time.time() + 2, usegmt=True)) for name, value in headers.items()
    }
    server.faults[LISTING] = Fault(status=429, times=1, headers=headers)
    began = time.monotonic()
    ask()
    assert time.monotonic() - began >= 0.9


@pytest.mark.parametrize("wait", ["3600", "99999999999999999999"])
def test_a_wait_that_is_too_long_is_said_at_once(server, wait):
    server.faults[LISTING] = Fault(status=429, headers={"Retry-After": wait})
    with pytest.raises(DownloadFailed, match="too many requests") as caught:
        ask()
    assert re.search(r"in \d+ (min|h \d+ min): ", sentence(caught))
    assert len(server.requests) == 1


@pytest.mark.parametrize("header", ["soon", "-5", "", "1.5", "Thu, 99 Foo"])
def test_a_retry_after_that_says_nothing_is_no_obstacle(server, header):
    server.faults[LISTING] = Fault(status=429, times=1, headers={"Retry-After": header})
    ask()
    assert len(server.requests) > 1


# Networks


def test_no_network_says_what_else_can_be_done(server):
    server.disappear()
    with pytest.raises(DownloadFailed, match=r"VideoAi could not reach the hub at 127\.0\.0\.1:\d+") as caught:
        ask()
    text = sentence(caught)
    assert "videoai models import PATH" in text
    assert "--model draft" in text


def test_a_name_that_is_unknown_is_no_network(server, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.invalid")
    with pytest.raises(DownloadFailed, match=r"could not reach the hub at hub\.invalid"):
        ask()


def test_a_hub_that_says_nothing_is_left(server, monkeypatch):
    monkeypatch.setattr(http_get, "STALL_SECONDS", 0.2)
    server.faults[LISTING] = Fault(body=b"{}", stall_after=0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(DownloadFailed, match="does not answer") as caught:
            ask()
    sentence(caught)


def test_a_listing_that_comes_too_slowly_is_left(server, monkeypatch):
    monkeypatch.setattr(http_get, "STALL_SECONDS", 0.1)
    server.listings[REPO] = list(range(1000))
    server.faults[LISTING] = Fault(drip=(1, 0.02))
    with pytest.raises(DownloadFailed, match="was lost"):
        ask()


@pytest.mark.parametrize(
    "nonsense", [b"SSH-2.0-x\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a" * 100_000, b""]
)
def test_a_hub_that_talks_nonsense_is_left(server, monkeypatch, nonsense):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(10_000)
                        connection.sendall(nonsense)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(DownloadFailed, match="could not reach the hub") as caught:
            ask()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    sentence(caught)


@pytest.mark.parametrize(
    ("target", "match"),
    [
        ("file:///etc/passwd", "an invalid address"),
        ("ftp://x.example/", "an invalid address"),
        ("http://[::1", "an invalid address"),
        ("http://x:99999/", "an invalid address"),
        ("http://x\x1b7.example/", "an invalid address"),
        ("/api/models/owner/name/revision/main", "in a circle"),
    ],
)
def test_a_redirect_to_nowhere_is_refused(server, target, match):
    server.faults[LISTING] = Fault(status=302, headers={"Location": target})
    with pytest.raises(DownloadFailed, match=match) as caught:
        ask()
    sentence(caught)


@contextmanager
def proxy(status=None):
    """An HTTP proxy; what it was asked for is in its `seen`, with the headers."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append((self.command, self.path, dict(self.headers)))
            if status:
                return self.send_error(status)
            host, _, path = self.path.removeprefix("http://").partition("/")
            connection = http.client.HTTPConnection(host)
            connection.request("GET", f"/{path}", headers=dict(self.headers))
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("date", "server", "connection"):
                    self.send_header(name, value)
            self.end_headers()
            return self.wfile.write(body)

        do_CONNECT = do_GET  # noqa: N815

        def log_message(self, *unused):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.seen = seen
        server.address = f"http://user:password1@127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def test_a_proxy_in_the_environment_is_used_and_gets_its_password(server, monkeypatch):
    expected = read(ask())
    count = len(server.requests)
    with proxy() as between:
        monkeypatch.setenv("http_proxy", between.address)
        assert read(ask()) == expected
    assert [path.split("?")[0] for _, path, _ in between.seen] == [
        f"{server.endpoint}/api/models/{REPO}/revision/main",
        f"{server.endpoint}/{REPO}/resolve/{server.commit(REPO)}/{LARGE}",
        f"{server.cdn}/{REPO}//{LARGE}",
    ]
    assert len(server.requests) == 2 * count
    password = "Basic " + base64.b64encode(b"user:password1").decode()
    assert {headers.get("Proxy-Authorization") for _, _, headers in between.seen} == {password}


def test_no_proxy_is_honoured(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    ask()


def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://user:password1@127.0.0.1:{}", "cannot be reached"),
        ("http://[::1", "does not let VideoAi reach"),
        ("://", "does not let VideoAi reach"),
        ("gopher://127.0.0.1:{}", "does not let VideoAi reach"),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_is_said(server, monkeypatch, address, said, scheme):
    monkeypatch.setenv(f"{scheme}_proxy", address.format(closed_port()))
    monkeypatch.setenv("HF_ENDPOINT", server.endpoint.replace("http:", f"{scheme}:"))
    with pytest.raises(DownloadFailed, match=rf"The proxy .* {said}") as caught:
        ask()
    assert f"{scheme}_proxy" in sentence(caught)


@pytest.mark.parametrize("variable", ["ALL_PROXY", "https_proxy"])
@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4"])
def test_a_socks_proxy_says_what_to_install(server, monkeypatch, variable, scheme):
    if importlib.util.find_spec("socks"):
        pytest.skip("PySocks is installed, so that such a proxy is used")
    monkeypatch.setenv(variable, f"{scheme}://user:password1@127.0.0.1:{closed_port()}")
    monkeypatch.setenv("HF_ENDPOINT", server.endpoint.replace("http:", "https:"))
    with pytest.raises(DownloadFailed, match=rf"The proxy 127\.0\.0\.1:\d+ in {variable} uses SOCKS") as caught:
        ask()
    assert "pip install PySocks" in sentence(caught)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_refuses_is_said(server, monkeypatch, scheme):
    with proxy(407) as between:
        monkeypatch.setenv(f"{scheme}_proxy", between.address)
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint.replace("http:", f"{scheme}:"))
        with pytest.raises(DownloadFailed, match=r"The proxy 127\.0\.0\.1:\d+ does not let VideoAi reach") as caught:
            ask()
    sentence(caught)
    assert between.seen


@pytest.fixture
def encrypted(tmp_path):
    """A function that starts an HTTPS server which answers every request with `status` and `headers`."""
    openssl = find_tool("openssl", "openssl")
    command = f"{openssl} req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout key.pem"
    command += " -out cert.pem -subj /CN=test -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(dict(self.headers))
            self.send_response(server.status)
            for name, value in server.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(server.body)

        def log_message(self, *unused):
            pass

    class Quiet(http.server.ThreadingHTTPServer):
        def handle_error(self, *unused):
            pass

    with Quiet(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.status, server.headers, server.body, server.seen = 200, {}, b"", seen
        server.certificate = tmp_path / "cert.pem"
        server.endpoint = f"https://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def test_a_certificate_that_is_not_trusted_is_said_at_once(server, encrypted, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", encrypted.endpoint)
    monkeypatch.setenv("HF_TOKEN", SECRET)
    with pytest.raises(DownloadFailed, match=r"not secure: this computer does not trust its certificate") as caught:
        ask()
    assert "REQUESTS_CA_BUNDLE" in sentence(caught)
    assert encrypted.seen == []


def test_a_certificate_for_another_host_is_said(server, encrypted, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", encrypted.endpoint.replace("127.0.0.1", "localhost"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(encrypted.certificate))
    with pytest.raises(DownloadFailed, match=r"not secure: this computer does not trust its certificate"):
        ask()


@pytest.mark.parametrize(
    "content", [None, b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
)
@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_bundle_of_certificates_that_cannot_be_used_is_said(server, encrypted, tmp_path, monkeypatch, content, name):
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_bytes(content)
    monkeypatch.setenv("HF_ENDPOINT", encrypted.endpoint)
    monkeypatch.setenv(name, str(bundle))
    said = f"{name} names {bundle}, which " + (
        "cannot be read: it does not exist" if content is None else "contains no certificates"
    )
    with pytest.raises(DownloadFailed, match=re.escape(said)) as caught:
        ask()
    assert "unset it" in sentence(caught)


def test_a_bundle_without_the_certificate_that_is_needed_is_named(encrypted, tmp_path, monkeypatch):
    hub_server.use(monkeypatch, None, tmp_path / "hf")
    monkeypatch.setenv("HF_ENDPOINT", encrypted.endpoint)
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    with pytest.raises(DownloadFailed, match=r"not secure: this computer does not trust its certificate") as caught:
        ask()
    assert f"must be in {certifi.where()}, which SSL_CERT_FILE names" in sentence(caught)


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_company_s_own_certificate_can_be_trusted(encrypted, tmp_path, monkeypatch, name):
    hub_server.use(monkeypatch, None, tmp_path / "hf")
    monkeypatch.setenv("HF_ENDPOINT", encrypted.endpoint)
    monkeypatch.setenv(name, str(encrypted.certificate))
    encrypted.body = json.dumps({"sha": "c" * 40, "siblings": GOOD}).encode()
    assert ask().commit == "c" * 40


def test_from_encryption_to_none_is_refused(server, encrypted, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(encrypted.certificate))
    monkeypatch.setenv("HF_TOKEN", SECRET)
    encrypted.status, encrypted.headers = 302, {"Location": f"{server.endpoint}/api/models/{REPO}"}
    monkeypatch.setenv("HF_ENDPOINT", encrypted.endpoint)
    with pytest.raises(DownloadFailed, match="without encryption") as caught:
        ask()
    sentence(caught)
    assert encrypted.seen[0]["Authorization"] == f"Bearer {SECRET}"
    assert server.requests == []
