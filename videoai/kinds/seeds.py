"""Several seeds, of which each makes a video of its own: how many, or a list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar

from videoai.kinds.numbers import Seed, Whole
from videoai.language import say


@dataclass(frozen=True, slots=True)
class SeedList:
    """How many seeds, “4”, or which, “1,7,42”: a number alone is a count."""

    name: ClassVar[str] = "seeds"
    metavar: ClassVar[str] = "N|LIST"
    seed: Seed
    most: int

    def parse(self, raw: object) -> int | tuple[int, ...]:
        parts = [part for part in re.split(r"[\s,;]+", raw.strip()) if part] if isinstance(raw, str) else []
        if not parts:
            raise ValueError("neither a number nor a list")
        if len(parts) == 1 and "," not in str(raw):
            return self._count.parse(parts[0])
        seeds = tuple(self.seed.parse(part) for part in parts)
        if len(seeds) > self.most or len(set(seeds)) < len(seeds):
            raise ValueError("too many, or one of them twice")
        return seeds

    def nearest(self, raw: object) -> str | None:
        """Of a list, the same without its repetitions."""
        parts = list(dict.fromkeys(re.findall(r"\d+", raw))) if isinstance(raw, str) else []
        if len(parts) < 2:
            found = self._count.nearest(raw)
            return None if found is None else str(found)
        text = ",".join(parts)
        try:
            self.parse(text)
        except ValueError:
            return None
        return text

    def describe(self) -> str:
        return say("how many, from 1 to {most}, or different seeds such as 1,7,42", most=self.most)

    def range_text(self) -> str:
        return say("1-{most}, or 1,7,42", most=self.most)

    def schema(self) -> dict[str, Any]:
        return {"oneOf": [self._count.schema(), {"type": "array", "items": self.seed.schema(), "minItems": 1}]}

    @property
    def _count(self) -> Whole:
        return Whole(1, self.most)
