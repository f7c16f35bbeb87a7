"""Whose browser it is: 127.0.0.1 answers every user of this computer, and only one of them is the owner of the videos.

The system tells who has the other end of a connection: Linux in /proc/net, macOS to each user about the own ones.
Where it does not tell, as of another network namespace, a secret does: --open then opens a file that only the owner can
read, which leads to the page with the secret behind the “#”. No browser sends that, and the page changes it for a
cookie. Not tried on a Mac: what lsof prints was read up.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from werkzeug.http import parse_cookie

from videoai.errors import WriteFailed
from videoai.language import say
from videoai.system import paths, private_files, temporary
from videoai.system.files import NameTaken, whole_file, write_errors

Address = tuple[str, int]

_LSOF = "/usr/sbin/lsof"
_LSOF_SECONDS = 5
_TOKEN_BYTES = 32


def has_connection(client: Address, server: Address) -> bool | None:
    """Whether the `client` end of a connection to `server`, both on this machine, is this user's, or root's, who can
    read everything anyway. None if that cannot be told."""
    if sys.platform == "darwin":
        return _in_lsof(client, server)
    table = "/proc/net/tcp6" if ":" in client[0] else "/proc/net/tcp"
    try:
        with open(table, encoding="ascii") as lines:
            uid = uid_of(client, server, lines)
    except OSError:
        return None
    return None if uid is None else uid in (0, os.geteuid())


def uid_of(client: Address, server: Address, lines: Iterable[str]) -> int | None:
    """Whose socket it is by the lines of /proc/net/tcp; None if it is not there, or its process has let go of it: the
    system then calls it root's."""
    wanted = [_hexadecimal(client), _hexadecimal(server)]
    for line in lines:
        fields = line.split()
        if fields[1:3] == wanted:
            return int(fields[7]) if fields[9] != "0" else None
    return None


def _hexadecimal(address: Address) -> str:
    """As proc(5) writes it: 32 bits at a time in the machine's own order."""
    host, port = address[0].partition("%")[0], address[1]
    packed = ipaddress.ip_address(host).packed
    words = (packed[at : at + 4] for at in range(0, len(packed), 4))
    return "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words) + f":{port:04X}"


def _in_lsof(client: Address, server: Address) -> bool | None:
    """To who is not root, lsof shows the own processes' sockets alone."""
    command = [_LSOF, "-nP", "-a", "-u", str(os.geteuid()), f"-iTCP:{client[1]}", "-Fn"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=_LSOF_SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return is_listed(client, server, said.stdout.splitlines())


def is_listed(client: Address, server: Address, lines: Iterable[str]) -> bool:
    """Whether lsof -Fn has named this end of the connection."""
    return f"n{_named(client)}->{_named(server)}" in lines


def _named(address: Address) -> str:
    host = address[0].partition("%")[0]
    return f"[{host}]:{address[1]}" if ":" in host else f"{host}:{address[1]}"


def token() -> str:
    """The owner's secret, made when it is first asked for; the file is the truth, for all servers of one home.

    Raises WriteFailed, BadOutput.
    """
    path = _file()
    if (found := _read(path)) is not None:
        return found
    try:
        # One that is there, and holds none, is made anew.
        with whole_file(path, replace=path.exists()) as part, private_files.create(part) as file:
            file.write(secrets.token_urlsafe(_TOKEN_BYTES).encode())
    except NameTaken:
        pass  # another server was faster
    found = _read(path)
    if found is None:
        raise WriteFailed(say("{path} cannot be read.", path=path), say("Delete it: VideoAi then creates a new one."))
    return found


def renew() -> str:
    """Another secret in its place: what had the one before is let in no more. Raises WriteFailed, BadOutput."""
    with write_errors(_file()):
        _file().unlink(missing_ok=True)
    return token()


def is_told() -> bool:
    """Whether the system tells at all whose connections on this machine are."""
    return os.access(_LSOF, os.X_OK) if sys.platform == "darwin" else os.access("/proc/net/tcp", os.R_OK)


def way_in(address: str) -> Path:
    """A page that leads to `address` with the owner's secret, for this user alone: what a browser is called with, all
    users of the computer can read. It is swept away after an hour. Raises WriteFailed, BadOutput.
    """
    path = temporary.place() / f"{secrets.token_hex(8)}.html"
    with write_errors(path), private_files.create(path) as file:
        file.write(_WAY_IN.format(link=f"{address}/#token={token()}").encode())
    return path


_WAY_IN = """<!doctype html><meta charset="utf-8"><title>VideoAi</title>
<meta http-equiv="refresh" content="0; url={link}"><a href="{link}">VideoAi</a>
"""


def is_token(given: str) -> bool:
    """Whether this is the owner's secret; compared in a time that does not tell how much of it was right."""
    known = _read(_file())
    return known is not None and secrets.compare_digest(given.encode(), known.encode())


def has_cookie(cookies: str, port: object) -> bool:
    """Whether the owner's secret is in the cookies of a request to the server at `port`."""
    given = parse_cookie(cookies).get(cookie(port))
    return given is not None and is_token(given)


def cookie(port: object) -> str:
    """What the owner's cookie is called: browsers keep one jar for all ports of localhost."""
    return f"videoai_owner_{port}"


def _read(path: Path) -> str | None:
    try:
        found = path.read_text("ascii").strip()
    except (OSError, ValueError):
        return None
    return found if len(found) >= _TOKEN_BYTES else None


def _file() -> Path:
    return paths.home() / "owner.token"
