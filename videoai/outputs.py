"""What a video is called, and how it gets that name without taking another's."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import string
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from videoai.errors import BadOutput
from videoai.formats import check_suffix, published_path
from videoai.language import say
from videoai.settings import GenerationSettings
from videoai.system import paths
from videoai.system.files import NameTaken, whole_file
from videoai.writable import check_writable

FIELDS = ("stem", "seed", "n")
DEFAULT_SUFFIX = ".mp4"
_SLASHES = ("/", os.sep)
_AUTO = "{stem}-{model}-{seed}" + DEFAULT_SUFFIX
_FINISHED = "{stem}-finished" + DEFAULT_SUFFIX


@dataclass(frozen=True, slots=True)
class Output:
    """Where a video goes: a pattern with fields, or None for a name of our choosing in the outputs folder."""

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
        if self.is_folder():
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

    def names(self, photo: Path, number: int, settings: GenerationSettings | None) -> Iterator[tuple[Path, bool]]:
        """The paths to try, best first, each with whether a file that is there may be replaced.

        Without settings it is a clip that is finished, not a photo. A name that was asked for is taken as it is; one of
        our choosing gets a number until it is free.
        """
        if self.pattern is not None and not self.is_folder():
            path = paths.expanded(self.named(photo, number, None if settings is None else settings.seed))
            if _is_same(path, photo):
                itself = say("{path} is the photo itself.", path=path)
                if settings is None:
                    itself = say("{path} is the clip itself.", path=path)
                raise BadOutput(itself, say("Choose another name for the video."))
            yield path, True
            return
        folder = paths.expanded(self.pattern) if self.pattern else paths.outputs()
        first = folder / _FINISHED.format(stem=readable(photo.stem))
        if settings is not None:
            model = readable(Path(settings.model).name)
            first = folder / _AUTO.format(stem=readable(photo.stem), model=model, seed=settings.seed)
        yield first, False
        for count in itertools.count(2):
            yield first.with_stem(f"{first.stem}-{count}"), False

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
        return Path(self.pattern).suffix.lower() if self.pattern and not self.is_folder() else DEFAULT_SUFFIX

    def absolute(self) -> Output:
        """The same place, whatever the current folder is later."""
        if self.pattern is None or paths.expanded(self.pattern).is_absolute():
            return self.within(Path())  # the current folder may be gone
        return self.within(Path.cwd())

    def within(self, folder: Path) -> Output:
        """The same place; one that is relative is in `folder`."""
        if self.pattern is None:
            return self
        asked = paths.expanded(self.pattern)
        path = str(folder / asked)
        if self.pattern.endswith(_SLASHES) or os.path.isdir(path):
            return Output(os.path.join(path, ""))
        # What is in braces is a field in the name that was asked for, and nothing but braces in the folder's.
        before = "" if asked.is_absolute() else os.path.join(str(folder), "")
        return Output(before.replace("{", "{{").replace("}", "}}") + path[len(before) :])

    def is_folder(self) -> bool:
        """Whether the pattern names a folder to put videos into."""
        if self.pattern is None:
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
        target = published_path(path)
        if not replace and os.path.lexists(target):
            continue
        try:
            return write(path, replace)
        except NameTaken as error:  # another process was faster, or a folder of frames is there
            if replace:
                raise BadOutput(
                    say("{path} already exists and was left as it is.", path=target), say("Choose another name.")
                ) from error
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
    """Copy a file, or a folder of frames, so that `target` is whole or not there. Raises WriteFailed, NameTaken."""
    with whole_file(target, replace=replace) as part:
        if source.is_dir():
            part.mkdir()
            for file in source.iterdir():
                shutil.copyfile(file, part / file.name)
        else:
            shutil.copyfile(source, part)


def _is_same(path: Path, other: Path) -> bool:
    """Whether both are names of one file; not if either is not there any more."""
    try:
        return path.samefile(other)
    except (OSError, ValueError):
        return False


_TITLE_LENGTH = 100


def title_of(name: str) -> str:
    """A photo's name as a title, whoever gave it: its last part, one printable line, not too long."""
    last = re.split(r"[/\\]", name)[-1]
    clean = "".join(c for c in unicodedata.normalize("NFC", last) if c.isprintable()).strip()
    return clean[:_TITLE_LENGTH].strip() or "photo"


def readable(name: str) -> str:
    """A photo's name as part of a file name: nothing unprintable, not hidden, not too long."""
    clean = "".join(c if c.isprintable() and c not in "/\\:" else "_" for c in name).lstrip(". ")
    return clean.encode()[:80].decode(errors="ignore") or "photo"
