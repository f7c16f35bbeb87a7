"""Installing, as people do it: without CUDA, as a tool, and from a folder with a space in its name."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES, ROOT, find_tool
from tests.test_packing import MADE

pytestmark = pytest.mark.slow

BACKEND = """
import zipfile

def get_requires_for_build_editable(settings=None):
    return []

def build_editable(folder, settings=None, metadata=None):
    with zipfile.ZipFile(f"{folder}/videoai-0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("videoai-0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: videoai\\nVersion: 0\\n")
        wheel.writestr("videoai-0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("videoai-0.dist-info/RECORD", "")
    return "videoai-0-py3-none-any.whl"
"""
"""What builds the stand-in for the program, without setuptools."""


class Index:
    """A package index on loopback, of small wheels, which remembers what it was asked for."""

    def __init__(self, folder: Path) -> None:
        asked: set[str] = set()
        self.folder, self.asked = folder, asked
        folder.mkdir()

        class Handler(SimpleHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                asked.add(self.path.strip("/").partition("/")[0])

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def add(self, name: str, version: str, *needs: str) -> None:
        page = self.folder / name
        page.mkdir(exist_ok=True)
        metadata = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {need}" for need in needs), ""]
        with zipfile.ZipFile(page / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
            about = f"{name}-{version}.dist-info"
            wheel.writestr(f"{name}.py", f"VERSION = {version!r}\n")
            wheel.writestr(f"{about}/METADATA", "\n".join(["Metadata-Version: 2.1", *metadata]))
            wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{about}/RECORD", "")
        links = (f'<a href="{path.name.replace("+", "%2B")}">{path.name}</a>' for path in page.glob("*.whl"))
        (page / "index.html").write_text("<br>".join(links))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def indexes(tmp_path) -> Iterator[tuple[Index, Index]]:
    """PyPI's stand-in, and that of PyTorch's index, which also has old packages of others."""
    everything, cpu = Index(tmp_path / "everything"), Index(tmp_path / "cpu")
    for version in ("1.0", "1.1"):
        everything.add("other", version)
    everything.add("torch", "2.13.0", "other>=1", "cuda")
    everything.add("cuda", "13.0")
    cpu.add("torch", "2.13.0+cpu", "other>=1")
    cpu.add("other", "9.9")
    yield everything, cpu
    everything.close()
    cpu.close()


@pytest.fixture
def project(tmp_path) -> Path:
    """Our Makefile, with a program that needs next to nothing, in a folder with a space."""
    folder = tmp_path / "My Videos"
    (folder / "videoai").mkdir(parents=True)
    for name in ("Makefile", "videoai/supported.py"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "requirements.txt").write_text("other==1.0\ntorch==2.13.0\n")
    (folder / "setup.py").touch()
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (folder / "backend.py").write_text(BACKEND)
    return folder


@pytest.fixture
def make(project, indexes):
    """make, with nothing of what pip is told on this machine."""
    everything, cpu = indexes
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "MAKE"))}
    environment |= {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": everything.url, "PIP_NO_CACHE_DIR": "1"}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [find_tool("make", "make"), *words, f"PYTHON={sys.executable}", f"CPU_INDEX={cpu.url}"]
        return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=120)

    return run


def installed(project: Path) -> dict[str, str]:
    """The packages of the environment, with their versions."""
    about = (project / "venv").glob("lib/python*/site-packages/*.dist-info")
    return dict(path.name.removesuffix(".dist-info").split("-") for path in about)


def test_without_cuda_only_torch_comes_from_the_other_index_and_it_stays(make, project, indexes):
    _, cpu = indexes
    done = make("install", "CPU=1")
    assert done.returncode == 0, done.stdout + done.stderr
    found = installed(project)
    assert (found["torch"], found["other"], "cuda" in found) == ("2.13.0+cpu", "1.0", False)
    assert cpu.asked == {"torch"}
    assert "Nothing to be done" in make("install", "CPU=1").stdout
    (project / "requirements.txt").write_text("other==1.1\ntorch==2.13.0\n")
    done = make("install")  # as “make test” does, which nobody would tell again
    assert done.returncode == 0, done.stdout + done.stderr
    found = installed(project)
    assert (found["torch"], found["other"], "cuda" in found) == ("2.13.0+cpu", "1.1", False)


def test_an_environment_with_cuda_is_not_taken_for_one_without(make, project):
    assert make("install").returncode == 0
    assert installed(project)["torch"] == "2.13.0"
    done = make("install", "CPU=1")
    assert done.returncode != 0
    assert "make clean" in done.stderr
    assert make("clean").returncode == 0
    assert make("install", "CPU=1").returncode == 0
    assert installed(project)["torch"] == "2.13.0+cpu"


def test_the_hand_written_commands_of_the_readme_do_the_same(indexes, tmp_path):
    """Those that pip gets, on two indexes of which PyTorch's is the one that the line names."""
    everything, cpu = indexes
    lines = re.findall(r"^(?:# .*: )?pip install (.*)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    (first,) = [line for line in lines if "whl/cpu" in line]
    assert lines.index(first) < lines.index("-r requirements.txt")
    pin = next(line for line in (ROOT / "requirements.txt").read_text().splitlines() if line.startswith("torch=="))
    assert first.split()[-1] == pin
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    (tmp_path / "requirements.txt").write_text(f"other==1.0\n{pin}\n")
    pip = [tmp_path / "venv" / "bin" / "python", "-m", "pip", "install", "-q"]
    environment = os.environ | {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": everything.url, "PIP_FIND_LINKS": ""}
    for line in (first.replace("https://download.pytorch.org/whl/cpu", cpu.url), "-r requirements.txt"):
        subprocess.run([*pip, *line.split()], cwd=tmp_path, env=environment, check=True)
    found = installed(tmp_path)
    assert (found["torch"], found["other"], "cuda" in found) == ("2.13.0+cpu", "1.0", False)


def test_as_a_tool_of_uv_from_a_folder_with_a_space_it_makes_a_draft(tmp_path):
    """Without torch, which a draft does without: the rest is downloaded."""
    checkout = shutil.copytree(ROOT, tmp_path / "My Videos" / "checkout", ignore=MADE)
    (tmp_path / "without.txt").write_text("torch\n")
    places = {"UV_TOOL_DIR": f"{tmp_path}/my tools", "UV_TOOL_BIN_DIR": f"{tmp_path}/bin", "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "uv", "tool", "install", "-q", "--python", sys.executable]
    command += ["--constraints", "requirements.txt", "--excludes", str(tmp_path / "without.txt"), "."]
    done = subprocess.run(command, cwd=checkout, env=os.environ | places, capture_output=True, text=True)
    if done.returncode and not os.environ.get("VIDEOAI_REQUIRE_TOOLS"):
        assert re.search(r"dns error|error sending request|network|refused", done.stderr, re.I), done.stderr
        pytest.skip("the package index cannot be reached")
    assert done.returncode == 0, done.stderr
    draft = [EXAMPLES / "coffee.png", "--model", "draft", "--width", "256", "--height", "256", "--output", "clip.mp4"]
    subprocess.run([tmp_path / "bin" / "videoai", *draft], cwd=tmp_path, env=os.environ | places, check=True)
    assert (tmp_path / "clip.mp4").stat().st_size > 1000
