"""python -m tests.mutants [WORD …]: put each fault of mutations.py into a copy of the program; a test must fail then.

With words, only the faults whose file or description has one of them. Exits with 1 if one is not found or no longer
has a place, and with 2 if the tests fail without any.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # no thread is lost by a fork

import pytest

import tests.engines.svd.checkpoint  # noqa: F401  # and with it, all that is slow to import
from tests.mutants.mutation import Mutation, applied
from tests.mutants.mutations import MUTATIONS

ROOT = Path(__file__).resolve().parent.parent.parent
_COPIED = ("videoai", "tests", "examples", "static", "generate_video.py", "pyproject.toml")
_FAILED = 1
"""pytest's own exit code for tests that ran and failed."""
_NOT_TRIED = 99


def main(words: list[str]) -> int:
    chosen = [each for each in MUTATIONS if not words or any(word in f"{each.file} {each.wrong}" for word in words)]
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder)
        for name in _COPIED:
            source = ROOT / name
            (shutil.copytree if source.is_dir() else shutil.copy2)(source, copy / name)
        tests = sorted({path for each in chosen for path in each.tests})
        if code := run_tests(copy, tests):
            print(f"Without any fault pytest exits with {code}: {' '.join(tests)}")
            return 2
        lived = [each for each in chosen if not is_found(copy, each)]
    print(f"{len(chosen) - len(lived)} of {len(chosen)} faults are found.")
    for each in lived:
        print(f"NOT FOUND: {each.file}: {each.wrong}")
    return 1 if lived else 0


def is_found(copy: Path, mutation: Mutation) -> bool:
    """Whether a test fails of it. Leaves the copy as it was."""
    path, began = copy / mutation.file, time.monotonic()
    try:
        path.write_text(applied(mutation, path.read_text("utf-8")), "utf-8")
        code = run_tests(copy, mutation.tests)
    except ValueError as error:
        code = -1
        print(error)
    finally:
        shutil.copy2(ROOT / mutation.file, path)
    verdict = "found" if code == _FAILED else f"LIVED ({code})"
    print(f"{verdict}, {time.monotonic() - began:.0f} s: {mutation.file}: {mutation.wrong}", flush=True)
    return code == _FAILED


def run_tests(copy: Path, tests: Iterable[str]) -> int:
    """pytest's exit code for these files of the copy, up to the first failure.

    In a fork: what takes seconds to import, torch and the reference, is there already.
    """
    child = os.fork()
    if child == 0:
        try:
            os._exit(_pytest(copy, tests))
        except BaseException:
            traceback.print_exc()
            os._exit(_NOT_TRIED)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _pytest(copy: Path, tests: Iterable[str]) -> int:
    for name in [name for name in sys.modules if name.split(".")[0] in ("tests", "videoai")]:
        del sys.modules[name]
    os.chdir(copy)
    sys.path[:] = [str(copy), *(path for path in sys.path if path not in ("", str(ROOT)))]
    sys.dont_write_bytecode = True
    videoai = importlib.import_module("videoai")
    if not Path(str(videoai.__file__)).is_relative_to(copy):
        raise RuntimeError(f"{videoai.__file__} is not the copy's.")
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    # Why a test fails is of no interest, and pytest could not rewrite the assertions of what is imported already.
    options = ["-x", "-q", "-p", "no:cacheprovider", "--assert", "plain", "--timeout", "120"]
    return int(pytest.main([*options, *tests]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
