"""What the hub's refusals mean to the user: a term to accept, a token to give, a moment to wait."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime

from videoai.errors import AccessNeeded, DownloadFailed
from videoai.models.catalogue import HUB_PAGE
from videoai.models.hub import wire

_HOW = f"make one at {HUB_PAGE}/settings/tokens and give it with HF_TOKEN=… or “hf auth login”"


def refusal(answer: wire.Answer, repo: str, *, given: bool) -> Exception:
    """The error for a status that is no success; `given` says whether a token was sent."""
    status, code = answer.status, answer.headers.get("X-Error-Code", "")
    if status == 429 or status >= 500 or status == 408:
        return _later(answer)
    if not answer.trusted:  # addresses of the file servers are signed for a while; the next try gets a new one
        return wire.Passing(
            DownloadFailed(f"{answer.host} refuses to hand out the file (HTTP {status}).", "Try again later.")
        )
    if status in (401, 403):
        return _no_access(status, code, repo, given)
    if status == 404:
        what = {"RevisionNotFound": "no such revision of", "EntryNotFound": "no such file in"}.get(code, "no")
        return DownloadFailed(f"There is {what} {repo} on the hub.", "Its owner may have removed or renamed it.")
    return DownloadFailed(f"{answer.host} refuses the request (HTTP {status}).", "Try again later.")


def token_unusable() -> AccessNeeded:
    return AccessNeeded("The token for the hub has characters that no token has.", f"Copy it again, or {_HOW}.")


def _no_access(status: int, code: str, repo: str, given: bool) -> Exception:
    page = f"{HUB_PAGE}/{repo}"
    if code == "RepoNotFound":
        return DownloadFailed(
            f"There is no {repo} on the hub, or it is private.",
            f"If it is yours: {_HOW}." if not given else f"If it is private, this token may not read it: see {page}.",
        )
    if not given:
        return AccessNeeded(
            f"{repo} is handed out only to those who have accepted its terms.",
            f"Accept them at {page}. Then the hub needs your token: {_HOW}.",
        )
    if code == "GatedRepo":
        return AccessNeeded(
            f"The terms of {repo} have not been accepted by the owner of this token.",
            f"Accept them at {page}, signed in as the same user, then run the same command again.",
        )
    if status == 401:
        return AccessNeeded("The hub does not know this token.", f"It may have been removed: {_HOW}.")
    return AccessNeeded(
        f"This token may not read {repo}.",
        f"Accept the terms at {page}, and let the token read gated repositories: {HUB_PAGE}/settings/tokens.",
    )


def _later(answer: wire.Answer) -> Exception:
    if answer.status != 429:
        return wire.Passing(
            DownloadFailed(
                f"{answer.host} has trouble of its own (HTTP {answer.status}).",
                "Run the same command again in a while: what has arrived is kept.",
            )
        )
    wait = _asked_wait(answer)
    failure = DownloadFailed(
        f"{answer.host} has had too many requests from here.",
        f"Run the same command again {f'in {round(wait / 60)} minutes' if wait >= 90 else 'in a while'}:"
        " what has arrived is kept. With a token the hub allows more.",
    )
    return failure if wait > wire.LONGEST_WAIT else wire.Passing(failure, wait)


def _asked_wait(answer: wire.Answer) -> float:
    """For how many seconds the hub asks us to wait; 0 if it does not say."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        pass
    match = re.search(r"\bt=(\d{1,9})\b", answer.headers.get("RateLimit", ""))  # the hub's own: “"api";r=0;t=55”
    return float(match[1]) if match else 0.0
