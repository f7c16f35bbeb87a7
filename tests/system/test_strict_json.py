"""JSON of files to which anything may have happened since, and of requests that anybody may have made."""

from __future__ import annotations

import json
import os

import pytest

from videoai.system.strict_json import read_json


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "nul", "[1,]", "NaN", "[Infinity]", '{"a": -Infinity}', "1e999", "-1e999", "9" * 19, "1" * 5000),
        *("[" * 100_000, "[" * 40 + "]" * 40, '{"a":' * 40 + "1" + "}" * 40, '"\\ud800"', '{"\\udc00": 1}'),
        *(b"\xff", '{"a": 1, "a": 1}', '[{"b": {"a": 1, "a": 2}}]'),
    ],
)
def test_what_was_never_written_so_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011  # whatever it is that is wrong
        read_json(text)


@pytest.mark.parametrize("value", [None, [], {"a": [1, -2.5, True, "caffè", {"b": None}]}, 2**63 - 1, -1e300])
def test_what_was_written_comes_back(value):
    for ensure_ascii in (True, False):
        assert read_json(json.dumps(value, ensure_ascii=ensure_ascii)) == value


def test_a_path_may_be_no_utf8():
    path = os.fsdecode(b"caf\xe9.jpg")
    assert read_json(json.dumps(path), names_files=True) == path
    with pytest.raises(ValueError):  # noqa: PT011
        read_json(json.dumps(path))
