"""The report of a proof: a page to read, and the same as JSON, to be sent to whoever develops the program."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from videoai.engines.svd.networks import NETWORKS
from videoai.finishing.registry import stage_title
from videoai.language import say, shown
from videoai.system import paths
from videoai.system.scrubbing import without_home
from videoai.system.units import duration, length, minutes, size

_NONE = "–"

Row = Sequence[str]


def as_json(findings: Mapping[str, Any]) -> str:
    """Of `Findings.to_dict()`, on lines of their own; impersonal, and in English."""
    return impersonal(json.dumps(findings, indent=1, ensure_ascii=False))


def as_page(findings: Mapping[str, Any]) -> str:
    """Markdown in the current language, the JSON at its end; impersonal."""
    sections = (
        _head(findings),
        _networks(findings["networks"]),
        _run(findings["run"]),
        _presets(findings["presets"]),
        [f"```json\n{as_json(findings)}\n```"],
    )
    return impersonal("\n\n".join("\n\n".join(section) for section in sections)) + "\n"


def impersonal(text: str) -> str:
    """Without the user's home folder, and the program's own, wherever that is."""
    return without_home(text.replace(str(paths.home()), "…"))


def verdict(findings: Mapping[str, Any]) -> str:
    """In one sentence: is all well, and if not, what comes first."""
    for row in findings["networks"]:
        title = NETWORKS[row["network"]]
        if isinstance(row.get("error"), Mapping):
            return say("The {network} did not run: {reason}", network=title, reason=row["error"]["message"])
        if not row["finite"]:
            return say("The {network} overflowed: its numbers are infinite or not numbers.", network=title)
        if not row["ok"]:
            return say("The {network} computes wrongly here.", network=title)
    if findings["run"]["error"]:
        return say("The video did not come out: {reason}", reason=findings["run"]["error"]["message"])
    if any(row["missing"] for row in findings["networks"]):
        return say("All is computed correctly, but the CPU has to help out.")
    return say("Everything is computed correctly on this computer.")


def _head(findings: Mapping[str, Any]) -> Iterable[str]:
    machine = findings["machine"]
    yield f"# {shown(say('VideoAi proof of {date}', date=findings['date']))}"
    yield shown(verdict(findings))
    yield shown(
        say(
            "Made by “videoai doctor --prove” in {time}, with random weights of {bits} bits. "
            "It says nothing about you.",
            time=duration(findings["seconds"]),
            bits=findings["bits"],
        )
    )
    chip = machine["cpu"] if machine["device"] == "cpu" else machine["title"]
    rows = [
        (say("Processor"), say("{name}, {count} cores", name=chip or _NONE, count=machine["cores"])),
        (say("Computes on"), f"{machine['device']}, {machine['dtype']}"),
        (say("Memory"), size(machine["memory_bytes"])),
        (say("Computer"), machine["model"] or machine["architecture"]),
        (say("System"), machine["system"]),
        (say("Versions"), f"VideoAi {findings['videoai']}, torch {machine['torch']}, Python {machine['python']}"),
        (say("Disk used"), size(findings["disk_bytes"])),
    ]
    yield _table(("", ""), rows)


def _networks(rows: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    yield f"## {shown(say('Each network, compared with the CPU'))}"
    table, missing = [], dict[str, None]()
    for row in rows:
        title = NETWORKS[row["network"]]
        missing |= dict.fromkeys(row["missing"])
        if isinstance(row.get("error"), Mapping):
            table.append((title, *[_NONE] * 5, row["error"]["message"]))
            continue
        good = say("yes") if row["ok"] else say("no")
        finite = say("yes") if row["finite"] else say("no")
        table.append((title, row["dtype"], row["reference"], _share(row["error"]), _share(row["limit"]), finite, good))
    heads = (
        *(say("Network"), say("Computed in"), say("Compared with")),
        *(say("Error"), say("Allowed"), say("Finite"), say("Correct")),
    )
    yield _table(heads, table)
    if missing:
        yield shown(say("Done by the CPU, for want of a kernel: {operators}.", operators=", ".join(missing)))
    else:
        yield shown(say("Nothing was done by the CPU in an accelerator's place."))


def _run(run: Mapping[str, Any]) -> Iterable[str]:
    yield f"## {shown(say('The last steps of a video of the safety preset, and its decoding'))}"
    if run["error"]:
        yield shown(say("It ended early: {reason}", reason=run["error"]["message"]))
    heads = (say("Stage"), say("Predicted memory"), say("Measured memory"), say("Time"))
    yield _table(
        heads,
        [
            (
                stage_title(stage["name"]),
                _size(stage["predicted_bytes"]),
                _size(stage["measured_bytes"]),
                _NONE if stage["seconds"] is None else length(stage["seconds"]),
            )
            for stage in run["stages"]
        ],
    )
    pressure = {"green": say("green"), "yellow": say("yellow"), "red": say("red")}[run["pressure"]]
    facts = [
        (say("Each guided step"), ", ".join(shown(length(step)) for step in run["steps"]) or _NONE),
        (say("Most memory"), _size(run["peak_bytes"])),
        (say("Allowed memory"), _size(run["budget_bytes"])),
        (say("Memory pressure"), pressure),
        (say("Least memory left"), _size(run["available_bytes"])),
        (
            say("Swap"),
            say(
                "{before} before, {most} at most",
                before=_size(run["swap_before_bytes"]),
                most=_size(run["swap_most_bytes"]),
            ),
        ),
    ]
    yield _table(("", ""), facts)
    for notice in run["notices"]:
        yield f"- {shown(notice)}"


def _presets(rows: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    yield f"## {shown(say('What that makes of each preset'))}"
    if not rows:
        yield shown(say("Unknown, as the run did not end."))
        return
    table = [
        (
            row["preset"],
            f"{row['width']}×{row['height']}",
            str(row["frames"]),
            str(row["steps"]),
            duration(row["seconds"]),
            _guide(row),
            size(row["peak_bytes"]),
            say("yes") if row["fits"] else say("no"),
        )
        for row in rows
    ]
    heads = (
        *(say("Preset"), say("Size"), say("Frames"), say("Steps"), say("Time")),
        *(say("The guide, M1 with 8 GB"), say("Memory"), say("Fits")),
    )
    yield _table(heads, table)


def _guide(row: Mapping[str, Any]) -> str:
    if row["guide_may_crash"]:
        return say("may crash")
    if row["guide_seconds"] is None:
        return _NONE
    return minutes(*row["guide_seconds"])


def _share(value: float | None) -> str:
    return _NONE if value is None else f"{value:.1e}"


def _size(count: int | None) -> str:
    return _NONE if count is None else size(count)


def _table(heads: Row, rows: Sequence[Row]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(shown(cell).replace('|', '/') for cell in line)} |" for line in lines)
