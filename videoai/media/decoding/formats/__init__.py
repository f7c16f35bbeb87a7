"""How each kind of file is opened: one module a kind, and beside it, under its name, what it needs."""
