"""What the hub's refusals mean to the user: a term to accept, a token to give, a moment to wait."""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime

from videoai.catalogue import HUB_PAGE
from videoai.errors import AccessNeeded, DownloadFailed
from videoai.language import say
from videoai.models.hub import http_get
from videoai.system.units import duration

_TOKENS = f"{HUB_PAGE}/settings/tokens"
_HOW = say("create one at {page} and set it with HF_TOKEN=… or “hf auth login”", page=_TOKENS)


def refusal(answer: http_get.Answer, repo: str, *, given: bool) -> Exception:
    """The error for a status that is no success; `given` says whether a token was sent."""
    status, code = answer.status, answer.headers.get("X-Error-Code", "")
    if status == 429 or status >= 500 or status == 408:
        return _later(answer)
    if not answer.trusted:  # addresses of the file servers are signed for a while; the next try gets a new one
        return http_get.Passing(
            DownloadFailed(
                say("{host} refuses to send the file (HTTP {status}).", host=answer.host, status=status),
                say("Try again later."),
            )
        )
    if status in (401, 403):
        return _no_access(status, code, repo, given)
    if status == 404:
        what = say("{repo} does not exist on the hub.", repo=repo)
        if code == "RevisionNotFound":
            what = say("{repo} has no such revision on the hub.", repo=repo)
        if code == "EntryNotFound":
            what = say("{repo} has no such file on the hub.", repo=repo)
        return DownloadFailed(what, say("Its owner may have removed or renamed it."))
    return DownloadFailed(
        say("{host} refuses the request (HTTP {status}).", host=answer.host, status=status), say("Try again later.")
    )


def token_unusable() -> AccessNeeded:
    return AccessNeeded(
        say("The hub token contains characters that no token has."), say("Copy it again, or {how}.", how=_HOW)
    )


def _no_access(status: int, code: str, repo: str, given: bool) -> Exception:
    page = f"{HUB_PAGE}/{repo}"
    if code == "RepoNotFound":
        return DownloadFailed(
            say("{repo} does not exist on the hub, or it is private.", repo=repo),
            say("If it is yours, you need a token: {how}.", how=_HOW)
            if not given
            else say("If it is private, this token cannot read it: see {page}.", page=page),
        )
    if not given:
        return AccessNeeded(
            say("You need to accept the terms of {repo} before you can download it.", repo=repo),
            say("Accept them at {page}. Then the hub needs your token: {how}.", page=page, how=_HOW),
        )
    if code == "GatedRepo":
        return AccessNeeded(
            say("The owner of this token has not accepted the terms of {repo}.", repo=repo),
            say("Accept them at {page}, signed in as the same user, then run the same command again.", page=page),
        )
    if status == 401:
        return AccessNeeded(say("The hub does not know this token."), say("It may have been deleted: {how}.", how=_HOW))
    return AccessNeeded(
        say("This token cannot read {repo}.", repo=repo),
        say(
            "Accept the terms at {page}, and allow the token to read gated repositories: {tokens}.",
            page=page,
            tokens=_TOKENS,
        ),
    )


def _later(answer: http_get.Answer) -> Exception:
    if answer.status != 429:
        return http_get.Passing(
            DownloadFailed(
                say("{host} is having problems (HTTP {status}).", host=answer.host, status=answer.status),
                say("Run the same command again in a while: VideoAi keeps what it has downloaded."),
            )
        )
    wait = _asked_wait(answer)
    failure = DownloadFailed(
        say("{host} has received too many requests from this computer.", host=answer.host),
        say(
            "Run the same command again {when}: VideoAi keeps what it has downloaded. With a token, the "
            "hub allows more.",
            when=say("in {time}", time=duration(wait)) if wait >= 90 else say("in a while"),
        ),
    )
    return failure if wait > http_get.LONGEST_WAIT else http_get.Passing(failure, wait)


def _asked_wait(answer: http_get.Answer) -> float:
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
