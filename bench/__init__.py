"""The measurements that the docs quote, each a command: python -m bench.NAME [--json]."""

from videoai.system import environment

environment.prepare()  # as the program itself runs, for us and for the peer alike
