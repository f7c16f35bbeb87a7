"""The table of attacks, against both doors of a server in this process."""

from __future__ import annotations

import logging

import pytest

from tests.web.security import table


@pytest.mark.parametrize("check", table.CHECKS, ids=lambda check: check.__name__)
def test_attack(doors, check, caplog):
    with caplog.at_level(logging.DEBUG):
        check(doors)
    assert doors.phone.cookie not in caplog.text
