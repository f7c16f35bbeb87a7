"""The page as an application: one window for a home, and a server behind it."""

from __future__ import annotations

import os
import queue
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from videoai.config.values import read_config
from videoai.desktop import backend, given
from videoai.desktop.backend import Backend
from videoai.desktop.handover import Receiver, hold_or_hand_over
from videoai.desktop.remembered import remembered
from videoai.desktop.toolkit import chosen
from videoai.desktop.window import AppWindow, Inbox
from videoai.system import paths
from videoai.system.files import write_errors


def run(files: Sequence[Path], *, offline: bool, gentle: bool) -> None:
    """Open the window with these files, or hand them to the one that is open. Comes back once it is closed.

    To be called in the main thread. Raises VideoAiError.
    """
    found = [given.checked(file) for file in files]
    with write_errors(paths.window()):
        lock = hold_or_hand_over(found)
    if lock is None:
        return
    inbox: Inbox = queue.Queue()
    inbox.put(found)
    window: AppWindow | None = None

    def take(more: Sequence[str]) -> None:
        inbox.put([Path(path) for path in more])
        if window is not None:
            window.raise_up()

    receiver = Receiver(take)
    server: Backend | None = None
    try:
        last = remembered()
        ports = [read_config().serve({}).port, *([last.port] if last.port else [])]
        with ThreadPoolExecutor(1) as beside:
            toolkit = beside.submit(chosen)
            # One that was started otherwise knows nothing of these wishes.
            server = None if offline or gentle else backend.running_one()
            server = server or backend.start(ports, offline=offline, gentle=gentle)
        window = AppWindow(toolkit.result(), server, last, inbox)
        window.run()
    finally:
        receiver.close()
        if window is not None:
            window.backend.stop()
        elif server is not None:
            server.stop()
        os.close(lock)
