"""The error tree: everything a user can be told, each with what to do next.

    VideoAiError            1    500   something of ours failed
    ├── BadInput            2    400   the request cannot be understood
    │   ├── BadSettings     2    422   parameters out of range, all of them at once
    │   ├── BadPhoto        2    415   the photo cannot be read
    │   ├── BadVideo        2    415   a video given for its settings cannot be read
    │   ├── BadOutput       2    400   the place or the format of the video is not usable
    │   ├── JobUnknown      2    404   no job has that id
    │   ├── JobConflict     2    409   a job in that state does not allow it
    │   ├── NotThere        2    404   nothing is at that address of the web app
    │   ├── NotAllowed      2    405   what is there does not take that method
    │   ├── Forbidden       2    403   the request comes from where none may come from
    │   ├── TooLarge        2    413   more was sent than is taken
    │   ├── WrongType       2    415   the body is of another type than is taken
    │   ├── Unpaired        2    401   the web app is asked from the network by a device that it does not know
    │   │   ├── NotOwner    2    401   another user of this computer asks
    │   │   └── WrongCode   2    401   this is not the code for pairing, or not any more
    │   ├── TooManyTries    2    429   so many wrong codes that none is looked at for a while
    │   ├── NoNetwork       2    409   the web app cannot be opened to a network that is not there
    │   └── QueueFull       2    429   too many jobs wait already
    ├── ModelMissing        3    409   the weights are not on this machine
    │   ├── AccessNeeded    3    403   its terms must be accepted on the hub, or the token is not right
    │   └── Offline         3    409   something would leave the machine, and nothing may
    ├── DownloadFailed      1    502   the hub refuses, or sends something else
    │   └── HubUnreachable  3    503   there is no way to the hub: the model stays missing
    ├── ModelDamaged        1    422   the weights are there and are not what they should be
    ├── CheckpointUnusable  1    422   the saved state of a run is damaged, or is another run's
    ├── NotEnoughMemory     4    507   nothing that was allowed fits
    ├── NotFinite           1    500   the numbers overflowed and no video can be made of them
    ├── HistoryDamaged      1    500   the database of jobs is not what it should be
    ├── HistoryTooNew       1    500   a newer version of this program made the database of jobs
    ├── HistoryGone         1    500   the database of jobs was deleted or replaced while it was open
    ├── Busy                1    503   as many listen to the web app as can
    ├── PortUnusable        1    500   the web app cannot have the port or the address
    ├── NotDeleted          1    409   something that was to be deleted is still there
    └── WriteFailed         1    507   the disk is full or refuses

The numbers are the exit code of the command line and the status of the web API. Nothing below those
two edges prints an error or exits: it raises one of these.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Any, ClassVar

from videoai.language import say

EXIT_INTERRUPTED = 130
"""The exit code after Ctrl-C; there is no error class for it, because nothing went wrong."""


class Postponed(BaseException):
    """This program is to end, because its terminal was closed or somebody has asked it to, and its video to wait for
    the next one. No error, for the same reason."""


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
        """The JSON shape that the command line and the web API share; the texts are shown, or kept, at the edges."""
        return {"error": {"code": self.code, "message": self.message, "hint": self.hint}}


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


def unforeseen(error: BaseException) -> VideoAiError:
    """What a user is told of an error that nobody foresaw: a defect, or the fault of the machine or its packages."""
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
            say("Reinstall it: pip install -r requirements.txt"),
        )
    return VideoAiError(
        say("Something unexpected went wrong ({name}: {error}).", name=type(error).__name__, error=error),
        say("This is a bug in VideoAi. For its details, run the same command with VIDEOAI_DEBUG=1 in front of it."),
    )


def from_dict(error: Mapping[str, Any]) -> VideoAiError:
    """The inverse of `to_dict`, from what is inside its "error": of the class that has this code, if there is one."""
    kinds = [VideoAiError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    kind = next((kind for kind in kinds if kind.code == error.get("code")), VideoAiError)
    return kind(error.get("message", say("It failed without giving a reason.")), error.get("hint", ""))
