"""The stages of a run: what each is called wherever it is shown, on a terminal, on the page and in an estimate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from videoai.language import say

Part = Literal["before", "main", "after"]
"""Of a run. The steps of its main stages are how far it is, to whoever waits for it."""


@dataclass(frozen=True, slots=True)
class StageKind:
    """A kind of stage. `name` is what events and JSON call it; its steps are bytes if that is the `unit`."""

    name: str
    title: str
    part: Part = "before"
    unit: str = ""


COMMON: Mapping[str, StageKind] = MappingProxyType(
    {
        stage.name: stage
        for stage in (
            StageKind("start", say("Getting ready")),
            StageKind("photo", say("Reading the photo")),
            StageKind("wait", say("Waiting for another video")),
            StageKind("ask", say("Contacting the hub")),
            StageKind("fetch", say("Downloading the model"), unit="bytes"),
            StageKind("check", say("Checking the files"), unit="bytes"),
            StageKind("convert", say("Converting the model")),
            StageKind("make", say("Making a model of random weights")),
            StageKind("compare", say("Comparing the networks with the CPU")),
            StageKind("read", say("Reading the frames"), "main"),
            StageKind("encode", say("Writing the video"), "after"),
        )
    }
)
"""Those that do not depend on the model."""
