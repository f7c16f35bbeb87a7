"""The page as an application: one window for a home, and a server behind it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from videoai.config.values import read_config
from videoai.desktop import backend, given
from videoai.desktop.handover import Receiver, hand_over
from videoai.desktop.remembered import remembered
from videoai.desktop.toolkit import chosen
from videoai.desktop.window import AppWindow
from videoai.system import paths, private_files
from videoai.system.files import write_errors


def run(files: Sequence[Path], *, offline: bool, gentle: bool) -> None:
    """Open the window with these files, or hand them to the one that is open. Comes back once it is closed.

    To be called in the main thread. Raises VideoAiError.
    """
    found = [given.checked(file) for file in files]
    if hand_over(found):
        return
    with write_errors(paths.window()):
        private_files.make_folder(paths.window())
    last = remembered()
    ports = [read_config().serve({}).port, *([last.port] if last.port else [])]
    with ThreadPoolExecutor(1) as beside:
        toolkit = beside.submit(chosen)
        # One that was started otherwise knows nothing of these wishes.
        server = None if offline or gentle else backend.running_one()
        server = server or backend.start(ports, offline=offline, gentle=gentle)
    window = receiver = None
    try:
        window = AppWindow(toolkit.result(), server, last)
        receiver = Receiver(lambda paths: window.take([Path(path) for path in paths]))
        window.take(found)
        window.run()
    finally:
        if receiver is not None:
            receiver.close()
        (server if window is None else window.backend).stop()
