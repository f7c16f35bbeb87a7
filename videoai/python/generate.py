"""One video of one photo, as a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from videoai.engine_run import RunConfig
from videoai.errors import BadOutput
from videoai.events import OnEvent
from videoai.language import say
from videoai.media.given_photo import PhotoLike, given_photo
from videoai.outputs import Output
from videoai.pipeline import Video, make_video
from videoai.python.calls import ProgramCall, plain
from videoai.request import Request

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from videoai.python.keywords import Encoder, Preset, Settings


def generate(
    photo: PhotoLike,
    output: str | os.PathLike[str] | None = None,
    *,
    preset: Preset | None = None,
    like: str | os.PathLike[str] | None = None,
    encoder: Encoder = "software",
    overwrite: bool = False,
    memory_limit: int | str | None = None,
    force: bool = False,
    gentle: bool = False,
    offline: bool = False,
    on_event: OnEvent | None = None,
    **settings: Unpack[Settings],
) -> Video:
    """Make a video of a photo, in this process.

    `photo` is a path, the bytes of a file, an open file, a picture of Pillow's or an array of uint8. `output` is a path
    or a pattern (see --output on the command line); by default, a new name in the outputs folder. A file that has the
    name asked for is an error, unless `overwrite` says that it is to be replaced. `settings` are parameters by name
    (`motion=80`, `seed=42`, `model="draft"`); the others come from `preset` or from the video `like`. A missing model
    is downloaded, unless `offline`; `memory_limit`, `force` and `gentle` are those of the command line. `on_event` is
    called with each event; if it raises, the run ends and leaves no file. Raises VideoAiError. For several videos,
    `load` keeps the model in memory.
    """
    options = {
        "preset": preset,
        "like": like or None,
        "output": output,
        "encoder": encoder,
        "overwrite": overwrite,
        "memory_limit": memory_limit,
        "force": force,
        "gentle": gentle,
        "offline": offline,
    }
    call = ProgramCall(on_event)
    with call.one_family():
        given = {name: value for name, value in plain(options).items() if value is not None}
        request = Request.of(plain(settings), given)
        request.check(photos=1)
        if Output(request.output).is_stream():
            told = say("Only the command line writes to standard output.")
            raise BadOutput(told, say("Name a file for the video."))
        return make_video(given_photo(photo), request, RunConfig.of(request), on_event=call.on_event)
