"""The error tree: everything that can go wrong for a user, each with what to do next.

    VideoAiError            1    500   something in VideoAi failed
    ├── BadInput            2    400   the request is not valid
    │   ├── BadSettings     2    422   parameters out of range, all listed at once
    │   ├── BadPhoto        2    415   the photo cannot be read
    │   ├── BadVideo        2    415   a video given for its settings cannot be read
    │   ├── BadOutput       2    400   the place or format of the video cannot be used
    │   ├── BadFile         2    422   a file that the user wrote has mistakes, all told at once
    │   │   ├── BadList     2    422   a list of videos
    │   │   └── BadConfig   2    422   the config file
    │   ├── JobUnknown      2    404   no job has this id
    │   ├── JobConflict     2    409   the job's state does not allow it
    │   ├── PresetConflict  2    409   the name of a preset is taken, or there are too many
    │   ├── NotThere        2    404   the web app has nothing at this address
    │   ├── NotAllowed      2    405   this address does not allow the method
    │   ├── Forbidden       2    403   the request comes from a place that is not allowed
    │   ├── TooLarge        2    413   the request is too large
    │   ├── WrongType       2    415   the type of the body is not accepted
    │   ├── Unpaired        2    401   a device on the network is not paired
    │   │   ├── NotOwner    2    401   the request comes from another user of this computer
    │   │   ├── WrongCode   2    401   the pairing code is wrong or has expired
    │   │   └── WrongToken  2    401   the token is not the owner's
    │   ├── TooManyTries    2    429   too many wrong codes or tokens: wait a while
    │   ├── NoNetwork       2    409   there is no network to open the web app to
    │   └── QueueFull       2    429   too many jobs are in the queue
    ├── ModelMissing        3    409   the weights are not on this computer
    │   ├── AccessNeeded    3    403   its terms must be accepted on the hub, or the token is wrong
    │   └── Offline         3    409   the network is needed, and VideoAi is offline
    ├── DownloadFailed      1    502   the hub refuses, or sends the wrong thing
    │   └── HubUnreachable  3    503   the hub cannot be reached: the model stays missing
    ├── ModelDamaged        1    422   the weights are not what they should be
    ├── CheckpointUnusable  1    422   the saved state of a run is damaged, or belongs to another run
    ├── NotEnoughMemory     4    507   nothing allowed fits in memory
    ├── NotFinite           1    500   the numbers overflowed, so there is no video
    ├── HistoryDamaged      1    500   the database of jobs is damaged
    ├── HistoryTooNew       1    500   a newer version of VideoAi made the database of jobs
    ├── HistoryGone         1    500   the database of jobs was deleted or replaced while in use
    ├── Busy                1    503   too many pages are connected to the web app
    ├── PortUnusable        1    500   the port or the address cannot be used
    ├── NotDeleted          1    409   something could not be deleted
    └── WriteFailed         1    507   the disk is full or reports an error

The numbers are the exit code of the command line and the HTTP status of the web API. Nothing below those two prints an
error or exits: it raises one of these.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from videoai.language import say
from videoai.packages import how_to_reinstall

EXIT_INTERRUPTED = 130
"""The exit code after Ctrl-C; there is no error class for it, because nothing went wrong."""


class Postponed(BaseException):
    """The program has to end, because its terminal was closed or it was asked to; its video is stopped, and continues
    when somebody says so. Not an error, for the same reason."""


class VideoAiError(Exception):
    """A sentence saying what happened, and a hint saying what to do about it."""

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    code: ClassVar[str] = "failed"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def to_dict(self) -> dict[str, Any]:
        """The JSON that the command line and the web API share. Its texts are translated where they are shown."""
        return {"error": {"code": self.code, "message": self.message, "hint": self.hint}}

    def details(self) -> list[str]:
        """What else there is to tell, line by line, between the sentence and the hint."""
        return []


class BadInput(VideoAiError):
    exit_code = 2
    http_status = 400
    code = "bad_input"


class BadSettings(BadInput):
    http_status = 422
    code = "bad_settings"


class BadPhoto(BadInput):
    http_status = 415
    code = "bad_photo"


class BadVideo(BadInput):
    http_status = 415
    code = "bad_video"


class BadOutput(BadInput):
    code = "bad_output"


class BadFile(BadInput):
    """Each of its `problems` has a line and a column, as far as those are known, and a message."""

    http_status = 422
    code = "bad_file"

    def __init__(
        self, message: str, hint: str = "", name: str = "", problems: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        super().__init__(message, hint)
        self.name, self.problems = name, problems

    def to_dict(self) -> dict[str, Any]:
        return {"error": super().to_dict()["error"] | {"problems": [dict(problem) for problem in self.problems]}}

    def details(self) -> list[str]:
        return [_placed(self.name, **problem) for problem in self.problems]


class BadList(BadFile):
    code = "bad_list"

    @staticmethod
    def of(name: str, problems: Sequence[Mapping[str, Any]]) -> BadList:
        """That of the list `name`, with all that is wrong with it."""
        one = say("There is a mistake in {name}, so nothing was begun.", name=name)
        many = say("There are {count} mistakes in {name}, so nothing was begun.", count=len(problems), name=name)
        hint = say("Correct the list and run the same command again.")
        return BadList(many if len(problems) > 1 else one, hint, name, problems)


class BadConfig(BadFile):
    code = "bad_config"

    @staticmethod
    def of(path: Path, problems: Sequence[tuple[int | None, str]]) -> BadConfig:
        """That of the config file at `path`, with all that is wrong with it: lines and sentences."""
        one = say("There is a mistake in your config file {path}.", path=path)
        many = say("There are {count} mistakes in your config file {path}.", count=len(problems), path=path)
        placed = [{"line": line, "column": None, "message": message} for line, message in problems]
        hint = say("Correct it: videoai config edit")
        return BadConfig(many if len(problems) > 1 else one, hint, path.name, placed)


def _placed(name: str, line: int | None, column: str | None, message: str) -> str:
    if line is None:
        return say("{name}: {message}", name=name, message=message)
    if column is None:
        return say("{name}:{line}: {message}", name=name, line=str(line), message=message)
    return say("{name}:{line}, {column}: {message}", name=name, line=str(line), column=column, message=message)


class ModelMissing(VideoAiError):
    exit_code = 3
    http_status = 409
    code = "model_missing"


class AccessNeeded(ModelMissing):
    http_status = 403
    code = "access_needed"


class Offline(ModelMissing):
    code = "offline"


class DownloadFailed(VideoAiError):
    http_status = 502
    code = "download_failed"


class HubUnreachable(DownloadFailed):
    exit_code = 3
    http_status = 503
    code = "hub_unreachable"


class ModelDamaged(VideoAiError):
    http_status = 422
    code = "model_damaged"


class CheckpointUnusable(VideoAiError):
    http_status = 422
    code = "checkpoint_unusable"


class NotEnoughMemory(VideoAiError):
    exit_code = 4
    http_status = 507
    code = "not_enough_memory"


class NotFinite(VideoAiError):
    code = "not_finite"


class WriteFailed(VideoAiError):
    http_status = 507
    code = "write_failed"


class NotDeleted(VideoAiError):
    http_status = 409
    code = "not_deleted"


class JobUnknown(BadInput):
    http_status = 404
    code = "job_unknown"


class JobConflict(BadInput):
    http_status = 409
    code = "job_conflict"


class PresetConflict(BadInput):
    http_status = 409
    code = "preset_conflict"


class NotThere(BadInput):
    http_status = 404
    code = "not_found"


class NotAllowed(BadInput):
    http_status = 405
    code = "not_allowed"


class Forbidden(BadInput):
    http_status = 403
    code = "forbidden"


class TooLarge(BadInput):
    http_status = 413
    code = "too_large"


class WrongType(BadInput):
    http_status = 415
    code = "wrong_type"


class Unpaired(BadInput):
    http_status = 401
    code = "unpaired"


class NotOwner(Unpaired):
    code = "not_owner"


class WrongCode(Unpaired):
    code = "wrong_code"


class WrongToken(Unpaired):
    code = "wrong_token"


class TooManyTries(BadInput):
    http_status = 429
    code = "too_many_tries"


class NoNetwork(BadInput):
    http_status = 409
    code = "no_network"


class QueueFull(BadInput):
    http_status = 429
    code = "queue_full"


class Busy(VideoAiError):
    http_status = 503
    code = "busy"


class PortUnusable(VideoAiError):
    code = "port_unusable"


class HistoryDamaged(VideoAiError):
    code = "history_damaged"


class HistoryTooNew(VideoAiError):
    code = "history_too_new"


class HistoryGone(VideoAiError):
    code = "history_gone"


def unforeseen(error: BaseException, hint: str | None = None) -> VideoAiError:
    """What to tell a user about an error that nobody foresaw: a bug, or a fault of the computer or its packages.

    `hint` says where the details of a bug are, if not on the command line.
    """
    last = str(error).strip().rpartition("\n")[2]
    no_memory = getattr(error, "errno", None) == errno.ENOMEM or "failed to map segment from shared object" in last
    if isinstance(error, MemoryError) or no_memory:
        return NotEnoughMemory(
            say("There was not enough memory."),
            say("Close programs you don't need, or give the container or service more memory."),
        )
    if isinstance(error, ImportError) and not (error.name or "").startswith("videoai"):
        return VideoAiError(
            say("A package VideoAi needs does not load: {reason}", reason=last),
            how_to_reinstall(),
        )
    return VideoAiError(
        say("Something unexpected went wrong ({name}: {error}).", name=type(error).__name__, error=error),
        hint
        or say("This is a bug in VideoAi. For its details, run the same command with VIDEOAI_DEBUG=1 in front of it."),
    )


def from_dict(error: Mapping[str, Any]) -> VideoAiError:
    """The inverse of `to_dict`, from the value of its "error": of the class with this code, if there is one."""
    kinds = [VideoAiError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    kind = next((kind for kind in kinds if kind.code == error.get("code")), VideoAiError)
    return kind(error.get("message", say("It failed without giving a reason.")), error.get("hint", ""))
