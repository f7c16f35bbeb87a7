"""Nobody but this machine's own browser and scripts gets in, at any address: DNS rebinding, other sites' pages."""

from __future__ import annotations

import http.client
import json
import socket

import psutil
import pytest

from videoai.web.guard import HEADERS, headers_of


@pytest.fixture
def routes(idle):
    """Every method and path that the app knows, and some that it does not."""
    found = [("GET", "/nothere"), ("GET", "/api/nothere"), ("POST", "/api/nothere"), ("GET", "/static/nothere.css")]
    for rule in idle.app.url_map.iter_rules():
        path = rule.rule.replace("<language>", "it")
        while "<" in path:
            path = path[: path.index("<")] + "x" + path[path.index(">") + 1 :]
        found += [(method, path) for method in sorted(rule.methods)]
    return found


def ask(site, method, path, headers, body=None):
    """A request with just these headers. The answer's status, headers and body; of a stream only the beginning."""
    connection = http.client.HTTPConnection("127.0.0.1", site.server.port, timeout=30)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in [*headers, ("Content-Length", str(len(body or b"")))]:
        connection.putheader(name, value)
    connection.endheaders(body)
    response = connection.getresponse()
    stream = "event-stream" in (response.getheader("Content-Type") or "")
    found = response.status, response.headers, b"" if stream else response.read()
    connection.close()
    return found


def host(site):
    return f"localhost:{site.server.port}"


@pytest.mark.parametrize(
    "hosts",
    [
        ["evil.example:5001"],
        ["localhost.evil.com"],
        ["127.0.0.1.evil.com:5001"],
        ["evil.localhost"],
        [""],
        [],
        ["localhost:5001", "evil.example"],
        ["localhost, evil.example"],
        ["localhost:5001@evil.example"],
        ["evil.example/localhost"],
        ["localhost:"],
        ["localhost."],
        ["0.0.0.0"],
        ["8.8.8.8:5001"],
        ["2130706433"],
        ["127.1"],
        ["[::1"],
        ["[::2]:5001"],
        ["löcalhost"],
    ],
)
def test_only_our_own_names_get_in(idle, routes, hosts):
    for method, path in routes if hosts == ["evil.example:5001"] else routes[:8]:
        status, headers, body = ask(idle, method, path, [("Host", name.encode()) for name in hosts])
        assert status in (400, 403), (method, path)
        assert b"forbidden" in body or b"bad_input" in body or method == "HEAD"
        assert "Access-Control-Allow-Origin" not in headers


def test_our_own_names_do(idle):
    for name in ("localhost", "LOCALHOST", "127.0.0.1", "127.0.0.2", "[::1]"):
        for port in ("", f":{idle.server.port}", ":8080"):
            assert ask(idle, "GET", "/api/health", [("Host", name + port)])[0] == 200, name
    own = [each.address for card in psutil.net_if_addrs().values() for each in card if each.family == socket.AF_INET]
    for name in own:  # by the network's door they are right
        expected = 200 if name.startswith("127.") else 403
        assert ask(idle, "GET", "/api/health", [("Host", name)])[0] == expected, name


def test_another_sites_page_changes_and_reads_nothing(idle, routes):
    ours = f"http://{host(idle)}"
    others = [
        "https://evil.example",
        "null",
        "http://localhost:5001.evil.com",
        "http://localhost:1",
        ours + ".evil.com",
    ]
    for origin in [*others, ours.replace("http:", "https:"), "", f"{ours} {ours}"]:
        for method, path in routes if origin == others[0] else routes[:12]:
            headers = [("Host", host(idle)), ("Origin", origin), ("Cookie", "session=x")]
            status, answered, _ = ask(idle, method, path, headers)
            assert status == 403, (origin, method, path)
            assert not [name for name in answered if name.startswith("Access-Control")]


def test_with_both_names_anothers_it_is_refused(idle):
    headers = [("Host", "evil.example:5001"), ("Origin", "http://evil.example:5001")]
    assert ask(idle, "POST", "/api/estimate", headers)[0] == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_what_the_browser_says_of_a_requests_origin(idle, routes, site):
    said = [("Host", host(idle)), ("Sec-Fetch-Site", site)]
    link = [*said, ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")]
    for method, path in routes:
        assert ask(idle, method, path, said)[0] == 403, (method, path)
        if path.startswith("/api/") or method not in ("GET", "HEAD"):
            assert ask(idle, method, path, link)[0] == 403, (method, path)
    assert ask(idle, "GET", "/", link)[0] == 200
    frame = [*said, ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")]
    assert ask(idle, "GET", "/", frame)[0] == 403


def test_our_own_page_gets_in(idle):
    ours = [("Host", host(idle)), ("Origin", f"http://{host(idle)}"), ("Sec-Fetch-Site", "same-origin")]
    body = json.dumps({"settings": {"model": "draft"}}).encode()
    assert ask(idle, "POST", "/api/estimate", [*ours, ("Content-Type", "application/json")], body)[0] == 200
    assert ask(idle, "GET", "/", [("Host", host(idle)), ("Sec-Fetch-Site", "none")])[0] == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_json_under_another_name_is_not_taken(idle, kind):
    headers = [("Host", host(idle)), ("Content-Type", kind)]
    for path in ("/api/estimate", "/api/jobs", "/api/photos", "/api/models/svd/pull", "/api/nothere"):
        status, _, body = ask(idle, "POST", path, headers, b'{"settings": {}}')
        assert (status, json.loads(body)["error"]["code"]) == (415, "wrong_type"), path


def test_nothing_is_changed_by_looking(idle, routes):
    looked_at = {path for method, path in routes if method == "GET"}
    for method, path in routes:
        if method == "POST" and path not in looked_at:
            status, _, _ = ask(idle, "GET", path, [("Host", host(idle))])
            assert status in (404, 405), path
    status, headers, body = ask(idle, "GET", "/api/estimate", [("Host", host(idle))])
    assert (status, json.loads(body)["error"]["code"], headers["Allow"]) == (405, "not_allowed", "OPTIONS, POST")


def test_every_answer_has_the_headers_that_protect_it(idle, routes):
    for method, path in routes:
        headers = [("Host", host(idle)), ("Content-Type", "application/json")]
        _, answered, body = ask(idle, method, path, headers, b"{}" if method == "POST" else None)
        for name in headers_of(answered.get_content_type()):
            assert answered.get_all(name) == [HEADERS[name]], (method, path)
        assert "Server" not in answered
        assert b"Traceback" not in body


def test_a_huge_request_is_refused_before_it_has_been_sent(idle):
    connection = http.client.HTTPConnection("127.0.0.1", idle.server.port, timeout=30)
    connection.putrequest("POST", "/api/photos")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(1 << 30))
    connection.endheaders()
    response = connection.getresponse()
    assert response.status == 413
    assert json.loads(response.read())["error"]["code"] == "too_large"
    assert response.getheader("X-Content-Type-Options") == "nosniff"
    connection.close()


def test_a_huge_request_of_unknown_size_is_cut_off(idle):
    sent = 0
    with socket.create_connection(("127.0.0.1", idle.server.port), timeout=30) as connection:
        connection.sendall(b"POST /api/photos HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while sent < 1 << 30:
                connection.sendall(b"100000\r\n" + b"x" * (1 << 20) + b"\r\n")
                sent += 1 << 20
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert sent < 200 << 20


def test_a_request_that_is_none(idle):
    with socket.create_connection(("127.0.0.1", idle.server.port), timeout=30) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n")
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"bad_input"' in answer


@pytest.mark.parametrize("path", ["/console", "/?__debugger__=yes&cmd=resource&f=debugger.js"])
def test_there_is_no_debugger(idle, path):
    found = idle.get(path)
    assert found.status_code == 404 or "debugger" not in found.text
