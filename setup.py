"""What pyproject.toml cannot say: the page and the examples lie beside the package, and are installed inside it."""

from setuptools import find_namespace_packages, find_packages, setup

BESIDE = ("static", "examples")

setup(
    packages=[
        *find_packages(include=["videoai*"]),
        *(f"videoai.{folder}" for name in BESIDE for folder in find_namespace_packages(include=[name, f"{name}.*"])),
    ],
    package_dir={f"videoai.{name}": name for name in BESIDE},
)
