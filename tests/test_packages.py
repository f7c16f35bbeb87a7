"""How packages are had again is told for the way in which VideoAi itself was had."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

PRINT = "from videoai import packages; print(packages.how_to_install()); print(packages.how_to_reinstall())"


@pytest.mark.parametrize("name", ["videos", "my videos"])
def test_a_checkout_has_its_list_of_packages_wherever_one_is(tmp_path, name):
    for each in ("videoai", "requirements.txt"):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / each).symlink_to(ROOT / each)
    file = f"{tmp_path}/{name}/requirements.txt"
    file = f"'{file}'" if " " in name else file
    assert said(tmp_path / name) == [
        f"Activate the virtual environment, or run: pip install -r {file}",
        f"Install the packages again: pip install --force-reinstall -r {file}",
    ]


def test_an_installed_package_has_none(tmp_path):
    (tmp_path / "videoai").symlink_to(ROOT / "videoai")
    assert said(tmp_path) == ["Install VideoAi again, as you did the first time."] * 2


def test_an_extra_is_installed_for_the_videoai_that_runs(tmp_path):
    asked = "from videoai import packages; print(packages.with_extra('app'))"
    assert said(ROOT, asked) == [f"pip install -e '{ROOT}[app]'"]
    (tmp_path / "videoai").symlink_to(ROOT / "videoai")
    assert said(tmp_path, asked) == ["pip install 'videoai[app]'"]


def said(place: object, asked: str = PRINT) -> list[str]:
    code = f"import sys; sys.path.insert(0, {str(place)!r}); {asked}"
    return subprocess.run(
        [sys.executable, "-c", code], cwd="/", capture_output=True, text=True, check=True
    ).stdout.splitlines()
