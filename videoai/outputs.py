"""What a video is called, and how it gets that name without taking another's."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import string
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from videoai.errors import BadOutput
from videoai.formats import FRAMES, MOVIES, PICTURES, check_suffix, published_path
from videoai.language import say, without_unseen
from videoai.replacing import (
    came_between,
    check_replaceable,
    is_empty,
    is_replaceable,
    refusal_to_program,
    takes_place_of,
)
from videoai.settings import GenerationSettings
from videoai.system import paths
from videoai.system.files import NameTaken, whole_file
from videoai.writable import check_writable

FIELDS = ("stem", "seed", "n")
DEFAULT_SUFFIX = ".mp4"
_SLASHES = ("/", os.sep)
_AUTO, _FINISHED = "{stem}-{model}-{seed}", "{stem}-finished"

STDOUT = "-"
_STREAM = re.compile(rf"(?:({'|'.join(end[1:] for end in (*MOVIES, *PICTURES))}):)?{STDOUT}")
"""Standard output, and what kind of video goes there: “-” or “gif:-”, as ImageMagick has it."""
_STDOUT_FILES = ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")
"""Its names as a file, which has no ending that says what to write, and in whose folder nothing can be prepared."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where a video goes: a pattern with fields, standard output, or None for a name of our choosing in the outputs
    folder."""

    pattern: str | None = None

    def check(self, photos: int, seeds: int = 1, known: Sequence[str] = FIELDS) -> None:
        """Raises BadOutput if the videos of so many photos, each with so many seeds, cannot be written under it, of
        these `known` fields."""
        if self.pattern is None:
            return
        if not self.pattern.strip() or "\0" in self.pattern:
            raise BadOutput(
                say("--output is empty."), say("Add a path for the video, or leave out --output to get a new name.")
            )
        paths.expanded(self.pattern)
        if self.is_stream() and photos * seeds > 1:
            raise BadOutput(say("Only one video can go to standard output."), say("Name a folder, or make one video."))
        if self.is_folder() or self.is_stream():
            return
        fields = self._fields()
        unknown = [field for field in fields if field not in known]
        if unknown and unknown[0] in FIELDS:
            raise BadOutput(
                say("The name of a finished video cannot contain its seed."),
                say("Use {{stem}}, the clip's name, or {{n}}, its number."),
            )
        if unknown:
            raise BadOutput(
                say(
                    "--output doesn't know the field “{{{field}}}”; use {{stem}}, {{seed}} or {{n}}.",
                    field=unknown[0],
                ),
                say(
                    "{{stem}} is the photo's name, {{seed}} the seed, {{n}} the number of the photo; for a "
                    "brace, write {{{{."
                ),
            )
        if self.pattern in _STDOUT_FILES:
            raise BadOutput(
                say("{path} is not a file and was left as it is.", path=self.pattern),
                say("For standard output, use --output - or, for another kind of video, such as --output gif:-"),
            )
        check_suffix(Path(self.pattern))
        if seeds > 1 and not {"seed", "n"} & set(fields):
            raise BadOutput(
                say(
                    "The videos of {count} seeds would all be written to {pattern}.", count=seeds, pattern=self.pattern
                ),
                say("Name a folder, or put {{seed}} or {{n}} in the name: --output 'clips/{{stem}}-{{seed}}.mp4'."),
            )
        if photos > 1 and not {"stem", "n"} & set(fields):
            raise BadOutput(
                say(
                    "{count} videos would all be written to {pattern}.",
                    count=photos,
                    pattern=self.pattern,
                ),
                say("Name a folder, or put {{stem}} or {{n}} in the name: --output 'clips/{{stem}}.mp4'."),
            )

    def names(
        self, photo: Path, number: int, settings: GenerationSettings | None, *, overwrite: bool = False
    ) -> Iterator[tuple[Path, bool]]:
        """The paths to try, best first, each with whether a file that is there may be replaced.

        Without settings it is a clip that is finished, not a photo. Only with `overwrite` a file is replaced that has
        the name which was asked for. Every other name gets a number until it is free.
        """
        if self.is_named():
            path = paths.expanded(self.named(photo, number, None if settings is None else settings.seed))
            if takes_place_of(path, photo):
                itself = say("{path} is the photo itself.", path=path)
                if settings is None:
                    itself = say("{path} is the clip itself.", path=path)
                raise BadOutput(itself, say("Choose another name for the video."))
            yield path, overwrite
            yield from successors(path)
            return
        folder = paths.expanded(self.pattern) if self.pattern and self.is_folder() else paths.outputs()
        name = _FINISHED.format(stem=readable(photo.stem))
        if settings is not None:
            model = readable(Path(settings.model).name)
            name = _AUTO.format(stem=readable(photo.stem), model=model, seed=settings.seed)
        first = folder / f"{name}{self.suffix()}"
        yield first, False
        yield from successors(first)

    def beside(self, written: Path, photo: Path, number: int, settings: GenerationSettings | None) -> tuple[str, ...]:
        """What to say of a video that is not `written` under the name that was asked for, as a file has come there."""
        if not self.is_named():
            return ()
        asked = paths.expanded(self.named(photo, number, None if settings is None else settings.seed))
        return came_between(published_path(asked), written)

    def taken(self, photo: Path, number: int, seed: int | None) -> Path | None:
        """What is there under the name that was asked for, as far as that name is known yet: a video may be put into
        an empty folder, as its frames."""
        if not self.is_named() or (seed is None and "seed" in self._fields()):
            return None
        path = paths.expanded(self.named(photo, number, seed))
        target = published_path(path)
        return target if os.path.lexists(target) and not (path != target and is_empty(target)) else None

    def check_free(self, photo: Path, number: int, settings: GenerationSettings, *, overwrite: bool) -> None:
        """Raises BadOutput if what has the name that was asked for may not, or cannot, be replaced."""
        there = self.taken(photo, number, settings.seed)
        if there is not None and not overwrite:
            raise refusal_to_program(there)
        if there is not None:
            check_replaceable(there, folder=self.suffix() == FRAMES)

    def check_writable(self, photo: Path, number: int, settings: GenerationSettings | None) -> None:
        """Raises BadOutput or WriteFailed if no video of this photo can be written where it is to go."""
        name, _ = next(self.names(photo, number, settings))
        check_writable(published_path(name))

    def named(self, photo: Path, number: int, seed: int | None) -> str:
        """The name that was asked for; without a seed, with one that stands for any."""
        return str(self.pattern).format(stem=readable(photo.stem), seed=seed or 0, n=number)

    def numbered(self, count: int) -> Output:
        """The same with a number at its end."""
        path = Path(str(self.pattern))
        return Output(str(path.with_name(f"{path.stem}-{count}{path.suffix}")))

    def suffix(self) -> str:
        """The ending of the video's name, which is its format."""
        if self.pattern and (stream := _STREAM.fullmatch(self.pattern)):
            return f".{stream[1]}" if stream[1] else DEFAULT_SUFFIX
        return Path(self.pattern).suffix.lower() if self.pattern and not self.is_folder() else DEFAULT_SUFFIX

    def absolute(self) -> Output:
        """The same place, whatever the current folder is later."""
        return self.within(Path.cwd() if self.is_relative() else Path())  # the current folder may be gone

    def within(self, folder: Path) -> Output:
        """The same place; one that is relative is in `folder`."""
        if self.pattern is None or self.is_stream():
            return self
        asked = paths.expanded(self.pattern)
        path = str(folder / asked)
        if self.pattern.endswith(_SLASHES) or os.path.isdir(path):
            return Output(os.path.join(path, ""))
        # What is in braces is a field in the name that was asked for, and nothing but braces in the folder's.
        before = "" if asked.is_absolute() else os.path.join(str(folder), "")
        return Output(before.replace("{", "{{").replace("}", "}}") + path[len(before) :])

    def is_named(self) -> bool:
        """Whether a name was asked for, and none of our choosing is given."""
        return self.pattern is not None and not self.is_folder() and not self.is_stream()

    def is_stream(self) -> bool:
        """Whether the video goes to standard output. Until it does, it has a name of our choosing."""
        return self.pattern is not None and _STREAM.fullmatch(self.pattern) is not None

    def is_relative(self) -> bool:
        """Whether the place was said as seen from the current folder."""
        return self.pattern is not None and not self.is_stream() and not paths.expanded(self.pattern).is_absolute()

    def is_folder(self) -> bool:
        """Whether the pattern names a folder to put videos into."""
        if self.pattern is None or self.is_stream():
            return False
        return self.pattern.endswith(_SLASHES) or os.path.isdir(os.path.expanduser(self.pattern))

    def _fields(self) -> list[str]:
        pattern = self.pattern or ""
        try:
            parsed = [(name, spec, how) for _, name, spec, how in string.Formatter().parse(pattern) if name is not None]
            for name, spec, how in parsed:
                if name in FIELDS and (how or not re.fullmatch(r"0?\d?" if name != "stem" else "", spec or "")):
                    raise BadOutput(
                        say("--output cannot write the field {{{field}}} that way.", field=name),
                        say("Write {{stem}}, {{seed}} or {{n}}; {{n:03}} pads the number with zeros."),
                    )
            fields = [name for name, _, _ in parsed]
        except (ValueError, IndexError, KeyError) as error:
            raise BadOutput(
                say("--output {pattern} has an unmatched brace.", pattern=pattern),
                say("Write {{{{ and }}}} for braces in a name."),
            ) from error
        return fields


def under_a_name(names: Iterator[tuple[Path, bool]], write: Callable[[Path, bool], Path]) -> Path:
    """What `write` returns for the first of `names` that can be had; it gets the path and whether to replace.

    Another process may be faster: a NameTaken of `write` leads to the next name. Raises BadOutput, WriteFailed.
    """
    for path, replace in names:
        if not replace and os.path.lexists(published_path(path)):
            continue
        with suppress(NameTaken):
            return write(path, replace)
    raise BadOutput(say("VideoAi found no free name for the video."), say("Choose one with --output."))


def copy_under_a_name(source: Path, names: Iterator[tuple[Path, bool]]) -> Path:
    """Copy the video `source` to the first of `names` that can be had, and return where it is.

    Raises BadOutput, WriteFailed.
    """

    def copy(name: Path, replace: bool) -> Path:
        target = published_path(name)
        copy_video(source, target, replace=replace)
        return target

    return under_a_name(names, copy)


def copy_video(source: Path, target: Path, *, replace: bool) -> None:
    """Copy a file, or a folder of frames, so that `target` is whole or not there. Raises WriteFailed, NameTaken.

    With `replace`, the same kind of thing that is there is replaced, and nothing else.
    """
    with whole_file(target, replace=replace and is_replaceable(target, folder=source.is_dir())) as part:
        if source.is_dir():
            part.mkdir()
            for file in source.iterdir():
                shutil.copyfile(file, part / file.name)
        else:
            shutil.copyfile(source, part)


def successors(path: Path) -> Iterator[tuple[Path, bool]]:
    """The names to try when `path` is taken; nothing that has one of them is replaced."""
    for count in itertools.count(2):
        yield path.with_stem(f"{path.stem}-{count}"), False


TITLE_LENGTH = 100
"""Characters."""


def one_line(text: str) -> str:
    """Printable, on one line, in one way of writing accents."""
    return without_unseen(unicodedata.normalize("NFC", text)).strip()


def title_of(name: str) -> str:
    """A photo's name as a title, whoever gave it: its last part, one printable line, not too long."""
    last = re.split(r"[/\\]", name)[-1]
    return one_line(one_line(last)[:TITLE_LENGTH]) or "photo"  # again: an emoji may have been cut


def readable(name: str) -> str:
    """A photo's name as part of a file name: nothing unprintable, not hidden, not too long."""
    clean = re.sub(r"[/\\:]", "_", without_unseen(name, "_")).lstrip(". ")
    return without_unseen(clean.encode()[:80].decode(errors="ignore")) or "photo"
