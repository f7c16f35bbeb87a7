"""The script behind the icon: it starts this very environment, and says what to do where that has moved away."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from videoai.language import say, shown

_CARRIED = ("VIDEOAI_HOME", "VIDEOAI_OUTPUTS", "VIDEOAI_CONFIG", "VIDEOAI_LANG", "HF_HOME")
"""What was exported in the terminal, and is not where a double click starts from."""

_SCRIPT = """#!/bin/sh
# Made by "videoai app --install"; "videoai app --uninstall" removes it.
{exports}
python={python}
package={package}
say() {{
    echo "$1" >&2
    {tell}
}}
if [ ! -x "$python" ] || [ ! -d "$package" ]; then
    say {moved}
    exit 1
fi
errors=$(mktemp) || exit 1
trap 'rm -f "$errors"' EXIT
cd / && "$python" -c {run} app "$@" 2>"$errors"
code=$?
cat "$errors" >&2
if [ $code -ne 0 ] && [ $code -ne 130 ]; then say "$(grep -v '^$' "$errors" | tail -n 3)"; fi
exit $code
"""

_ON_A_MAC = (
    """/usr/bin/osascript -e 'on run argv' -e 'display alert "VideoAi" message (item 1 of argv)' """
    """-e 'end run' "$1" >/dev/null"""
)
_ON_LINUX = """if command -v zenity >/dev/null; then zenity --error --no-markup --title=VideoAi --text="$1"
    elif command -v kdialog >/dev/null; then kdialog --title VideoAi --error "$1"
    elif command -v notify-send >/dev/null; then notify-send --app-name=VideoAi -- VideoAi "$1"
    fi"""


def script(system: str = sys.platform) -> bytes:
    """A POSIX shell script, which hands its arguments on."""
    package = Path(__file__).resolve().parents[1]
    # The places for imports as they are here: the program may be a checkout that is installed nowhere.
    run = f"import sys; sys.path.insert(0, {str(package.parent)!r}); from videoai.cli import main; sys.exit(main())"
    exports = [f"export {name}={shlex.quote(os.environ[name])}" for name in _CARRIED if os.environ.get(name)]
    moved = say(
        "VideoAi is not where it was when it was put among your applications. In its new place, run: "
        "videoai app --install"
    )
    values = {
        "exports": "\n".join(exports),
        "python": shlex.quote(sys.executable),
        "package": shlex.quote(str(package)),
        "tell": _ON_A_MAC if system == "darwin" else _ON_LINUX,
        "moved": shlex.quote(shown(moved)),
        "run": shlex.quote(run),
    }
    return _SCRIPT.format(**values).encode()
