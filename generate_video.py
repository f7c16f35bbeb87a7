"""python generate_video.py photo.jpg — a photo becomes a video. Also a module: generate_video.generate(...)."""

import sys

from videoai import generate
from videoai.cli import main

__all__ = ["generate"]

if __name__ == "__main__":
    sys.exit(main(["generate", *sys.argv[1:]]))
