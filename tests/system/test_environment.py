"""What torch finds in its environment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

_SMAPS = Path("/proc/self/smaps")


@pytest.mark.skipif(
    not Path("/sys/kernel/mm/transparent_hugepage/enabled").is_file(), reason="this system has no large pages"
)
def test_large_tensors_ask_for_large_pages():
    tensor = torch.empty(2**26)
    address = tensor.data_ptr()
    flags: set[str] = set()
    inside = False
    for line in _SMAPS.read_text().splitlines():
        if place := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
            start, end = (int(each, 16) for each in place.groups())
            inside = start <= address + tensor.nbytes // 2 < end
        elif inside and line.startswith("VmFlags:"):
            flags = set(line.split()[1:])
    assert "hg" in flags
