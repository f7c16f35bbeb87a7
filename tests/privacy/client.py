"""python client.py PHOTO --parameter value …: a web app, and all that a page does with it, over real sockets.

Nothing but Python's own library: it runs where there is no network, and under strace.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def ask(port: int, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, body or None, {"Content-Type": kind} if body else {})
    answer = connection.getresponse()
    data = answer.read()
    assert answer.status < 300, (path, answer.status, data)
    connection.close()
    return data


def give(port: int, photo: Path) -> dict[str, Any]:
    edge = uuid.uuid4().hex
    head = f'--{edge}\r\nContent-Disposition: form-data; name="photo"; filename="{photo.name}"\r\n\r\n'
    body = head.encode() + photo.read_bytes() + f"\r\n--{edge}--\r\n".encode()
    return json.loads(ask(port, "POST", "/api/photos", body, f"multipart/form-data; boundary={edge}"))


def main(photo: Path, words: list[str]) -> None:
    settings = {name.removeprefix("--"): value for name, value in zip(words[::2], words[1::2], strict=True)}
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py"), "--port", str(free_port())],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        use(server, photo, settings)
    finally:
        server.kill()  # if it has not ended by now


def use(server: subprocess.Popen[str], photo: Path, settings: dict[str, str]) -> None:
    assert server.stdout is not None
    port = int(server.stdout.readline().strip().rpartition(":")[2])
    telling = [b"Ann Example", b"Camera of Ann", b"Pictures of ann", os.environ["HOME"].encode()]
    kept = give(port, photo)
    got = [ask(port, "GET", kept["url"]), ask(port, "GET", "/api/settings"), ask(port, "GET", "/api/models")]
    wanted = json.dumps({"photo_id": kept["id"], "settings": settings}).encode()
    job = json.loads(ask(port, "POST", "/api/jobs", wanted))
    here, end = f"/api/jobs/{job['id']}", time.monotonic() + 180
    while job["state"] in ("queued", "running"):
        assert time.monotonic() < end, job
        time.sleep(0.1)
        job = json.loads(ask(port, "GET", here))
    assert job["state"] == "done", job
    for name in ("", "/video.mp4", "/video.gif", "/poster.jpg", "/preview.webp", "/photo"):
        got.append(ask(port, "GET", here + name))
    for data in got:
        assert [word for word in telling if word in data] == []
    server.send_signal(signal.SIGINT)
    _, said = server.communicate(timeout=30)
    assert server.returncode == 0, said
    assert [word for word in telling if word.decode() in said] == []


def free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
