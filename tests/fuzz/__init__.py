"""Doors that files and requests of others come in by, given bytes that nobody meant: python -m tests.fuzz DOOR."""
