"""Which jobs a list is asked for, by the words behind the “?” of its address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from videoai.errors import BadInput
from videoai.history.job import STATES
from videoai.history.search import Filter
from videoai.language import say


def wanted_of(query: Mapping[str, str]) -> Filter:
    """What `GET /api/jobs` is asked for. Raises BadInput."""
    return Filter(
        states=_states(query.get("state", "")),
        text=query.get("q", ""),
        model=query.get("model") or None,
        favourite=_yes_or_no("favourite", query.get("favourite", "")),
        since=_day("since", query.get("since", "")),
        until=_day("until", query.get("until", "")),
    )


def _states(text: str) -> list[str]:
    states = [state for state in text.split(",") if state]
    if unknown := [state for state in states if state not in STATES]:
        raise BadInput(
            say("There is no state “{name}”.", name=unknown[0][:40]),
            say("Use one of {names}.", names=", ".join(STATES)),
        )
    return states


def _yes_or_no(name: str, text: str) -> bool | None:
    if text not in ("", "true", "false"):
        raise BadInput(say("{name} must be true or false.", name=name), say("Leave it out to get both."))
    return None if text == "" else text == "true"


def _day(name: str, text: str) -> date | None:
    if text == "":
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:  # newer Pythons take more ways to write one
        raise BadInput(say("{name} must be a day.", name=name), say("Write it as 2026-03-31."))
    return found
