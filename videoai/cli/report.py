"""How an error reaches the user: a sentence and a hint on stderr, or with --json one object on stdout."""

from __future__ import annotations

import sys

from videoai.cli.screen import tell_json
from videoai.errors import VideoAiError
from videoai.language import printable, say, shown


def report(error: VideoAiError, *, as_json: bool) -> int:
    """Tell the user what went wrong and what to do; return the exit code."""
    if as_json:
        tell_json(error.to_dict())
    else:
        more = [*error.details(), *([error.hint] if error.hint else [])]
        lines = [say("Error: {message}", message=error.message), *(f"  {shown(line)}" for line in more)]
        print("\n".join(printable(shown(line)) for line in lines), file=sys.stderr, flush=True)
    return error.exit_code
