"""A server with both doors open, one of them on another loopback address."""

from __future__ import annotations

import pytest

from tests.web.security.doors import Doors, Here, Visitor, pair


@pytest.fixture
def doors(open_site, second_address) -> Doors:
    port = open_site.server.port
    owner = Visitor("owner", Here("127.0.0.1", port), f"localhost:{port}")
    host = f"[{second_address}]" if ":" in second_address else second_address
    return pair(owner, Visitor("stranger", Here(second_address, port), f"{host}:{port}"))
