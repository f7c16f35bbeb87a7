"""What can be asked of a run beside the settings of its video: the rest of the table of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videoai import own_presets
from videoai.formats import ENCODERS
from videoai.kinds import Amount, Choice, Flag, FreeText, VideoPath
from videoai.language import say
from videoai.parameters import RUN, Parameter, Problems, row, rows_of
from videoai.presets import DEFAULT_PRESET, PRESETS


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a video is asked for and computed. Nothing here changes what it shows, but by the settings it stands for."""

    output: str | None = row(
        None,
        FreeText(say("path")),
        RUN,
        label=say("Output"),
        help=say("Path of the video"),
        default_text="auto",
        remote=False,
    )
    overwrite: bool | None = row(
        None,
        Flag(),
        RUN,
        label=say("Overwrite"),
        help=say(
            "Replace a file that has the video's name; with --no-overwrite, keep it and skip that video. Without "
            "either, you are asked on a terminal"
        ),
        default_text=say("ask"),
        remote=False,
    )
    preset: str | None = row(
        None,
        Choice(tuple(PRESETS), {name: preset.label for name, preset in PRESETS.items()}, own_presets.names),
        RUN,
        label=say("Preset"),
        help=say("Settings under one name; your own choices override them"),
        guide=say("Settings that go well together. Begin with one, look at the clip, then change one thing at a time."),
        default_text=DEFAULT_PRESET,
    )
    encoder: str = row(
        "software",
        Choice(tuple(ENCODERS)),
        RUN,
        label=say("Encoder"),
        help=say(
            "What encodes a movie: software is x264 (of .webm, VP9), hardware the Mac's own: faster, but slightly "
            "larger; prores is ProRes 422 HQ in .mov, to be edited: ten times as large"
        ),
        remote=False,
    )
    like: Path | None = row(
        None,
        VideoPath(),
        RUN,
        label=say("Like this video"),
        help=say("Repeat the settings of this video"),
        default_text="",
        remote=False,
    )
    memory_limit: int | None = row(
        None,
        Amount(),
        RUN,
        label=say("Memory limit"),
        help=say("Most memory to use: 1G is 10⁹ bytes, 1GiB is 2³⁰"),
        default_text=say("what is available"),
        remote=False,
    )
    force: bool = row(
        False,
        Flag(),
        RUN,
        label=say("Run anyway"),
        help=say("Start even if the videos do not fit in memory or on the disk"),
        guide=say(
            "Starts although the video may not fit. The computer can become slow and the run can fail: try smaller "
            "settings first."
        ),
    )
    gentle: bool = row(
        False,
        Flag(),
        RUN,
        label=say("Leave room for other work"),
        help=say("Leave a core free and pause between steps, so that you can work meanwhile"),
        guide=say(
            "The picture stays the same; it takes longer and leaves the computer free. Turn it on when you want to "
            "work meanwhile."
        ),
    )
    offline: bool = row(
        False,
        Flag(),
        RUN,
        label=say("Offline"),
        help=say("Never use the network; a missing model is an error"),
        remote=False,
    )


OPTIONS: Mapping[str, Parameter] = rows_of(RunOptions)


def check_options(given: Mapping[str, object], problems: Problems) -> dict[str, Any]:
    """The values of the options that were given; each wrong one is left out, and a sentence in `problems`."""
    values = {}
    for name, raw in given.items():
        kind = OPTIONS[name].kind if name in OPTIONS else None
        before = len(problems)
        value = problems.parse(name, kind, raw, list(OPTIONS))
        if len(problems) == before:
            values[name] = value
    return values
