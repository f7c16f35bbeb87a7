"""What the page is made of: served from here alone, small, and nothing that its own security policy forbids."""

from __future__ import annotations

import gzip
import json
import posixpath
import re
from pathlib import Path

STATIC = Path(__file__).parents[2] / "static"
TEXTS = (".html", ".css", ".js", ".svg", ".webmanifest")
FIRST_LOAD = 250_000
"""Bytes that the first visit may cost: everything but the pictures for home screens."""

IMPORT = re.compile(r'\bfrom "(\.[\w./-]+\.js)"')
LATER = re.compile(r'\bimport\("(\.[\w./-]+\.js)"\)')
STYLES = re.compile(r'^@import "([\w-]+\.css)";$', re.MULTILINE)
URL = re.compile(r'url\("([\w./-]+)"\)')
EXPORT = re.compile(r"^export (?:async )?(?:function|const|let|class) (\w+)", re.MULTILINE)

SVG_NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'
"""A standalone SVG file is none without it; nothing is fetched from there."""


def texts() -> dict[str, str]:
    """The page's texts by their paths."""
    files = [path for path in STATIC.rglob("*") if path.suffix in TEXTS]
    return {path.relative_to(STATIC).as_posix(): path.read_text("utf-8") for path in files}


def found_in(name: str, text: str, pattern: re.Pattern[str]) -> set[str]:
    """The paths that a file names, as those of static/."""
    return {posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) for path in pattern.findall(text)}


def needed_by(name: str, modules: dict[str, str]) -> set[str]:
    """A module and all that it imports."""
    reached = {name}
    while more := set().union(*(found_in(each, modules[each], IMPORT) for each in reached)) - reached:
        reached |= more
    return reached


def test_nothing_is_asked_of_another_server():
    for name, text in texts().items():
        if name.endswith(".svg"):
            text = text.replace(SVG_NAMESPACE, "", 1)
        assert not re.search(r"https?:|[\"'(]//", text), name


def test_the_first_visit_is_small():
    files = [path for path in STATIC.rglob("*") if path.is_file() and path.suffix not in (".png", ".txt")]
    sizes = {
        path.name: len(gzip.compress(path.read_bytes())) if path.suffix in TEXTS else path.stat().st_size
        for path in files
    }
    assert sum(sizes.values()) < FIRST_LOAD, sizes


def test_the_policy_holds_without_exceptions():
    html = texts()["index.html"]
    assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:", html)
    assert re.findall(r"<script[^>]*>", html) == ['<script type="module" src="/static/start.js">']
    for name, text in texts().items():
        if name.endswith(".js"):
            assert not re.search(r'innerHTML|insertAdjacentHTML|document\.write|\beval\(|"style",|cssText', text), name
        if name.endswith(".css"):
            assert not re.search(r"url\(\"?data:|@import", STYLES.sub("", text)), name


def test_every_file_that_is_named_is_there_and_every_file_is_used():
    named = set(re.findall(r"/static/([\w./-]+)", "".join(texts().values())))
    for name, text in texts().items():
        for pattern in (IMPORT, LATER) if name.endswith(".js") else (URL, STYLES) if name.endswith(".css") else ():
            named |= found_in(name, text, pattern)
    there = {str(path.relative_to(STATIC)) for path in STATIC.rglob("*") if path.is_file()}
    assert named - there == set()
    assert there - named == {"index.html", "fonts/inter-licence.txt"}


def test_every_module_that_the_page_begins_with_is_announced_and_no_other():
    """A browser that learns of modules one by one asks for them one by one. What is needed later comes later."""
    modules = {name: text for name, text in texts().items() if name.endswith(".js")}
    opening, way_in = needed_by("opening.js", modules), needed_by("app.js", modules)
    announced = re.findall(r'<link rel="modulepreload" href="/static/([\w/-]+\.js)">', texts()["index.html"])
    assert announced == [*sorted(opening), *sorted(way_in - opening)], "in the order of their need"
    later = found_in("app.js", modules["app.js"], LATER)
    assert len(later) > 8
    assert later & way_in == set(), "what is also imported at the beginning gains nothing"
    assert "workbench.js" in later - needed_by("main.js", modules)


def test_every_part_that_comes_later_is_in_the_module_it_comes_from():
    scripts = texts()
    asked = re.findall(r'^export const (\w+) = brought\("(\w+)"\);$', scripts["base/parts.js"], re.MULTILINE)
    sources = re.findall(r'^  (\w+): \(\) => import\("\./([\w/]+\.js)"\),$', scripts["app.js"], re.MULTILINE)
    assert [name for name, told in asked if name != told] == []
    assert sorted(name for name, _ in asked) == sorted(name for name, _ in sources)
    assert [name for name, module in sources if name not in EXPORT.findall(scripts[module])] == []


def test_every_stylesheet_is_in_the_one_of_the_page():
    sheets = {name.removeprefix("styles/") for name in texts() if name.endswith(".css")} - {"page.css"}
    assert sorted(STYLES.findall(texts()["styles/page.css"])) == sorted(sheets)


def test_every_exported_name_is_used_by_another_module():
    scripts = {name: text for name, text in texts().items() if name.endswith(".js")}
    unused = [
        f"{name}: {word}"
        for name, text in scripts.items()
        for word in EXPORT.findall(text)
        if not any(re.search(rf"\b{word}\b", other) for place, other in scripts.items() if place != name)
    ]
    assert unused == []


def test_no_module_is_longer_than_a_look_takes_in():
    lengths = {name: len(text.splitlines()) for name, text in texts().items() if name.endswith(".js")}
    assert {name: lines for name, lines in lengths.items() if lines > 250} == {}


def test_every_icon_that_is_used_is_drawn_and_every_drawn_one_is_used():
    drawn = set(re.findall(r'<symbol id="i-([\w-]+)"', texts()["index.html"]))
    scripts = "".join(text for name, text in texts().items() if name.endswith(".js"))
    missing = [name for name in re.findall(r'\b(?:icon|iconButton)\(\s*"([\w-]+)"', scripts) if name not in drawn]
    assert missing == []
    assert sorted(name for name in drawn if f'"{name}"' not in scripts) == []


def test_the_font_comes_with_its_licence():
    assert "SIL OPEN FONT LICENSE Version 1.1" in (STATIC / "fonts" / "inter-licence.txt").read_text("utf-8")


def test_the_manifest_names_icons_of_the_sizes_that_they_have():
    manifest = json.loads(texts()["manifest.webmanifest"])
    for icon in manifest["icons"]:
        path = STATIC / icon["src"].removeprefix("/static/")
        if path.suffix == ".png":
            width, height = (int.from_bytes(path.read_bytes()[at : at + 4], "big") for at in (16, 20))
            assert f"{width}x{height}" == icon["sizes"]
