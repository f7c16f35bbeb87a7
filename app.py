"""python app.py — the web app, on http://localhost:5001. The same as “videoai serve”."""

import signal
import sys

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback of an import, until `main` answers Ctrl-C
    from videoai.cli import main

    sys.exit(main(["serve", *sys.argv[1:]]))
