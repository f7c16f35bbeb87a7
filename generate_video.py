"""python generate_video.py photo.jpg — a photo becomes a video. Also a module: generate_video.generate(...)."""

import signal
import sys

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback of an import, until `main` answers Ctrl-C
    from videoai.cli import main

    sys.exit(main(["generate", *sys.argv[1:]]))

from videoai import generate as generate
