"""Which torch is there: the one of this environment, none, one that cannot be loaded, one that does not suit."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.conftest import ROOT
from videoai.upkeep import torch_check
from videoai.upkeep.torch_check import TorchBuild

CPU = TorchBuild("2.13.0+cpu", bytes=698_000_000)
CUDA = TorchBuild("2.13.0+cu130", cuda="13.0", bytes=5_100_000_000)


def test_the_one_that_is_here():
    build = torch_check.torch_build()
    assert (build.version, build.cuda) == (torch.__version__, torch.version.cuda)
    library = next(file for file in importlib.metadata.files("torch") if "libtorch_cpu" in file.name)
    assert build.bytes > library.locate().stat().st_size


@pytest.mark.parametrize(
    ("build", "card", "usable", "status", "message", "hint"),
    [
        (CPU, False, False, "green", "2.13.0, built for the CPU alone, 698 MB", ""),
        (CUDA, True, True, "green", "2.13.0, built for CUDA 13.0, 5.1 GB", ""),
        (CUDA, False, True, "green", "2.13.0, built for CUDA 13.0, 5.1 GB", ""),
        (CUDA, False, False, "yellow", "2.13.0, built for CUDA 13.0, 5.1 GB", "torch==2.13.0+cpu. Then remove"),
        (CUDA, True, False, "yellow", "2.13.0, built for CUDA 13.0, 5.1 GB", "install or update its driver"),
        (CPU, True, False, "yellow", "2.13.0, built for the CPU alone, 698 MB", "--force-reinstall torch==2.13.0"),
        (TorchBuild("2.13.0", mps=True), False, False, "green", "2.13.0, built for Apple's GPUs (MPS)", ""),
    ],
)  # fmt: skip
def test_whether_it_suits_this_computer(build, card, usable, status, message, hint):
    check = torch_check.build_check(build, "linux", card=card, usable=usable)
    told = check.message.removesuffix(" on the disk")
    assert (check.id, check.status, told, hint in check.hint) == ("torch", status, message, True)
    assert bool(check.hint) == bool(hint)


def test_one_that_leaks_on_a_mac():
    assert torch_check.build_check(TorchBuild("2.5.1"), "darwin", card=False, usable=False).status == "yellow"
    assert torch_check.build_check(TorchBuild("2.5.1"), "linux", card=False, usable=False).status == "green"


def test_a_card_is_seen_without_its_driver(tmp_path):
    for name, vendor, kind in (("0", "0x8086", "0x030000"), ("1", "0x10de", "0x040300")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "vendor").write_text(f"{vendor}\n")
        (tmp_path / name / "class").write_text(f"{kind}\n")
    assert not torch_check.has_nvidia_card(tmp_path), "one of another maker, and one that is for sound"
    (tmp_path / "1" / "class").write_text("0x030200\n")
    assert torch_check.has_nvidia_card(tmp_path)
    assert not torch_check.has_nvidia_card(tmp_path / "none")


def doctor(packages: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """With the packages in a folder, and no others."""
    variables = os.environ | {"PYTHONPATH": f"{packages}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-S", "-m", "videoai", "doctor", *words]
    return subprocess.run(command, capture_output=True, text=True, env=variables, timeout=120, cwd=packages.parent)


@pytest.fixture
def packages(tmp_path) -> Path:
    """All that are here but torch."""
    folder = tmp_path / "packages"
    folder.mkdir()
    for path in Path(torch.__file__).parents[1].iterdir():
        if not path.name.startswith(("torch", "_distutils", "__pycache__")):
            (folder / path.name).symlink_to(path)
    return folder


def test_without_torch_all_else_is_shown(packages):
    text = doctor(packages)
    assert (text.returncode, text.stderr) == (1, "")
    assert "torch      ✗ not installed\n" in text.stdout
    assert "Without it you can only make drafts: pip install 'torch<2.14'" in text.stdout
    for name in ("Memory", "Budget", "Python", "Models", "Folders", "Disk", "Kept", "Network", "Status"):
        assert f"\n{name} " in f"\n{text.stdout}"
    assert "Processor" not in text.stdout


def test_a_torch_that_cannot_be_loaded_says_why(packages):
    (packages / "torch").mkdir()
    why = "libcudart.so.13: cannot open shared object file: No such file or directory"
    (packages / "torch" / "__init__.py").write_text(f"raise OSError({why!r})\n")
    found = doctor(packages, "--json", "--self-test")
    assert (found.returncode, found.stderr) == (1, "")
    report = json.loads(found.stdout)
    assert (report["status"], report["device"]) == ("red", None)
    (check,) = [check for check in report["checks"] if check["status"] == "red"]
    assert (check["id"], check["message"]) == ("torch", f"cannot be loaded: {why.lower()}")
    assert "pip install --force-reinstall 'torch<2.14'" in check["hint"]
