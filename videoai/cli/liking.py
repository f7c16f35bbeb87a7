"""What --like says of a video that was made with a model of the user's own: where that is, as the history knows it.

A video names the file or folder of such a model, and not where it is. Nothing is opened by that name: the user decides.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from videoai.cli.screen import tell
from videoai.errors import BadVideo, VideoAiError
from videoai.language import say
from videoai.system import paths


@contextmanager
def suggesting(options: Mapping[str, object]) -> Iterator[None]:
    """Let a refusal of the video that `options` name for its settings say which model it was made with."""
    try:
        yield
    except BadVideo as error:
        video = Path(str(options.get("like")))
        model = _model_of(video)
        if model is None:
            raise
        raise BadVideo(
            error.message,
            say(
                "You made it with {model}. To use that again: videoai PHOTO --like {video} --model {quoted}",
                model=model,
                video=shlex.quote(str(video)),
                quoted=shlex.quote(str(model)),
            ),
        ) from error


def _model_of(video: Path) -> Path | None:
    """Where the model of a video is, if it is one of the user's own and still there."""
    from videoai.history.recovery import open_store
    from videoai.history.search import own_model as path_of
    from videoai.media.metadata import read_metadata
    from videoai.request import own_model

    try:
        name = own_model(read_metadata(video)["settings"])
        if name is None or not paths.database().exists():
            return None
        with closing(open_store(lambda notice: tell(notice, err=True))) as store:
            found = path_of(store, name, video)
    except VideoAiError:  # then there is nothing more to say than what was wrong before
        return None
    return found if found is not None and found.exists() else None
