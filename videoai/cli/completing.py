"""What a TAB offers for a word: each is a `shell_complete` of click's. Quick, and quiet whatever is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import click
from click.shell_completion import CompletionItem

from videoai.catalogue import EXTRAS, MODELS
from videoai.language import printable, shown

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

_MOST_JOBS = 30
"""Of the newest, as long as nothing of an id is typed."""


def words(meanings: Mapping[str, str], all_of_them: Callable[[], Iterable[str]] | None = None) -> Complete:
    """These words, each with what it means; or those that there are when it is asked, some with a meaning."""

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [
            CompletionItem(word, help=shown(meanings.get(word, "")))
            for word in (meanings if all_of_them is None else all_of_them())
            if word.startswith(incomplete)
        ]

    return complete


def files(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Whatever files there are: the shell knows them."""
    return [CompletionItem(incomplete, type="file")]


def either(*others: Complete) -> Complete:
    """What all of them offer."""

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [item for one in others for item in one(ctx, parameter, incomplete)]

    return complete


MODEL_TITLES = {id: model.title for id, model in MODELS.items()} | {id: extra.title for id, extra in EXTRAS.items()}

models = words(MODEL_TITLES)
"""The ids that the verbs of `models` take."""


def jobs(*states: str) -> Complete:
    """The ids of the jobs in these states, or of all, newest first, each with its title."""

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(id, help=title) for id, title in _found(states, incomplete) if id.startswith(incomplete)]

    return complete


def in_bin(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The ids of the jobs in the bin."""
    found = _found((), incomplete, binned=True)
    return [CompletionItem(id, help=title) for id, title in found if id.startswith(incomplete)]


def _found(states: Iterable[str], incomplete: str, *, binned: bool = False) -> list[tuple[str, str]]:
    """A history that is not there is not made, one that is damaged or of another version is left as it is."""
    from videoai.errors import VideoAiError
    from videoai.history.database import is_of_an_earlier_version
    from videoai.history.job import QUEUED, RUNNING, WORDS
    from videoai.history.store import JobStore
    from videoai.system import paths

    try:
        if not paths.database().exists() or is_of_an_earlier_version(paths.database()):
            return []
        store = JobStore(paths.database())
        try:
            wanted = [*states, QUEUED, RUNNING] if states else None  # those may be stopped, and nobody has said so yet
            listed = store.binned() if binned else store.jobs(wanted, limit=None if incomplete else _MOST_JOBS)
            found = [job for job in map(store.leases.as_it_is, listed) if not states or job.state in states]
        finally:
            store.close()
    except VideoAiError:
        return []  # the command itself says what is wrong
    return [(job.id, printable(f"{job.title}, {shown(WORDS[job.state])}")) for job in found]
