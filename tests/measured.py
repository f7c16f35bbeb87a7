"""python -m tests.measured COMMAND …: run it, and print its processor seconds, peak bytes and exit code as JSON.

A process between: Linux counts the memory of whoever forked a process towards that process's own peak, and a test
runner that has loaded torch is larger than most of what it measures.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
process.returncode = os.waitstatus_to_exitcode(status)
peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps([usage.ru_utime + usage.ru_stime, peak, process.returncode]))
