"""The files of one network that is in several, as large models are published: an index says what is in which."""

from __future__ import annotations

import re
from pathlib import Path

from videoai.errors import ModelDamaged, ModelMissing
from videoai.language import say
from videoai.system.strict_json import read_json

_SHARD = re.compile(r"(?P<stem>.+)-\d{5}-of-(?P<count>\d{5})\.safetensors")
_INDEX = ".safetensors.index"
_MOST = 100
HINT = say("Use the folder with all of its files, or download it again.")


def is_sharded(path: Path) -> bool:
    """Whether the name is that of an index, or of one of several files."""
    return (_INDEX in path.name and path.suffix == ".json") or _SHARD.fullmatch(path.name) is not None


def shards(path: Path) -> list[Path]:
    """The files of a network, by its index or by any one of them. Raises ModelDamaged, ModelMissing."""
    found = _SHARD.fullmatch(path.name)
    if found is not None:
        count = int(found["count"])
        names = [f"{found['stem']}-{number:05}-of-{count:05}.safetensors" for number in range(1, min(count, _MOST) + 1)]
    else:
        names = _named_in(path)
    files = [path.with_name(name) for name in names]
    if missing := [file for file in files if not file.is_file()]:
        raise ModelMissing(
            say(
                "{path} is one of the {count} files of a network, and {missing} is not next to it.",
                path=path,
                count=len(files),
                missing=missing[0].name,
            ),
            HINT,
        )
    return files


def _named_in(index: Path) -> list[str]:
    try:
        names = sorted(set(read_json(index.read_text("utf-8"))["weight_map"].values()))
    except FileNotFoundError:
        raise ModelMissing(say("{path} does not exist.", path=index), HINT) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelDamaged(say("{path} is not an index of a network's files.", path=index), HINT) from error
    if not names or len(names) > _MOST or any(Path(str(name)).name != name for name in names):
        raise ModelDamaged(say("{path} is not an index of a network's files.", path=index), HINT)
    return [str(name) for name in names]
