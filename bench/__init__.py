"""The measurements that the docs quote, each a command: python -m bench.NAME [--json]."""
