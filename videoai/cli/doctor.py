"""videoai doctor: is this machine ready, and does it compute rightly?"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import click


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `status` is green, yellow or red, as in Activity Monitor."""

    name: str
    status: str
    message: str
    hint: str = ""


@click.command()
@click.option("--self-test", "with_self_test", is_flag=True, help="Compare each kind of layer with the CPU.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(with_self_test: bool, as_json: bool) -> int:
    """Look at this machine: Python, torch, the processor that computes, the memory.

    With --self-test every kind of layer of the model is computed on that processor and on the CPU.
    Ends with 1 if something is red.
    """
    import psutil

    from videoai.engines import environment

    environment.prepare()
    from videoai.engines.devices import best_device

    device, memory = best_device(), psutil.virtual_memory()
    findings = [*_versions(device.name)]
    if with_self_test:
        findings += _self_test()
    status = max((finding.status for finding in findings), key=["green", "yellow", "red"].index)
    if as_json:
        report = {
            "status": status,
            "memory": {"total_bytes": memory.total, "available_bytes": memory.available},
            "device": {"name": device.name, "dtype": str(device.dtype).removeprefix("torch.")},
            "checks": [asdict(finding) for finding in findings],
        }
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        gib = 1024**3
        click.echo(f"Memory     {memory.total / gib:.1f} GB, {memory.available / gib:.1f} GB of it available")
        for finding in findings:
            colour = {"green": "green", "yellow": "yellow", "red": "red"}[finding.status]
            click.echo(click.style(f"{finding.name:<10} ", bold=True) + click.style(finding.message, fg=colour))
            if finding.hint:
                click.echo(f"           {finding.hint}")
    return 1 if status == "red" else 0


def _versions(device: str) -> Iterator[Finding]:
    import torch

    yield Finding("Python", "green", f"{platform.python_version()} on {platform.platform(terse=True)}")
    yield Finding("torch", "green", torch.__version__)
    if device == "cpu":
        yield Finding("Processor", "yellow", "cpu", "No accelerator was found: a model will be slow; a draft is not.")
    else:
        yield Finding("Processor", "green", device)


def _self_test() -> Iterator[Finding]:
    from videoai.engines.devices import best_device
    from videoai.engines.svd.self_test import self_test

    for check in self_test(best_device()):
        message = f"{check.layer}: error {check.error:.1e}, at most {check.limit:g} is allowed"
        if check.ok:
            yield Finding("Self-test", "green", message)
        else:
            yield Finding("Self-test", "red", message, "Videos made on it would be wrong: update macOS and torch.")
