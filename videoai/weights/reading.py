"""Reading bytes of a file of weights into memory that the caller owns."""

from __future__ import annotations

from pathlib import Path

import torch

from videoai.errors import ModelDamaged
from videoai.language import say
from videoai.system.reasons import reason


def read_into(path: Path, start: int, out: torch.Tensor, name: str, hint: str) -> None:
    """Fill `out`, contiguous and on the CPU, with the bytes from `start` on, which are those of the tensor `name`.

    Raises ModelDamaged, with `hint`, if the file ends before or cannot be read.
    """
    view = memoryview(out.reshape(-1).view(torch.uint8).numpy().data)
    done = 0
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(start)
            while done < len(view):
                count = file.readinto(view[done:])
                if not count:
                    raise ModelDamaged(say("{path} is damaged: it ends inside {name}.", path=path, name=name), hint)
                done += count
    except OSError as error:
        raise ModelDamaged(say("{path} cannot be read: {reason}.", path=path, reason=reason(error)), hint) from error
