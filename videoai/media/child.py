"""The process that reads videos for programs that stay without FFmpeg's libraries.

python -m videoai.media.child export VIDEO TARGET    write the video as another kind of file, with its settings inside
python -m videoai.media.child inspect VIDEO PICTURE  print its settings, and write its first frame as a picture
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from videoai import offline, processes
from videoai.errors import BadVideo, VideoAiError
from videoai.language import kept, say


def export(video: Path, target: Path) -> dict[str, Any]:
    """Write the movie `video` as the kind of file that the ending of `target` says. Raises BadVideo, WriteFailed."""
    from videoai.media.metadata import read_metadata
    from videoai.media.video import write_video
    from videoai.settings import PARAMETERS

    metadata = read_metadata(video)
    try:
        fps = PARAMETERS["fps"].kind.parse(metadata["settings"].get("fps"))
    except ValueError as error:
        raise _unreadable(video) from error
    write_video(target, list(_frames(video)), fps, comment=json.dumps(metadata, separators=(",", ":")))
    return {"path": str(target)}


def inspect(video: Path, picture: Path) -> dict[str, Any]:
    """What read_metadata says of `video`; its first frame goes to `picture`, a PNG. Raises BadVideo, WriteFailed."""
    from PIL import Image

    from videoai.files import whole_file
    from videoai.media.metadata import read_metadata

    metadata = read_metadata(video)
    with whole_file(picture, replace=True) as part:
        Image.fromarray(next(_frames(video))).save(part, "PNG", compress_level=1)
    return metadata


def _frames(video: Path) -> Iterator[Any]:
    """The frames as arrays, (height, width, 3), sRGB. Raises BadVideo."""
    import numpy as np
    from PIL import Image

    from videoai.media.formats import PICTURES
    from videoai.media.metadata import open_movie
    from videoai.media.photo import MAX_PIXELS

    unreadable = _unreadable(video)
    try:
        if video.suffix.lower() in PICTURES:
            with Image.open(video, formats=("GIF", "WEBP")) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise unreadable
                for index in range(getattr(image, "n_frames", 1)):
                    image.seek(index)
                    yield np.asarray(image.convert("RGB"))
            return
        count = 0
        with open_movie(video) as container:
            stream = container.streams.video[0]
            if stream.width * stream.height > MAX_PIXELS:
                raise unreadable
            stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}  # should it grow later on
            for frame in container.decode(video=0):
                count += 1
                yield frame.to_ndarray(format="rgb24")
    except Exception as error:  # a decoder may fail in any way on a damaged or hostile file
        raise unreadable from error
    if not count:
        raise unreadable


def _unreadable(video: Path) -> BadVideo:
    return BadVideo(
        say("{name} is not a video that can be read.", name=video.name), say("It may be damaged or incomplete.")
    )


def main(verb: str, video: str, target: str) -> int:
    """Do it, print a JSON object, and return the exit code."""
    processes.end_with_parent()
    offline.prepare()
    offline.close()  # it reads files that nobody vouches for
    try:
        answer = {"export": export, "inspect": inspect}[verb](Path(video), Path(target))
        code = 0
    except VideoAiError as error:
        answer, code = kept(error.to_dict()), error.exit_code
    sys.stdout.write(json.dumps(answer))
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
