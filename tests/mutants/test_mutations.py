"""The list of faults still fits the program. Whether each is found takes long: make mutants."""

from __future__ import annotations

import ast

import pytest

from tests.conftest import ROOT
from tests.mutants.mutation import applied
from tests.mutants.mutations import MUTATIONS


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: f"{mutation.file}: {mutation.wrong}")
def test_a_fault_can_still_be_put_in(mutation):
    source = (ROOT / mutation.file).read_text("utf-8")
    assert source.count(mutation.text) == 1
    ast.parse(applied(mutation, source))
    for test in mutation.tests:
        path, _, name = test.partition("::")
        assert f"def {name}" in (ROOT / path).read_text("utf-8")


def test_no_fault_is_listed_twice():
    assert len({(mutation.file, mutation.text, mutation.instead) for mutation in MUTATIONS}) == len(MUTATIONS)
