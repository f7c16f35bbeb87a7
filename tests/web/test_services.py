"""What works in the background goes on, whatever comes."""

from __future__ import annotations

import pytest

from tests.web.conftest import wait_until
from videoai.web import services
from videoai.web.services import Options, Services


@pytest.mark.parametrize("error", [OSError("no"), RuntimeError("nobody has foreseen this")])
def test_a_sweep_that_fails_is_not_the_last(monkeypatch, caplog, error):
    swept = []

    def sweep():
        swept.append(1)
        raise error

    monkeypatch.setattr(services, "sweep_temporary", sweep)
    monkeypatch.setattr(services, "_SWEEP_SECONDS", 0.01)
    served = Services(Options())
    served.start()
    wait_until(lambda: len(swept) > 2)
    served.stop()
    served.close()
    assert "could be removed" in caplog.text
