"""The web app of the window, in a process of its own: it ends with the window, however that ends, and in order."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from videoai.errors import PortUnusable, VideoAiError
from videoai.system import child
from videoai.system.messages import Failed, encode

if TYPE_CHECKING:
    from videoai.web.server import Server

HOST = "127.0.0.1"


def serve(wanted: dict[str, Any]) -> int:
    """Serve on the first of the `ports` that is free, and say its address in a line, or why it is none."""
    from videoai.system.scrubbing import log_to_stderr
    from videoai.web.app import create_app
    from videoai.web.services import Options

    out = child.take_stdout()
    log_to_stderr()
    try:
        app = create_app(Options(offline=wanted["offline"], gentle=wanted["gentle"]))
        server = _first(app, wanted["ports"])
    except VideoAiError as error:
        out.write(encode(Failed(error.to_dict()["error"])))
        out.flush()
        return error.exit_code
    out.write(server.address.encode() + b"\n")
    out.flush()
    threading.Thread(target=_stop_with_parent, args=[server], daemon=True).start()
    server.run()
    return 0


def _first(app: Any, ports: list[int]) -> Server:
    """A server on the first port that can be had; the last is to be 0, which is any. Raises PortUnusable."""
    from videoai.web.server import Server

    for port in ports[:-1]:
        try:
            return Server(app, HOST, port)
        except PortUnusable:
            continue
    return Server(app, HOST, ports[-1])


def _stop_with_parent(server: Server) -> None:
    """Once the pipe from it closes, the video that is being made is put back, to be gone on with."""
    while os.read(0, 4096):
        pass
    server.stop()


if __name__ == "__main__":
    child.prepare()
    sys.exit(serve(child.first_line()))
