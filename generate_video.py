"""python generate_video.py photo.jpg — a photo becomes a video. Also a module: generate_video.generate(...)."""

import signal
import sys
from os.path import dirname, join, realpath
from runpy import run_path

HERE = dirname(realpath(__file__))
run_path(join(HERE, "videoai", "supported.py"), run_name="__main__")  # before an older Python stumbles

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback of an import, until `main` answers Ctrl-C
    from videoai.cli import main

    sys.exit(main(verb="generate"))

from videoai import generate as generate  # noqa: E402
