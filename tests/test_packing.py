"""What is packed holds everything, and works where nothing of the checkout is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.site import Site

BUILD = "import sys, setuptools.build_meta as backend; getattr(backend, 'build_' + sys.argv[1])(sys.argv[2])"
MADE = shutil.ignore_patterns(
    ".git", "venv", ".venv", "build", "dist", "__pycache__", "*.egg-info", ".*_cache", ".hypothesis", "node_modules"
)


def run(*command: object, **options: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([*map(str, command)], **{"capture_output": True, "text": True, "timeout": 120} | options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A copy: what builds writes beside what it reads."""
    return shutil.copytree(ROOT, tmp_path_factory.mktemp("packing") / "checkout", ignore=MADE)


@pytest.fixture(scope="module")
def source(checkout) -> Path:
    """The source distribution, unpacked."""
    before = files_of(checkout)
    run(sys.executable, "-c", BUILD, "sdist", checkout.parent, cwd=checkout)
    (packed,) = checkout.parent.glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(checkout.parent, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    (folder,) = checkout.parent.glob("videoai-*/")
    assert before <= files_of(folder)
    return folder


@pytest.fixture(scope="module")
def wheel(source) -> Path:
    """The wheel that is built of it."""
    run(sys.executable, "-c", BUILD, "wheel", source.parent, cwd=source)
    (packed,) = source.parent.glob("*.whl")
    return packed


def test_the_wheel_of_the_source_holds_the_program_the_page_and_the_examples(checkout, wheel):
    wanted = {f"videoai/{name}" for name in files_of(checkout / "videoai")}
    assert "videoai/py.typed" in wanted
    for beside in ("static", "examples"):
        wanted |= {f"videoai/{beside}/{name}" for name in files_of(checkout / beside)}
    packed = zipfile.ZipFile(wheel).namelist()
    assert {name for name in packed if ".dist-info/" not in name} == wanted


def test_an_unpacked_wheel_finds_what_it_brings(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    asked = "from videoai.system import paths; from videoai.language import shown, say\n"
    asked += "print(paths.static(), paths.examples(), shown(say('An astronaut')), sep='\\n')"
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site"), "VIDEOAI_LANG": "it"}
    told = run(sys.executable, "-c", asked, cwd=tmp_path, env=environment).stdout.splitlines()
    package = tmp_path / "site" / "videoai"
    assert told == [str(package / "static"), str(package / "examples"), "Un'astronauta"]


class Installed(Site):
    """The command that was installed, from a folder of its own."""

    @property
    def environment(self) -> dict[str, str]:
        return {name: value for name, value in super().environment.items() if name != "PYTHONPATH"}


@pytest.fixture(scope="module")
def environment(source, tmp_path_factory) -> Path:
    """A fresh virtual environment with the program, which sees the other packages that there are here."""
    folder = tmp_path_factory.mktemp("fresh") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    here = sysconfig.get_paths(vars={"base": str(folder), "platbase": str(folder)})["purelib"]
    (Path(here) / "others.pth").write_text(sysconfig.get_paths()["purelib"])  # and not what its .pth files say
    pip = (sys.executable, "-m", "pip", "--python", folder / "bin" / "python")
    run(*pip, "install", "--no-index", "--no-deps", "--no-build-isolation", source)
    return folder / "bin"


@pytest.mark.slow
def test_it_is_installed_and_makes_a_video_and_serves_its_page_in_both_languages(environment, tmp_path):
    asked = "import videoai; from videoai.system import paths; print(videoai.__file__, paths.examples(), sep='\\n')"
    package, examples = run(environment / "python", "-c", asked, cwd=tmp_path).stdout.split()
    assert package.startswith(str(environment.parent))
    command = [
        environment / "videoai",
        f"{examples}/coffee.png",
        "--model",
        "draft",
        "--width",
        "256",
        "--height",
        "256",
    ]
    done = run(*command, "--frames", "4", "--output", "clip.mp4", cwd=tmp_path, env=os.environ | {"VIDEOAI_LANG": "it"})
    assert (tmp_path / "clip.mp4").stat().st_size > 1000
    assert "Leggo la foto" in done.stderr
    site = Installed(tmp_path / "site")
    site.program = (str(environment / "videoai"), "serve")
    site.start()
    try:
        assert site.get("/").content == (ROOT / "static" / "index.html").read_bytes()
        assert site.get("/static/app.js").content == (ROOT / "static" / "app.js").read_bytes()
        rows = {language: site.get(f"/api/examples?lang={language}").json() for language in ("en", "it")}
        assert [rows[language][2]["title"] for language in rows] == ["An astronaut", "Un'astronauta"]
        for row in rows["en"]:
            assert site.get(row["url"]).headers["Content-Type"] == "image/jpeg"
    finally:
        site.stop()
