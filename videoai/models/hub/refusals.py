"""What the hub's refusals mean to the user: a term to accept, a token to give, a moment to wait."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime

from videoai.catalogue import HUB_PAGE
from videoai.errors import AccessNeeded, DownloadFailed
from videoai.language import say
from videoai.models.hub import wire
from videoai.system.units import duration

_TOKENS = f"{HUB_PAGE}/settings/tokens"
_HOW = say("make one at {page} and give it with HF_TOKEN=… or “hf auth login”", page=_TOKENS)


def refusal(answer: wire.Answer, repo: str, *, given: bool) -> Exception:
    """The error for a status that is no success; `given` says whether a token was sent."""
    status, code = answer.status, answer.headers.get("X-Error-Code", "")
    if status == 429 or status >= 500 or status == 408:
        return _later(answer)
    if not answer.trusted:  # addresses of the file servers are signed for a while; the next try gets a new one
        return wire.Passing(
            DownloadFailed(
                say("{host} refuses to hand out the file (HTTP {status}).", host=answer.host, status=status),
                say("Try again later."),
            )
        )
    if status in (401, 403):
        return _no_access(status, code, repo, given)
    if status == 404:
        what = say("There is no {repo} on the hub.", repo=repo)
        if code == "RevisionNotFound":
            what = say("There is no such revision of {repo} on the hub.", repo=repo)
        if code == "EntryNotFound":
            what = say("There is no such file in {repo} on the hub.", repo=repo)
        return DownloadFailed(what, say("Its owner may have removed or renamed it."))
    return DownloadFailed(
        say("{host} refuses the request (HTTP {status}).", host=answer.host, status=status), say("Try again later.")
    )


def token_unusable() -> AccessNeeded:
    return AccessNeeded(
        say("The token for the hub has characters that no token has."), say("Copy it again, or {how}.", how=_HOW)
    )


def _no_access(status: int, code: str, repo: str, given: bool) -> Exception:
    page = f"{HUB_PAGE}/{repo}"
    if code == "RepoNotFound":
        return DownloadFailed(
            say("There is no {repo} on the hub, or it is private.", repo=repo),
            say("If it is yours: {how}.", how=_HOW)
            if not given
            else say("If it is private, this token may not read it: see {page}.", page=page),
        )
    if not given:
        return AccessNeeded(
            say("{repo} is handed out only to those who have accepted its terms.", repo=repo),
            say("Accept them at {page}. Then the hub needs your token: {how}.", page=page, how=_HOW),
        )
    if code == "GatedRepo":
        return AccessNeeded(
            say("The terms of {repo} have not been accepted by the owner of this token.", repo=repo),
            say("Accept them at {page}, signed in as the same user, then run the same command again.", page=page),
        )
    if status == 401:
        return AccessNeeded(say("The hub does not know this token."), say("It may have been removed: {how}.", how=_HOW))
    return AccessNeeded(
        say("This token may not read {repo}.", repo=repo),
        say(
            "Accept the terms at {page}, and let the token read gated repositories: {tokens}.",
            page=page,
            tokens=_TOKENS,
        ),
    )


def _later(answer: wire.Answer) -> Exception:
    if answer.status != 429:
        return wire.Passing(
            DownloadFailed(
                say("{host} has trouble of its own (HTTP {status}).", host=answer.host, status=answer.status),
                say("Run the same command again in a while: what has arrived is kept."),
            )
        )
    wait = _asked_wait(answer)
    failure = DownloadFailed(
        say("{host} has had too many requests from here.", host=answer.host),
        say(
            "Run the same command again {when}: what has arrived is kept. With a token the hub allows more.",
            when=say("in {time}", time=duration(wait)) if wait >= 90 else say("in a while"),
        ),
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
