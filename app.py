"""python app.py — the web app, on http://localhost:5001. The same as “videoai serve”."""

import sys

if __name__ == "__main__":
    from videoai.cli import main

    sys.exit(main(["serve", *sys.argv[1:]]))
