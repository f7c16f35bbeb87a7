"""Nothing of the program can use the network but what fetches models."""

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from videoai.desktop.following import _events

NETWORK = {"aiohttp", "ftplib", "http", "httpx", "huggingface_hub", "requests", "smtplib", "socket", "ssl", "urllib3"}
ALLOWED = ROOT / "videoai" / "models" / "hub"
ON_THIS_COMPUTER = {
    "desktop/handover.py": re.compile(r"socket\.(socket|AF_UNIX|SHUT_RDWR)"),
    "desktop/following.py": re.compile(r"http\.client\.(HTTPConnection|HTTPException)|http\.client"),
}
"""What goes through a file, or to the address of the own server: which names of the network each may use for that."""


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_only_the_hub_folder_imports_what_can_reach_the_network():
    using = {
        path
        for path in (ROOT / "videoai").rglob("*.py")
        if any(name.split(".")[0] in NETWORK or name == "urllib.request" for name in imports(path))
    }
    assert using, "the test would find nothing"
    elsewhere = {path for path in using if not path.is_relative_to(ALLOWED)}
    assert [path for path in elsewhere if not only_names_things(path)] == []


def only_names_things(path: Path) -> bool:
    """Whether a module uses no more of the network than the names of kinds of address, of options and of statuses."""
    tree = ast.parse(path.read_text("utf-8"))
    names = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    imported = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    used = {name for name in names | imported if name.split(".")[0] in NETWORK | {"urllib"}}
    used -= {name for name in used if name.startswith("urllib.parse.")}
    constant = re.compile(r"socket\.(AF|SOL|SO|IPPROTO|TCP)_[A-Z_]+|http\.HTTPStatus")
    allowed = ON_THIS_COMPUTER.get(path.relative_to(ROOT / "videoai").as_posix(), constant)
    return all(constant.fullmatch(name) or allowed.fullmatch(name) for name in used)


def test_the_window_asks_nobody_but_the_server_on_this_computer():
    with pytest.raises(ValueError, match="not this computer"):
        next(_events("http://192.168.1.2:5001"))


def test_only_pull_begins_a_download():
    using = {path for path in (ROOT / "videoai").rglob("*.py") if "videoai.models.hub.download" in imports(path)}
    assert using == {ROOT / "videoai" / "models" / name for name in ("manager.py", "extras.py")}
