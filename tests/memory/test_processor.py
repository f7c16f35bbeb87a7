"""Which processor computes is found out without loading torch into the program that asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from videoai.engines.devices import NAMES, best_device
from videoai.errors import VideoAiError
from videoai.memory import processor
from videoai.memory.processor import this_processor

ASK = """
import json, sys
from videoai.memory.estimate import estimate
from videoai.settings import GenerationSettings
found = estimate(GenerationSettings(seed=1), 5 << 30)
print(json.dumps([found.planned.fits, sorted({"torch", "scipy", "av"} & set(sys.modules))]))
"""


def ask(**environment: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    return subprocess.run([sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("home", [None, pytest.param("/proc/nobody-may-write-here", marks=pytest.mark.slow)])
def test_an_estimate_loads_no_torch(own_home, home):
    result = ask(**({"VIDEOAI_HOME": home} if home else {}))
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == [True, []]


TALKATIVE = """
import os, sys
os.write(1, b"torch says hello\\n")
sys.path.remove(os.path.dirname(__file__))
del sys.modules["torch"]
import torch
"""


def test_what_torch_prints_is_no_answer(own_home, tmp_path):
    (tmp_path / "torch.py").write_text(TALKATIVE)
    result = ask(PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == [True, []]


ASK_AT_ONCE = """
import subprocess
from concurrent.futures import ThreadPoolExecutor
started, run = [], subprocess.run
subprocess.run = lambda *words, **options: started.append(words) or run(*words, **options)
from videoai.memory.processor import this_processor
with ThreadPoolExecutor(8) as pool:
    found = list(pool.map(lambda _: this_processor(), range(8)))
print(len(started), len(set(target.device for target in found)))
"""


def test_many_who_ask_at_once_start_one_process(own_home):
    """A page asks for an estimate of each preset when it opens."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    result = subprocess.run([sys.executable, "-c", ASK_AT_ONCE], env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["1", "1"]


def test_a_torch_that_does_not_start_is_a_sentence(own_home, tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('a library is missing')")
    result = ask(PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert "torch doesn't start: ImportError: a library is missing" in result.stderr


@pytest.mark.parametrize(
    ("torch", "reason"),
    [
        ("import os; os.kill(os.getpid(), 9)", "system probably stopped it because memory ran out"),
        (
            "raise ImportError('libtorch.so: failed to map segment: Cannot allocate memory')",
            "There was not enough memory",
        ),
        ("raise MemoryError", "There was not enough memory"),
    ],
)
def test_a_torch_that_has_no_memory_to_start_is_not_to_be_installed_again(own_home, tmp_path, torch, reason):
    (tmp_path / "torch.py").write_text(torch)
    result = ask(PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert reason in result.stderr
    assert "NotEnoughMemory" in result.stderr


def test_a_torch_that_may_not_map_its_libraries_says_memory(own_home):
    """A real limit of the kernel's, and the real torch."""
    script = "import resource; resource.setrlimit(resource.RLIMIT_AS, (250 << 20,) * 2)\n" + ASK
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    result = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert "NotEnoughMemory: torch doesn't start: There was not enough memory." in result.stderr, result.stderr


def test_a_torch_that_takes_for_ever_is_waited_for_no_longer(own_home, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(processor, "_START_SECONDS", 1.0)
    (tmp_path / "torch.py").write_text("import time; time.sleep(600)")
    with pytest.raises(VideoAiError, match=r"torch doesn't start: .*took too long"):
        processor._asked_once()


def test_where_torch_is_loaded_the_answer_is_the_same(own_home):
    device = best_device()
    found = this_processor()
    assert (found.device, found.numbers.best) == (device.name, NAMES[device.dtype])
    assert found.product > 0
    assert found == processor._asked_once()
