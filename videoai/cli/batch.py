"""Running the jobs of one call, one after the other: one that fails does not stop the others, and in the end there is
a tally."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videoai.batch.outcome import CANCELLED, DONE, FAILED, SKIPPED, STOPPED, Asked, Outcome, befalls, exit_code
from videoai.cli.report import report
from videoai.cli.running import Shown, run_to_end, tell_how_to_go_on, tell_made
from videoai.cli.screen import tell, tell_json, tell_wrote
from videoai.cli.streams import NotTold
from videoai.errors import EXIT_INTERRUPTED, Postponed, VideoAiError, from_dict, unforeseen
from videoai.history.job import QUEUED, UNFINISHED
from videoai.language import joined, printable, say, shown
from videoai.replacing import came_between

if TYPE_CHECKING:
    from videoai.batch.sheet import Sheet
    from videoai.history.job import Job
    from videoai.history.store import JobStore


class Unfinished(VideoAiError):
    """What JSON says of a video that nothing went wrong with, but that is not done: its state is the code."""

    exit_code = EXIT_INTERRUPTED

    def __init__(self, state: str, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.state = state

    def to_dict(self) -> dict[str, Any]:
        return {"error": {"code": self.state, "message": self.message, "hint": self.hint}}


@dataclass(frozen=True, slots=True)
class Member:
    """A video of a batch: the `index`th, of the photo `photo`, or of a clip. It has a job, or ended before it got one.

    `title` is what it is called, `asked` what its job is to make, `source` what JSON calls the photo; `relative` and
    `prepared` as in `Shown`.
    """

    index: int
    photo: str
    title: str
    job_id: str | None = None
    asked: Asked | None = None
    ended: Outcome | None = None
    relative: bool = False
    prepared: dict[str, float] = field(default_factory=dict)
    source: str = "photo"

    def ended_as(self, state: str) -> Outcome:
        """How it ended if a person's word, or a signal, has let it be for now."""
        words = {CANCELLED: say("The video was cancelled."), STOPPED: say("The video was stopped.")}
        if state not in words:
            return Outcome(state)
        hint = say("To continue: videoai resume {id}", id=self.job_id) if self.job_id else ""
        return Outcome(state, Unfinished(state, words[state], hint))

    def more(self, state: str) -> dict[str, Any]:
        """What its JSON says beside what one video's says by itself."""
        return {"index": self.index, self.source: self.photo, "job": self.job_id, "state": state}


class Batch:
    """The videos of one call, whose jobs wait in the queue. Once it has `begun` it knows what becomes of them."""

    def __init__(self, store: JobStore, members: Sequence[Member], how: Shown) -> None:
        self._store, self._members, self._how = store, members, how
        self._ends = {member.index: member.ended for member in members if member.ended is not None}
        self.begun = False
        self._failures: list[tuple[Asked, str, VideoAiError]] = []

    def run(self, check_interrupt: Callable[[object], None]) -> int:
        """Make all that can be made, and tell of each; return the exit code.

        Ctrl-C cancels what still waits, and so does what ends this any other way; who is asked to end stops it.
        """
        self.begun = True
        try:
            for member in self._members:
                if member.ended is not None:
                    self._tell(member, member.ended)
            for member in self._members:
                if member.index not in self._ends:
                    check_interrupt(None)
                    self._ends[member.index] = self._make(member, check_interrupt)
        except (KeyboardInterrupt, Postponed) as interrupt:
            left = STOPPED if isinstance(interrupt, Postponed) else CANCELLED
            self._end_waiting(left)
            with suppress(VideoAiError, NotTold):
                self._tell_how_to_go_on(interrupt)
                self._tell_left(left)
            raise
        except BaseException:
            self._end_waiting(CANCELLED)
            raise
        self._end_waiting(CANCELLED)
        if len(self._members) > 1 and not self._how.quiet:
            self._tally()
        return exit_code(self._ends.values())

    def done(self) -> list[Job]:
        """The jobs of the videos that were made, in their order."""
        made = [member.job_id for member in self._members if self._state(member) == DONE]
        return [self._store.get(id) for id in made if id is not None]

    def _make(self, member: Member, check_interrupt: Callable[[object], None]) -> Outcome:
        """One of them. What another one failed of, and it would too, is not tried again."""
        job_id, asked = member.job_id, member.asked
        if job_id is None or asked is None:
            raise ValueError("A video without a job has ended.")
        for failed, code, error in self._failures:
            if befalls(code, failed, asked):
                return self._tell(member, Outcome(SKIPPED, error))
        how = replace(self._how, title=member.title, relative=member.relative, prepared=member.prepared)
        try:
            job = run_to_end(self._store, job_id, how, check_interrupt)
        except VideoAiError as error:
            return self._failed(member, asked, error.code, error)
        except Exception as error:  # a defect of ours, or of what we stand on: the others need not suffer for it
            if isinstance(error, NotTold) or os.environ.get("VIDEOAI_DEBUG"):
                raise
            told = unforeseen(error)
            return self._failed(member, asked, told.code, told)
        if job.state == DONE:
            tell_made(self._store, job, replace(how, more=member.more(DONE)))
            return Outcome(DONE)
        if job.state == CANCELLED:
            return self._tell(member, member.ended_as(CANCELLED))
        reason = job.reason or {}
        return self._failed(member, asked, str(reason.get("code")), from_dict(reason))

    def _failed(self, member: Member, asked: Asked, code: str, error: VideoAiError) -> Outcome:
        self._failures.append((asked, code, error))
        return self._tell(member, Outcome(FAILED, error))

    def _tell(self, member: Member, end: Outcome) -> Outcome:
        tell_end(member, end, as_json=self._how.as_json, alone=len(self._members) == 1)
        return end

    def _end_waiting(self, state: str) -> None:
        with suppress(VideoAiError):  # a history that cannot be written: they wait then, and nothing is lost
            waiting = (member.job_id for member in self._members if member.ended is None)
            self._store.end_waiting(filter(None, waiting), state)

    def _tell_left(self, state: str) -> None:
        """Print what JSON there is of those that an interrupt has not let end. Raises VideoAiError, NotTold."""
        for member in self._members if self._how.as_json else ():
            if member.index not in self._ends:
                found = self._store.get(member.job_id).state if member.job_id else state
                tell_end(member, member.ended_as(state if found == QUEUED else found), as_json=True, alone=False)

    def _tell_how_to_go_on(self, interrupt: BaseException) -> None:
        """Let the sentence about an interrupt say what remains of them."""
        only = self._members[0].job_id if len(self._members) == 1 else None
        if only is not None:
            tell_how_to_go_on(self._store.get(only), interrupt)
            return
        said = {"done": len(self.done()), "count": len(self._members)}
        remains = say("{done} of {count} videos are done", **said)
        if self._some_are_left():
            remains = say("{done} of {count} videos are done; to continue with the others: videoai resume", **said)
        interrupt.remains = remains  # type: ignore[attr-defined]

    def _some_are_left(self) -> bool:
        """Whether there is something for “resume”. Raises HistoryDamaged."""
        ids = {member.job_id for member in self._members}
        return any(job.id in ids for job in self._store.jobs(UNFINISHED))

    def _state(self, member: Member) -> str:
        end = self._ends.get(member.index)
        return QUEUED if end is None else end.state

    def _tally(self) -> None:
        states = [self._state(member) for member in self._members]
        words = {
            DONE: say("{count} done", count=states.count(DONE)),
            FAILED: say("{count} failed", count=states.count(FAILED)),
            SKIPPED: say("{count} skipped", count=states.count(SKIPPED)),
            CANCELLED: say("{count} cancelled", count=states.count(CANCELLED)),
        }
        counts = joined(", ", [text for state, text in words.items() if state == DONE or state in states])
        tell(say("{count} videos: {counts}.", count=len(states), counts=counts), err=True)
        for member in self._members:
            end = self._ends[member.index]
            if end.error is not None and end.state == FAILED:
                print(f"  {printable(shown(member.title))}: {printable(shown(end.error.message))}", file=sys.stderr)
        if self._some_are_left():
            tell(say("To continue with those that are not done: videoai resume"), err=True)


def tell_none_began(members: Iterable[Member], interrupt: BaseException, how: Shown) -> None:
    """What JSON there is of videos that an interrupt has taken back before the first began."""
    if how.as_json and isinstance(interrupt, KeyboardInterrupt | Postponed):
        state = STOPPED if isinstance(interrupt, Postponed) else CANCELLED
        with suppress(NotTold):
            for member in members:
                tell_end(member, member.ended_as(state), as_json=True, alone=False)


def tell_end(member: Member, end: Outcome, *, as_json: bool, alone: bool) -> None:
    """Say how a video ended that was not made."""
    if as_json:
        error = end.error.to_dict() if end.error else {}
        there = {"path": str(end.there)} if end.there else {}
        tell_json(error | there | member.more(end.state))
    elif end.there is not None:
        said = say("{path} already exists, so this video is skipped.", path=end.there)
        tell(said if alone else say("{title}: {message}", title=member.title, message=said), err=True)
    elif end.state == CANCELLED:
        tell(say("Cancelled. To continue: videoai resume {id}", id=member.job_id), err=True)
    elif end.state == SKIPPED:
        tell(say("{title}: skipped, as it would fail like the one before.", title=member.title), err=True)
    elif end.error is not None:
        message = end.error.message
        told = message if alone else say("{title}: {message}", title=member.title, message=message)
        report(type(end.error)(told, end.error.hint), as_json=False)


def write_sheets(sheets: Sequence[Sheet], jobs: Sequence[Job], how: Shown) -> None:
    """Draw the sheets of the videos that were made, if there are any. Raises WriteFailed, BadOutput."""
    from videoai.batch.drawn_sheets import is_drawn, note_drawn
    from videoai.batch.sheet import clip_of

    ids, written = [job.id for job in jobs], []
    try:
        made = [clip_of(job.title, job.settings, Path(job.output)) for job in jobs if sheets and job.output]
        for sheet in sheets if made else ():
            path = replace(sheet, overwrite=sheet.overwrite or is_drawn(ids, sheet.target)).write(made)
            written.append(path)
            for notice in came_between(sheet.target, path):
                tell(notice, err=True)
            if not how.as_json and not how.only_path:
                tell_wrote(str(path))
        if written:
            note_drawn(ids, written)
    except (KeyboardInterrupt, Postponed) as interrupt:
        interrupt.remains = say("the videos are done, but not the sheet of them")  # type: ignore[union-attr]
        raise
