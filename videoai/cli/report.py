"""How an error reaches the user: a sentence and a hint on stderr, or with --json one object on stdout."""

from __future__ import annotations

import json
import sys

from videoai.errors import VideoAiError


def report(error: VideoAiError, *, as_json: bool) -> int:
    """Tell the user what went wrong and what to do; return the exit code."""
    if as_json:
        print(json.dumps(error.to_dict(), ensure_ascii=False), flush=True)
    else:
        lines = [f"Error: {error.message}"] + ([f"  {error.hint}"] if error.hint else [])
        print("\n".join(lines), file=sys.stderr, flush=True)
    return error.exit_code
