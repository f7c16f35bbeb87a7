"""python app.py — the web app, on http://localhost:5001. The same as “videoai serve”."""

import signal
import sys
from os.path import dirname, join, realpath
from runpy import run_path

if __name__ == "__main__":
    HERE = dirname(realpath(__file__))
    run_path(join(HERE, "videoai", "supported.py"), run_name="__main__")  # before an older Python stumbles
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no traceback of an import, until `main` answers Ctrl-C
    from videoai.cli import main

    sys.exit(main(["serve", *sys.argv[1:]]))
