"""What programs of this kind have fallen to, asked of every route, through both doors.

Each check takes the doors of a running server, wherever they are, and asks by HTTP alone; files are looked at where the
tests and the server share them. The last ones leave the server worse off than they found it.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from urllib.parse import quote

from PIL import Image

from tests.conftest import EXAMPLES
from tests.web.security.doors import Doors, routes, templates
from videoai.system import paths
from videoai.web.guard import FOR_ANYBODY, FOR_THE_OWNER, HEADERS, headers_of
from videoai.web.phone import COOKIE

MARK = b"planted-secret"

LIES = [
    ("X-Forwarded-For", "127.0.0.1"),
    ("X-Real-IP", "127.0.0.1"),
    ("X-Forwarded-Host", "localhost"),
    ("X-Forwarded-Proto", "https"),
    ("Forwarded", "for=127.0.0.1;host=localhost;proto=http"),
    ("videoai.door", "local"),
    ("X-Videoai-Door", "local"),
    ("Authorization", "Basic eDp5"),
    ("Remote-Addr", "127.0.0.1"),
]

NAMES = [
    "../secret.jpg",
    "..%2fsecret.jpg",
    "%2e%2e%2fsecret.jpg",
    "%2e%2e%2f%2e%2e%2fsecret",
    "..%5csecret.jpg",
    "..\\secret.jpg",
    "secret%00.jpg",
    "%2fetc%2fpasswd",
    "C:%5cWindows%5cwin.ini",
    "....//secret",
    "secret",
    "a%0d%0aX-Evil:%201",
    quote("´ˆ💥"),
    "x" * 2000,
]


def check_rebinding(doors: Doors) -> None:
    """S1: no name but our own, whatever is asked for."""
    port = doors.owner.host.rpartition(":")[2]
    hosts: list[str | list[str]] = [f"evil.example:{port}", "localhost.evil.com", "127.0.0.1.evil.com", ""]
    hosts += ["0.0.0.0", [], [f"localhost:{port}", "evil.example"], "8.8.8.8", "evil.localhost"]
    for visitor in doors.all:
        for host in hosts:
            for method, path in list(routes()) if host == hosts[0] else [("GET", "/"), ("GET", "/api/jobs")]:
                answer = visitor.ask(method, path, host=host)
                assert answer.status in (400, 403), (visitor.name, host, method, path)
                assert method == "HEAD" or answer.code in ("forbidden", "bad_input")
                assert answer.header("Access-Control-Allow-Origin") is None


def check_rebinding_with_its_origin(doors: Doors) -> None:
    """S2: host and origin agree, and are somebody else's."""
    for visitor in doors.all:
        for method, path in routes():
            answer = visitor.ask(method, path, [("Origin", "http://evil.example:5001")], host="evil.example:5001")
            assert answer.status == 403, (visitor.name, method, path)


def check_other_sites(doors: Doors) -> None:
    """S3: another site's page, with the visitor's cookie if there is one, and without."""
    port = doors.owner.host.rpartition(":")[2]
    origins = ["https://evil.example", "null", f"http://localhost:{port}.evil.com", "http://localhost:1", ""]
    before = doors.owner.ask("GET", "/api/phone").json()["open"]
    for visitor in doors.all:
        for origin in origins:
            for method, path in (
                list(routes()) if origin == origins[0] else [("POST", "/api/jobs"), ("DELETE", "/api/jobs/x")]
            ):
                answer = visitor.ask(method, path, [("Origin", origin)])
                assert answer.status == 403, (visitor.name, origin, method, path)
                assert not [name for name, _ in answer.headers if name.lower().startswith("access-control")]
    assert doors.owner.ask("GET", "/api/phone").json()["open"] == before


def check_what_browsers_say(doors: Doors) -> None:
    """S4: across sites nothing, but the way to the page by a link."""
    link = [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")]
    for visitor in doors.all:
        for site in ("cross-site", "same-site"):
            said = ("Sec-Fetch-Site", site)
            for method, path in routes():
                assert visitor.ask(method, path, [said]).status == 403, (visitor.name, method, path)
            assert visitor.ask("GET", "/", [said, *link]).status == 200
            assert visitor.ask("GET", "/api/health", [said, *link]).status == 403
            assert visitor.ask("GET", "/v1/models", [said, *link]).status == 403
            assert visitor.ask("POST", "/", [said, *link]).status == 403


def check_types_and_methods(doors: Doors) -> None:
    """S5: JSON that is not called JSON, and changes by looking."""
    for visitor in doors.all:
        for method, path in routes():
            if method not in ("POST", "DELETE", "PUT", "PATCH"):
                continue
            for kind in ("text/plain", "application/x-www-form-urlencoded"):
                answer = visitor.ask(method, path, [("Content-Type", kind)], b'{"code": "1"}')
                allowed = (415,) if visitor is doors.owner else (415, 403) if visitor is doors.phone else (415, 401)
                assert answer.status in allowed, (visitor.name, method, path, answer.status)
            gets = {each for verb, each in routes() if verb == "GET"}
            if path not in gets:
                assert visitor.ask("GET", path).status in (404, 405, 401, 403), (visitor.name, path)
    assert doors.owner.ask("GET", "/api/phone").json()["open"]


def check_strangers(doors: Doors) -> None:
    """S6: whatever it says that it is, and whatever token it has made up."""
    open_to_all = {rule.replace("<path:name>", "x").replace("<language>", "it") for rule in FOR_ANYBODY}
    tries = [[], LIES, [("Cookie", f"{COOKIE}={'A' * 43}")], [("Cookie", f"{COOKIE}=")], [("Cookie", ';;=,="')]]
    for headers in tries:
        for host in (None, f"localhost:{doors.owner.host.rpartition(':')[2]}"):
            for method, path in routes():
                answer = doors.stranger.ask(method, path, headers, host=host)
                if path not in open_to_all and not path.startswith("/static/"):
                    assert answer.status == 401, (headers, method, path, answer.status)
                    assert method == "HEAD" or answer.code == "unpaired"
                else:
                    assert answer.status in (200, 400, 401, 404, 405), (method, path, answer.status)
            if headers:
                break


def check_what_is_the_owners(doors: Doors) -> None:
    """What only the computer itself may do, a paired phone may not."""
    owners = {rule.replace("<id>", "x") for rule in FOR_THE_OWNER}
    known = {path for _, path in routes()}
    assert owners <= known
    for path in owners:
        for method in ("GET", "POST", "DELETE"):
            answer = doors.phone.ask(method, path, LIES)
            assert answer.status in ((403,) if (method, path) in set(routes()) else (403, 404, 405)), (method, path)
    for path in ("/", "/api/settings", "/api/jobs", "/api/models", "/api/examples"):
        assert doors.phone.ask("GET", path).status == 200, path
    assert doors.phone.ask("GET", "/api/settings").json()["local"] is False
    assert doors.owner.ask("GET", "/api/settings", LIES).json()["local"] is True


def check_names(doors: Doors) -> None:
    """S8: no name leads out of where the files are, to be read or to be deleted."""
    planted = [paths.home() / "secret.jpg", paths.home() / "secret", paths.home().parent / "secret.jpg"]
    for path in planted:
        path.write_bytes(MARK)
    link = paths.photos() / f"{'0' * 14}.jpg"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(planted[0])
    for visitor in doors.let_in:
        for method, path in templates():
            for name in NAMES:
                target = re.sub(r"{\w+}", lambda _, name=name: name, path)
                answer = visitor.ask(method, target)
                assert answer.status == 308 or 400 <= answer.status < 500, (visitor.name, method, target, answer.status)
                assert MARK not in answer.body
                assert answer.header("X-Evil") is None
        assert visitor.ask("GET", f"/api/photos/{link.stem}.jpg").status == 404
        for given in ("../secret", "/etc/passwd", "..\\secret", "a\0b", link.stem, "%2e%2e/secret"):
            asked = visitor.send("POST", "/api/jobs", {"photo_id": given, "settings": {"model": "draft"}})
            assert asked.status == 404, (given, asked.body)
    assert [path.read_bytes() for path in planted] == [MARK] * len(planted)
    link.unlink()


def check_disguises(doors: Doors) -> None:
    """S9: what is no photo is none, and what is also something else comes out as a photo alone."""
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    html = b"<!doctype html><script>alert(1)</script>"
    jpeg = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(jpeg, "JPEG", comment=html)
    for visitor in doors.let_in:
        for name, content in (("a.svg", svg), ("a.png", svg), ("a.png", html), ("a.html", html)):
            assert visitor.give("/api/photos", "photo", name, content).status == 415, name
            assert visitor.give("/api/videos", "video", name, content).status == 415, name
            assert visitor.give("/v1/videos", "input_reference", name, content).status == 415, name
        answer = visitor.give("/api/photos", "photo", "a.html", jpeg.getvalue() + html)
        assert answer.status == 201, answer.body
        photo = visitor.ask("GET", answer.json()["url"])
        assert photo.header("Content-Type") == "image/jpeg"
        assert photo.header("X-Content-Type-Options") == "nosniff"
        assert b"script" not in photo.body


def check_sizes(doors: Doors) -> None:
    """S10: what is too large is refused early: announced, or not."""
    form = ("Content-Type", "multipart/form-data; boundary=x")
    for visitor in doors.all:
        paired = visitor is not doors.stranger
        answer = visitor.ask("POST", "/api/photos", [form, ("Content-Length", str(1 << 30))])
        assert answer.status == (413 if paired or answer.status == 413 else 401)
        head = f"POST /api/photos HTTP/1.1\r\nHost: {visitor.host}\r\nTransfer-Encoding: chunked\r\n\r\n"
        if visitor is doors.stranger:
            assert visitor.asker.pour(head.encode(), 64 << 20) < 32 << 20  # what fits into the buffers between
    parts = b"".join(b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n' % n for n in range(1001))
    field = b'--x\r\nContent-Disposition: form-data; name="steps"\r\n\r\n' + b"9" * 600_000 + b"\r\n"
    for visitor in doors.let_in:
        for body in (parts, field):
            assert visitor.ask("POST", "/api/jobs", [form], body + b"--x--\r\n").code == "too_large"
        big = visitor.ask("POST", "/api/estimate", [("Content-Type", "application/json")], b'"' + b"x" * 200_000 + b'"')
        assert (big.status, big.code) == (413, "too_large")
        json_type = ("Content-Type", "application/json")
        huge = visitor.ask("POST", "/v1/videos", [json_type], b'{"prompt": "' + b"x" * 21_000_000 + b'"}')
        assert (huge.status, huge.code) == (413, "too_large")
        deep = visitor.ask("POST", "/api/estimate", [("Content-Type", "application/json")], b"[" * 90_000)
        assert deep.status == 400


def check_bombs(doors: Doors) -> None:
    """S11: many pixels in few bytes, and formats that nobody's camera makes: refused by their heads."""
    size = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n"
    for kind, data in ((b"IHDR", size), (b"IDAT", zlib.compress(bytes(1 << 20))), (b"IEND", b"")):
        bomb += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    exotic = {
        "FITS": b"SIMPLE  =                    T" + b" " * 2850,
        "PSD": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 9, 9, 8, 3) + bytes(64),
        "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "PDF": b"%PDF-1.7\n",
        "ICNS": b"icns\0\0\0\x10" + bytes(8),
        "nothing": b"",
    }
    for visitor in doors.let_in:
        for name, content in {"bomb": bomb, **exotic}.items():
            answer = visitor.give("/api/photos", "photo", f"{name}.jpg", content)
            assert (answer.status, answer.code) == (415, "bad_photo"), (visitor.name, name)
            answer = visitor.give("/v1/videos", "input_reference", f"{name}.jpg", content)
            assert (answer.status, answer.code) == (415, "bad_photo"), (visitor.name, name)


def check_addresses(doors: Doors) -> None:
    """S12: an address in any field is a wrong value, and nobody goes there."""
    for visitor in doors.let_in:
        for address in ("http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "\\\\evil\\share"):
            jobs = [
                {"photo_id": address},
                {"photo_id": "x", "preset": address},
                *(
                    {"photo_id": "x", "settings": {name: address}}
                    for name in ("model", "scheduler", "precision", "focus")
                ),
                {"photo_id": "x", "settings": {address: 1}},
                {"photo": address},
                {"photo_url": address},
            ]
            for body in jobs:
                for path in ("/api/jobs", "/api/estimate"):
                    answer = visitor.send("POST", path, body)
                    assert answer.status in (400, 404, 422), (path, body, answer.body)
            references = [{"image_url": address}, {"file_id": address}, {"image_url": address, "file_id": "x"}]
            fields = [{"size": address}, {"seconds": address}, {"model": address}, {"video": address}]
            for body in (*({"input_reference": each} for each in references), *fields):
                answer = visitor.send("POST", "/v1/videos", {"model": "draft", **body})
                assert answer.status in (400, 404, 422), (body, answer.body)
            assert visitor.send("POST", "/api/models/svd/pull", {"precision": address}).status == 400
            assert visitor.send("POST", f"/api/models/{quote(address, safe='')}/pull", {}).status == 404


def check_file_names(doors: Doors) -> None:
    """S16: a name is a title, and makes neither header nor markup."""
    photo = (EXAMPLES / "coffee.png").read_bytes()
    for visitor in doors.let_in:
        for name in ("a\r\nX-Evil: 1", "<img src=x onerror=1>.png", "a%0d%0aX-Evil: 1.png", "\u202egnp.exe", "´" * 300):
            answer = visitor.give("/api/photos", "photo", name, photo)
            assert answer.status in (201, 400, 413, 415), (name, answer)
            assert answer.header("X-Evil") is None
            if answer.status == 201:
                kept = visitor.ask("GET", answer.json()["url"])
                assert (kept.status, kept.header("X-Evil"), kept.header("Content-Type")) == (200, None, "image/jpeg")


def check_debugger(doors: Doors) -> None:
    """S17: there is none; and every answer has the headers that protect it, and no traceback."""
    for visitor in doors.all:
        assert visitor.ask("GET", "/console").status in (404, 401)
        assert b"debugger" not in visitor.ask("GET", "/?__debugger__=yes&cmd=resource&f=debugger.js").body
        for method, path in routes():
            answer = visitor.ask(method, path)
            if (method, path) == ("POST", "/api/phone/close"):
                visitor.ask("POST", "/api/phone/open")
            for name in headers_of((answer.header("Content-Type") or "").partition(";")[0]):
                sent = [each for each_name, each in answer.headers if each_name == name]
                assert sent == [HEADERS[name]], (method, path)
            assert b"Traceback" not in answer.body
            assert answer.header("Server") is None


def check_codes(doors: Doors) -> None:
    """S7: a code is right once; guesses are slowed down and take it from nobody; the token is the phone's alone."""
    code = doors.new_code()
    paired = doors.stranger.send("POST", "/api/pair", {"code": f"{code[:4]} {code[4:]}", "name": "Anna's"})
    assert paired.status == 201
    assert paired.json()["name"] == "Anna's"
    attributes = paired.header("Set-Cookie").split("; ")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(attributes)
    token = attributes[0].partition("=")[2]
    assert len(token) >= 43
    assert token not in paths.devices().read_text()
    assert paths.devices().stat().st_mode & 0o777 == 0o600
    assert token not in str(paired.json())
    again = doors.stranger.send("POST", "/api/pair", {"code": code})
    assert (again.status, again.code) == (401, "wrong_code")
    assert doors.owner.ask("GET", "/api/phone").json()["code"] is None
    code = doors.new_code()
    wrong = f"{(int(code) + 1) % 10**8:08}"
    answers = [doors.stranger.send("POST", "/api/pair", {"code": wrong}) for _ in range(15)]
    assert {answer.status for answer in answers[:4]} == {401}  # one was wrong already
    assert {answer.status for answer in answers[6:]} <= {401, 429}
    assert 429 in {answer.status for answer in answers}
    assert doors.owner.ask("GET", "/api/phone").json()["code"] == code
    answer = doors.stranger.send("POST", "/api/pair", {"code": wrong}, LIES)
    assert answer.header("Set-Cookie") is None
    assert doors.owner.send("POST", "/api/pair", {"code": code}).status == 403


def check_revoking(doors: Doors) -> None:
    """A device that was removed is a stranger at once."""
    assert doors.phone.ask("GET", "/api/jobs").status == 200
    for device in doors.owner.ask("GET", "/api/phone").json()["devices"]:
        assert doors.owner.ask("DELETE", f"/api/phone/devices/{device['id']}").status == 204
        assert doors.owner.ask("DELETE", f"/api/phone/devices/{device['id']}").status == 404
    assert doors.phone.ask("GET", "/api/jobs").status == 401
    assert doors.owner.ask("GET", "/api/phone").json()["devices"] == []


def check_closing(doors: Doors) -> None:
    """A door that is closed is none: nobody hears on the port, and the computer itself goes on."""
    assert doors.stranger.asker.reach()
    assert doors.owner.ask("POST", "/api/phone/close").json()["open"] is False
    assert not doors.stranger.asker.reach()
    assert doors.owner.ask("GET", "/api/phone/qr.svg").status == 404
    assert doors.owner.ask("POST", "/api/phone/code").status == 409
    assert doors.owner.ask("GET", "/api/health").status == 200


CHECKS = [
    check_rebinding,
    check_rebinding_with_its_origin,
    check_other_sites,
    check_what_browsers_say,
    check_types_and_methods,
    check_strangers,
    check_what_is_the_owners,
    check_names,
    check_disguises,
    check_sizes,
    check_bombs,
    check_addresses,
    check_file_names,
    check_debugger,
    check_codes,
    check_revoking,
    check_closing,
]
