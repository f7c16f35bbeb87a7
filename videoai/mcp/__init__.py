"""The program as a server of the Model Context Protocol, for assistants: see docs/other-programs.md."""
