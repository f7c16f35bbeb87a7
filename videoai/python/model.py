"""A model that makes one video after the other, in this process: its weights are loaded once."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from videoai.catalogue import DEFAULT_MODEL
from videoai.engine_run import RunConfig, StageClock
from videoai.engines.kept import KeptNetworks
from videoai.errors import BadSettings
from videoai.events import Event, OnEvent
from videoai.formats import IN_MEMORY
from videoai.language import listed, say
from videoai.media.given_photo import GivenPhoto, PhotoLike, given_photo
from videoai.pipeline import coming_frames
from videoai.python.calls import ProgramCall, plain
from videoai.python.result import Result
from videoai.python.stepping import stepped
from videoai.request import Request, open_photo
from videoai.system import temporary

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from videoai.python.keywords import ClipSettings, Compute, Precision, Preset

LikeVideo: TypeAlias = "str | os.PathLike[str]"
_CHOSEN = ("model", "precision", "compute")
"""The settings that decide which weights are loaded, and how."""


def load(
    model: str | os.PathLike[str] = DEFAULT_MODEL,
    *,
    precision: Precision = "auto",
    compute: Compute = "auto",
    memory_limit: int | str | None = None,
    gentle: bool = False,
    force: bool = False,
    offline: bool = False,
) -> LoadedModel:
    """A model of the catalogue, or that of a checkpoint's path, to be called with photos.

    `precision` are the bits of its weights and `compute` the type of number to compute in; `memory_limit` is the most
    memory to use, as bytes or as “5GiB”; a `gentle` model leaves room for other work, one that is to `force` it begins
    even if a video does not fit. `offline`, a model that is not here is an error; else it is downloaded when it is
    first called, and that is also when its weights are loaded. Raises VideoAiError.
    """
    return LoadedModel(
        model,
        precision=precision,
        compute=compute,
        memory_limit=memory_limit,
        gentle=gentle,
        force=force,
        offline=offline,
    )


class LoadedModel:
    """Called with a photo, it makes the frames of a video. See `load`.

    Between calls its networks stay in memory, as far as the largest stage of a video leaves room for them; `close`
    gives them back, as does the end of a `with` block. Several threads may call it: they get their turn.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] = DEFAULT_MODEL,
        *,
        precision: Precision = "auto",
        compute: Compute = "auto",
        memory_limit: int | str | None = None,
        gentle: bool = False,
        force: bool = False,
        offline: bool = False,
    ) -> None:
        self._given = plain({"model": model, "precision": precision, "compute": compute})
        options = {"memory_limit": memory_limit, "gentle": gentle, "force": force, "offline": offline}
        self._options = {name: value for name, value in plain(options).items() if value is not None}
        self._networks = KeptNetworks(lasting=True)
        with ProgramCall().one_family():
            self._request({}, None, None)

    def __call__(
        self,
        photo: PhotoLike,
        *,
        preset: Preset | None = None,
        like: LikeVideo | None = None,
        on_event: OnEvent | None = None,
        **settings: Unpack[ClipSettings],
    ) -> Result:
        """Make a video of a photo: a path, the bytes of a file, an open file, a picture of Pillow's, an array of uint8.

        `settings` are parameters by name (`motion=80`, `seed=42`); the others come from `preset` or from the video
        `like`. `on_event` is called with each event; if it raises, the run ends and leaves nothing.
        Raises VideoAiError.
        """
        call = ProgramCall(on_event)
        with call.one_family():
            request = self._request(settings, preset, like)
            return self._make(given_photo(photo), request, call)

    def events(
        self,
        photo: PhotoLike,
        *,
        preset: Preset | None = None,
        like: LikeVideo | None = None,
        **settings: Unpack[ClipSettings],
    ) -> Generator[Event | Result]:
        """The same, as an iterator of its events that ends with the Result. It computes while it is asked for the next
        one; closed early, it leaves nothing. Raises VideoAiError."""
        with ProgramCall().one_family():
            request, source = self._request(settings, preset, like), given_photo(photo)

        def run(on_event: OnEvent, check: Callable[[], None]) -> Result:
            call = ProgramCall(on_event)
            with call.one_family():
                return self._make(source, request, call, check)

        return stepped(run)

    def close(self) -> None:
        """Give the memory of the networks back. The next call loads them again."""
        self._networks.clear()

    def __enter__(self) -> LoadedModel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        """For other processes, which load the weights for themselves."""
        return {"_given": self._given, "_options": self._options}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _networks=KeptNetworks(lasting=True))

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value!r}" for name, value in (self._given | self._options).items())
        return f"videoai.load({said})"

    def _request(self, settings: Mapping[str, object], preset: str | None, like: LikeVideo | None) -> Request:
        """Raises BadSettings, BadVideo."""
        if chosen := [name for name in _CHOSEN if name in settings]:
            raise BadSettings(
                say("A model that is loaded has its {names} already.", names=listed(chosen)),
                say("Choose them as you load it: videoai.load('svd-xt', precision=8)."),
            )
        more = {"preset": preset, "like": like or None}
        options = self._options | {name: value for name, value in plain(more).items() if value is not None}
        return Request.of(self._given | plain(settings), options)

    def _make(
        self, photo: GivenPhoto, request: Request, call: ProgramCall, check: Callable[[], None] = lambda: None
    ) -> Result:
        clock = StageClock(call.on_event)
        fitted, settings = open_photo(photo, request, clock)
        config = RunConfig.of(request, networks=self._networks, while_waiting=lambda: call.ask(check))
        with (
            temporary.folder() as folder,
            coming_frames(fitted, settings, folder, clock, config, IN_MEMORY) as coming,
        ):
            clip = coming.clip
            frames = np.empty((clip.frames, clip.height, clip.width, 3), np.uint8)
            for frame, place in zip(coming.frames, frames, strict=True):
                place[:] = frame
        return Result(
            frames, coming.settings, clip, coming.planned, clock.finish(), coming.comment, photo.path.absolute()
        )
