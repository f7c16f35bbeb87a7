"""The user's own presets: settings under a name of the user's, in a file of the program's own folder.

They are in that folder, and not in the config file, as the page writes them: that file is the user's to write, it says
what holds where a command says nothing, and a mistake in it stops every command. The web app, the command line and
Python find the same ones, whatever browser or phone has made them.
"""

from __future__ import annotations

import json
import logging
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from videoai.catalogue import MODELS
from videoai.errors import BadSettings, NotThere, PresetConflict, VideoAiError, WriteFailed
from videoai.kinds import folded
from videoai.language import LANGUAGES, printable, say, shown, speaking
from videoai.limits import parameter_of
from videoai.presets import PRESETS, Preset
from videoai.settings import PARAMETERS
from videoai.system import paths, set_aside
from videoai.system.files import whole_file, write_errors
from videoai.system.locking import locked
from videoai.system.reasons import reason
from videoai.system.strict_json import read_json

MOST = 30
"""Each is a card on the page, with an estimate of its own."""
NAME_LENGTH = 40

OF_THE_PHOTO = ("seed", "focus", "fit", "width", "height")
"""What suits one photo alone, and is in no preset: of the size there are the sides, long and short."""

_log = logging.getLogger("videoai.presets")


def _warn(notice: str) -> None:
    _log.warning("%s", shown(notice))


def named(name: str) -> Preset | None:
    """The preset of this name: one of the program's, or else one of the user's, of which capitals do not matter."""
    return PRESETS.get(name) or _found(_usable(_read()), name)


def names() -> tuple[str, ...]:
    """Those of the user's own, in their order."""
    return tuple(preset.name for preset in own())


def own(on_notice: Callable[[str], None] = _warn) -> list[Preset]:
    """The user's own, in the order of their names; one that a newer version has made, and that this one cannot make
    videos with, is left out. If the file is damaged it is set aside, which `on_notice` is told."""
    return sorted(_usable(_read(on_notice)).values(), key=lambda preset: folded(preset.name))


def stamp() -> object:
    """What tells one state of the file from another: every change gives it another inode."""
    try:
        found = paths.own_presets().stat()
    except OSError as error:
        return error.errno
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size


def keep(name: str, sides: tuple[int, int], values: Mapping[str, Any], *, replace: bool = False) -> Preset:
    """Keep settings under a name: the `values`, but for what suits one photo alone, and the sides of the video, in
    pixels. With `replace` they take the place of those that have the name.

    Raises BadSettings for a name that cannot be, PresetConflict, WriteFailed.
    """
    name = checked_name(name)
    kept = {key: value for key, value in values.items() if key not in OF_THE_PHOTO}
    with _changing() as rows:
        before = _found(rows, name)
        if before is not None and not replace:
            raise _taken(before.name)
        if before is None and len(rows) >= MOST:
            raise PresetConflict(
                say("You already have {count} presets of your own.", count=MOST), say("Delete one you no longer use.")
            )
        if before is not None:
            del rows[before.name]
        rows[name] = _preset(name, max(sides), min(sides), kept)
        return rows[name]


def rename(name: str, to: str) -> Preset:
    """Give one another name. Raises NotThere, BadSettings, PresetConflict, WriteFailed."""
    to = checked_name(to)
    with _changing() as rows:
        preset = _there(rows, name)
        other = _found(rows, to)
        if other is not None and other is not preset:
            raise _taken(other.name)
        del rows[preset.name]
        rows[to] = _preset(to, preset.long, preset.short, preset.values)
        return rows[to]


def remove(name: str) -> None:
    """Raises NotThere, WriteFailed."""
    with _changing() as rows:
        del rows[_there(rows, name).name]


def checked_name(name: str) -> str:
    """The name, on one line. Raises BadSettings if it cannot be one, PresetConflict if it is one of the program's."""
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFC", name)).strip()
    if not name:
        raise BadSettings(say("The name is empty."), say("Type a name for the preset."))
    if len(name) > NAME_LENGTH:
        raise BadSettings(
            say("The name is too long."), say("A name has at most {count} characters.", count=NAME_LENGTH)
        )
    if name != printable(name) or name[0] in ".-" or set(name) & set('/\\"'):  # an address, a flag, a quoted word
        raise BadSettings(
            say("A preset cannot be called “{name}”.", name=printable(name)),
            say("Use no slash and no straight quotation mark, and begin with a letter or a number."),
        )
    if folded(name) in _reserved():
        raise PresetConflict(say("“{name}” is a preset of VideoAi's.", name=name), say("Choose another name."))
    return name


def _reserved() -> set[str]:
    """What the program's own are called, in every language."""
    found = {folded(name) for name in PRESETS}
    for language in LANGUAGES:
        with speaking(language):
            found |= {folded(shown(preset.label)) for preset in PRESETS.values()}
    return found


def _taken(name: str) -> PresetConflict:
    return PresetConflict(
        say("There is already a preset “{name}”.", name=name), say("Choose another name, or replace it.")
    )


def _found(rows: Mapping[str, Preset], name: str) -> Preset | None:
    return next((preset for preset in rows.values() if folded(preset.name) == folded(name)), None)


def _there(rows: Mapping[str, Preset], name: str) -> Preset:
    """Raises NotThere."""
    found = _found(rows, name)
    if found is None:
        raise NotThere(say("You have no preset “{name}”.", name=name[:NAME_LENGTH]), say("Reload the page."))
    return found


def _preset(name: str, long: int, short: int, values: Mapping[str, Any]) -> Preset:
    return Preset(name, name, say("Your own preset"), long, short, dict(values), whole=False, own=True)


def _usable(rows: Mapping[str, Preset]) -> dict[str, Preset]:
    """Those that this version can make videos with, and of their values those that it knows."""
    found = {}
    for name, preset in rows.items():
        values = {key: value for key, value in preset.values.items() if key in PARAMETERS}
        if _is_possible(values):
            found[name] = _preset(name, preset.long, preset.short, values)
    return found


def _is_possible(values: Mapping[str, Any]) -> bool:
    """Whether each is a value of its parameter; a model is one of the catalogue's, as no file is named from afar."""
    if values.get("model") not in MODELS:
        return False
    try:
        for name, value in values.items():
            parameter_of(name, values["model"]).kind.parse(value)
    except ValueError:
        return False
    return True


# The file.


def _read(on_notice: Callable[[str], None] = _warn) -> dict[str, Preset]:
    """All that are in the file."""
    try:
        return _in_file()
    except OSError as error:  # which may be over at the next look
        _warn(_unreadable(error).message)
        return {}
    except ValueError:
        try:
            with _changing(on_notice) as rows:
                return rows
        except VideoAiError as error:
            _warn(error.message)
            return {}


@contextmanager
def _changing(on_notice: Callable[[str], None] = _warn) -> Iterator[dict[str, Preset]]:
    """Those in the file, for the block to change; nobody else changes them meanwhile. Raises WriteFailed, BadOutput."""
    with locked(paths.home() / "presets.lock", on_wait=lambda: None):
        rows = _to_be_changed(on_notice)
        before = dict(rows)
        yield rows
        if rows != before:
            _write(rows.values())


def _to_be_changed(on_notice: Callable[[str], None]) -> dict[str, Preset]:
    """Those in the file; a damaged one is set aside, so that a new one can begin."""
    path = paths.own_presets()
    try:
        return _in_file()
    except OSError as error:
        raise _unreadable(error) from error
    except ValueError:
        kept = set_aside.for_damaged(path)
    with write_errors(path):
        path.rename(kept)
    notice = say("The list of your presets was damaged. It is kept as {name}, and a new one has begun.", name=kept.name)
    on_notice(notice)
    return {}


def _unreadable(error: OSError) -> WriteFailed:
    return WriteFailed(
        say("The list of your presets cannot be read: {reason}.", reason=reason(error)),
        say("Check that {path} can be read.", path=paths.own_presets()),
    )


def _in_file() -> dict[str, Preset]:
    """Raises OSError, and ValueError if it is damaged."""
    try:
        rows = read_json(paths.own_presets().read_text("utf-8"))["presets"]
        presets = [_preset(row["name"], row["long"], row["short"], row["values"]) for row in rows]
    except FileNotFoundError:
        return {}
    except (TypeError, KeyError) as error:
        raise ValueError("not a list of presets") from error
    if not all(map(_is_sound, presets)) or len({folded(preset.name) for preset in presets}) < len(presets):
        raise ValueError("not presets")
    return {preset.name: preset for preset in presets}


def _is_sound(preset: Preset) -> bool:
    sides = (preset.long, preset.short)
    try:
        possible = [type(side) is int and PARAMETERS["width"].kind.parse(side) for side in sides]
    except ValueError:
        return False
    return all(possible) and preset.long >= preset.short and isinstance(preset.name, str) and preset.name != ""


def _write(presets: Iterable[Preset]) -> None:
    rows = [{"name": one.name, "long": one.long, "short": one.short, "values": dict(one.values)} for one in presets]
    with whole_file(paths.own_presets(), replace=True) as part:
        part.write_text(json.dumps({"presets": rows}, indent=1, ensure_ascii=False) + "\n", "utf-8")
