"""The page's files: compressed, tagged, of the right type, and no others."""

from __future__ import annotations

import os

import pytest

from videoai.web.routes.page import TYPES


def test_the_page_comes_compressed_and_only_once(idle, page):
    first = idle.get("/")
    assert (first.status_code, first.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert first.text == (page / "index.html").read_text()
    assert first.headers["Content-Encoding"] == "gzip"
    assert int(first.headers["Content-Length"]) < len(first.content) / 4
    assert (first.headers["Cache-Control"], first.headers["Vary"]) == ("no-cache", "Accept-Encoding")
    again = idle.get("/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Content-Security-Policy"].startswith("default-src 'self'")


def test_who_cannot_read_gzip_gets_it_plain_under_another_tag(idle, page):
    plain = idle.get("/static/style.css", headers={"Accept-Encoding": "identity"})
    small = idle.get("/static/style.css")
    assert "Content-Encoding" not in plain.headers
    assert plain.content == small.content == (page / "style.css").read_bytes()
    assert plain.headers["ETag"] != small.headers["ETag"]
    assert not plain.headers["ETag"].startswith("W/")


def test_small_files_stay_as_they_are(idle):
    found = idle.get("/static/deep/small.js")
    assert (found.headers["Content-Type"], found.text) == ("text/javascript; charset=utf-8", "1")
    assert "Content-Encoding" not in found.headers


def test_a_stylesheet_comes_with_those_that_it_imports(idle, page):
    (page / "deep" / "all.css").write_text('/* All. */\n@import "a.css";\n@import "b.css";\nb { color: red }\n')
    (page / "deep" / "a.css").write_text("i { color: green }\n")
    (page / "deep" / "b.css").write_text("a { color: blue }\n")
    first = idle.get("/static/deep/all.css")
    assert first.text == "/* All. */\ni { color: green }\na { color: blue }\nb { color: red }\n"
    (page / "deep" / "b.css").write_text("a { color: bluish }\n")
    again = idle.get("/static/deep/all.css", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, "bluish" in again.text) == (200, True)
    (page / "deep" / "b.css").unlink()
    assert idle.get("/static/deep/all.css").status_code == 404


def test_a_large_answer_in_json_comes_compressed_to_who_reads_that(idle):
    plain = idle.get("/api/settings", headers={"Accept-Encoding": "identity"})
    small = idle.get("/api/settings")
    assert (plain.headers.get("Content-Encoding"), small.headers["Content-Encoding"]) == (None, "gzip")
    assert plain.headers["Vary"] == small.headers["Vary"] == "Accept-Encoding"
    assert int(small.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 3
    assert small.json()["parameters"] == plain.json()["parameters"]
    assert "Content-Encoding" not in idle.get("/api/health").headers  # not worth it


def test_a_script_has_the_headers_that_are_a_scripts(idle):
    headers = idle.get("/static/deep/small.js").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Content-Security-Policy" not in headers


def test_a_file_that_changes_is_read_anew(idle, page):
    before = idle.get("/static/style.css").headers["ETag"]
    (page / "style.css").write_text("body { color: black }" * 60)
    after = idle.get("/static/style.css")
    assert after.headers["ETag"] != before
    assert "black" in after.text


@pytest.mark.parametrize(
    "name",
    [
        "secret.py",
        "nothere.css",
        "deep",
        "deep/",
        "",
        "../secret.css",
        "%2e%2e%2fsecret.css",
        "..%5csecret.css",
        "deep/../../secret.css",
        "%2fetc%2fpasswd",
        "style.css%00.js",
        "link.css",
        "linked/secret.css",
        "STYLE.CSS",
        "a" * 5000 + ".css",
    ],
)
def test_no_other_file_is_ever_served(idle, page, name):
    (page.parent / "secret.css").write_text("secret")
    (page / "link.css").symlink_to(page.parent / "secret.css")
    os.symlink(page.parent, page / "linked")
    found = idle.get(f"/static/{name}")
    assert found.status_code == 404, name
    assert "secret" not in found.text


def test_what_is_in_static_is_of_a_type_that_is_served():
    from videoai.system import paths

    files = [path for path in paths.static().rglob("*") if path.is_file()] if paths.static().exists() else []
    assert [
        path.name for path in files if path.suffix not in TYPES and not path.name.startswith((".", "LICENSE"))
    ] == []


def test_an_unknown_address_is_json(idle):
    for path in ("/nothere", "/api/nothere", "/api/", "/api/jobs/"):
        found = idle.get(path)
        assert (found.status_code, found.json()["error"]["code"]) == (404, "not_found"), path
    assert idle.ask("PUT", "/api/jobs").status_code == 405
