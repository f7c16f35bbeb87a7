"""The models there are: what each is called, what it is for, and what it asks of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Model:
    """One entry: `recommended` are settings that apply when the model is chosen and they are not given."""

    id: str
    title: str
    builtin: bool = False
    min_steps: int = 5
    recommended: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


MODELS: dict[str, Model] = {
    model.id: model
    for model in (
        Model("svd", "Stable Video Diffusion, 14 frames"),
        Model("svd-xt", "Stable Video Diffusion XT, 25 frames"),
        Model("svd-xt-1.1", "Stable Video Diffusion XT 1.1, 25 frames"),
        Model(
            "animatelcm-svd-xt",
            "AnimateLCM on SVD-XT, 4 to 8 steps",
            min_steps=1,
            recommended=MappingProxyType({"steps": 4, "scheduler": "lcm", "guidance_min": 1.0, "guidance_max": 1.0}),
        ),
        Model("draft", "Draft: an instant camera move, no weights", builtin=True),
    )
}

DEFAULT_MODEL = "svd-xt"
