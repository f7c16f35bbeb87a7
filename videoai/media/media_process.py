"""The process that reads photos and videos for programs that stay small, and alive whatever is in a file.

python -m videoai.media.media_process export VIDEO TARGET  write the video as another kind of file
python -m videoai.media.media_process inspect VIDEO PICTURE  print its settings, and write its first frame
python -m videoai.media.media_process frame VIDEO PICTURE N  write one of its frames
python -m videoai.media.media_process photo NUMBER           print the size of the photo in an open file, and its pixels
python -m videoai.media.media_process depth NUMBER           print the depth map of such a photo
python -m videoai.media.media_process clip                   print what a video is, and the pixels of its first frame
python -m videoai.media.media_process frames                 print all its frames, as frame_stream.py reads them

What it is to do in more words, and its limits, come as a line of JSON through the pipe from its parent.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from videoai.errors import BadInput, BadVideo, VideoAiError
from videoai.language import kept, say
from videoai.media.frame_stream import END, FRAME, REFUSED
from videoai.system import child, offline


def export(video: Path, target: Path) -> dict[str, Any]:
    """Write the movie `video` as the kind of file that the ending of `target` says. Raises BadVideo, WriteFailed."""
    from videoai.media.metadata import read_metadata
    from videoai.media.video import write_video

    metadata = read_metadata(video)
    comment = json.dumps(metadata, separators=(",", ":"))
    write_video(target, _frames(video), _frames_a_second(video), comment=comment)
    return {"path": str(target)}


def _frames_a_second(video: Path) -> int:
    """The movie's own: its settings are those of the model, which a finisher may have changed. Raises BadVideo."""
    from videoai.media.metadata import open_movie

    try:
        with open_movie(video) as container:
            rate = container.streams.video[0].average_rate
    except Exception as error:  # a decoder may fail in any way on a damaged or hostile file
        raise _unreadable(video) from error
    if not rate or rate < 1:
        raise _unreadable(video)
    return round(rate)


def inspect(video: Path, picture: Path) -> dict[str, Any]:
    """What read_metadata says of `video`; its first frame goes to `picture`, a PNG. Raises BadVideo, WriteFailed."""
    from PIL import Image

    from videoai.media.metadata import read_metadata
    from videoai.system.files import whole_file

    metadata = read_metadata(video)
    with whole_file(picture, replace=True) as part:
        Image.fromarray(next(_frames(video))).save(part, "PNG", compress_level=1)
    return metadata


def frame(video: Path, picture: Path, number: str) -> dict[str, Any]:
    """Frame `number` of `video`, from 0 on, goes to `picture`, a PNG; the video may be of frames that were kept.

    Raises BadVideo, BadInput, WriteFailed.
    """
    from itertools import islice

    from PIL import Image

    from videoai.formats import is_frames_name
    from videoai.system.files import whole_file

    frames = _kept_frames(video) if is_frames_name(video.name) else _frames(video)
    found = next(islice(frames, int(number), None), None) if int(number) >= 0 else None
    if found is None:
        raise BadInput(say("This video has no frame {number}.", number=number), say("The first one is frame 0."))
    with whole_file(picture, replace=True) as part:
        Image.fromarray(found).save(part, "PNG", compress_level=1)
    return {"path": str(picture)}


def _kept_frames(path: Path) -> Iterator[Any]:
    """Raises BadVideo if they are not as they were written."""
    from videoai.media.lossless import read_frames
    from videoai.media.seal import is_whole

    if not is_whole(path):
        raise _unreadable(path)
    yield from read_frames(path)


def _frames(video: Path) -> Iterator[Any]:
    """The frames as arrays, (height, width, 3), sRGB. Raises BadVideo."""
    import numpy as np
    from PIL import Image

    from videoai.formats import PICTURES
    from videoai.media.decoding.opened import MAX_PIXELS
    from videoai.media.metadata import open_movie

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
        say("{name} is not a video VideoAi can read.", name=video.name), say("It may be damaged or incomplete.")
    )


def photo(number: int, task: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The photo in the open file `number`, as `TargetSize` says, as JPEG of that quality or else as rows of RGB.

    Raises BadPhoto.
    """
    data = _content(number)
    from videoai.media.decoding.decode import decode
    from videoai.media.decoding.depth.read import is_marked
    from videoai.media.decoding.opened import TargetSize

    found = decode(data, task["name"], TargetSize(task["longer"], task["shorter"]))
    image, quality = found.image, task["quality"]
    content = image.write_to_memory() if quality is None else _jpeg(image, quality)
    size = {"width": found.width, "height": found.height, "size": [image.width, image.height]}
    return {**size, "notices": list(found.notices), "depth": is_marked(data)}, content


def depth(number: int, task: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The depth map that comes with the photo in the open file `number`, as a PNG (depth_png.py); nothing if there is
    none after all, or if it cannot be used: then the answer says why."""
    data = _content(number)
    from videoai.media.decoding.depth.found import BadDepth
    from videoai.media.decoding.depth.read import read

    try:
        return {"reason": None}, read(data, (task["width"], task["height"])) or b""
    except BadDepth as error:
        return {"reason": error.reason}, b""


def _content(number: int) -> bytes:
    """What is in the open file `number`, for libvips to decode."""
    with open(number, "rb", closefd=False) as file:
        file.seek(0)
        data = file.read()
    os.environ["VIPS_CONCURRENCY"] = "2"  # one decodes, the other makes smaller; more would only hold more rows
    return data


def clip(task: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What the video at the task's path is, and its first frame as rows of RGB. Raises BadVideo."""
    from videoai.media.decoding.clip import facts_of, frames_of
    from videoai.media.metadata import read_metadata

    path, name = Path(task["path"]), task["name"]
    facts = facts_of(path, name).to_dict()
    try:
        made: dict[str, Any] | None = read_metadata(path)
    except BadVideo:
        made = None  # somebody else's
    return facts | {"made": made}, next(frames_of(path, name)).tobytes()


def frames(task: Mapping[str, Any], out: IO[bytes]) -> int:
    """All frames of that video into `out`; the exit code."""
    from videoai.media.decoding.clip import frames_of

    try:
        for frame in frames_of(Path(task["path"]), task["name"]):
            out.write(FRAME + frame.tobytes())
    except VideoAiError as error:
        out.write(REFUSED + json.dumps(kept(error.to_dict()["error"])).encode())
        return error.exit_code
    out.write(END)
    return 0


def _jpeg(image: Any, quality: int) -> bytes:
    """From a quality of 90 on with every pixel's own colour: below, for thumbnails, four share one."""
    content: bytes = image.jpegsave_buffer(Q=quality, subsample_mode="auto", keep="none")
    return content


_OF_PHOTOS = {"photo": photo, "depth": depth}
_ACTS: Mapping[str, Callable[..., dict[str, Any]]] = {"export": export, "inspect": inspect, "frame": frame}


def main(verb: str, *words: str) -> int:
    """Do it, print a JSON object, then bytes if there are any, and return the exit code."""
    child.prepare()
    task, out = child.first_line(), child.take_stdout()
    child.end_with_parent()
    _keep_within(task["limit"])
    offline.close()  # it reads files that nobody vouches for
    content, code = b"", 0
    if verb == "frames":
        with out:
            return frames(task, out)
    try:
        if verb in _OF_PHOTOS:
            answer, content = _OF_PHOTOS[verb](int(words[0]), task)
        elif verb == "clip":
            answer, content = clip(task)
        else:
            video, target, *more = words
            answer = _ACTS[verb](Path(video), Path(target), *more)
    except VideoAiError as error:
        answer, code = error.to_dict(), error.exit_code
    with out:
        out.write(json.dumps(kept(answer)).encode() + b"\n" + content)
    return code


def _keep_within(seconds: int | None) -> None:
    """Of processor time so much; and should memory run out, it is this process that has to go."""
    if seconds is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    if (score := Path("/proc/self/oom_score_adj")).exists():
        score.write_text("1000")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
