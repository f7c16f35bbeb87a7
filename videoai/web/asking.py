"""What is asked for over the wire, before it is a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from videoai.finishing.base import Clip
from videoai.jobs.admission import need_files
from videoai.memory.estimate import Estimate, estimate
from videoai.request import Request
from videoai.settings import GenerationSettings
from videoai.web.parameter_table import REMOTE
from videoai.web.photos import Kept
from videoai.web.request_body import check_settings
from videoai.web.services import Services


def request_of(services: Services, body: Mapping[str, Any]) -> Request:
    """From what a body says of `settings` and of the options of a run. Raises BadSettings."""
    options = {"offline": True, "gentle": services.options.gentle}  # whatever becomes of the files until its turn
    options |= {name: value for name, value in body.items() if name in REMOTE}
    return Request.of(check_settings(body.get("settings", {})), options)


def check(services: Services, kept: Kept, wanted: Request) -> None:
    """Say before the run what would end it. Raises ModelMissing, ModelDamaged, NotEnoughMemory."""
    settings = wanted.settings((kept.width, kept.height))
    check_files(services, settings)
    refusal = None if wanted.force else estimate_here(services, settings).refusal()
    if refusal is not None:
        raise refusal


def check_files(services: Services, settings: GenerationSettings) -> None:
    """Raises ModelMissing, ModelDamaged."""
    need_files(settings, downloads=not services.options.offline)


def estimate_here(services: Services, settings: GenerationSettings, given: Clip | None = None) -> Estimate:
    """Of a video with these settings, or of a clip that is given and finished by them, within what this machine could
    give it now. Raises VideoAiError."""
    return estimate(settings, services.machine.budget(), given=given)
