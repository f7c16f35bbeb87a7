"""Products on a torch that lacks what this one has."""

from __future__ import annotations

import subprocess
import sys

from tests.conftest import ROOT

WITHOUT_ONEDNN = """
import types, torch
torch.backends.mkldnn.is_available = lambda: False
torch.ops.mkldnn = types.SimpleNamespace()
from videoai.engines.svd import engine
from videoai.engines.svd import kernels
x, weight = torch.randn(3, 8), torch.randn(5, 8)
assert not kernels.uses_onednn(x)
assert torch.equal(kernels.linear(x, weight), x @ weight.t())
print("fine")
"""


def test_a_torch_without_onednn_as_on_a_mac_runs_the_engine():
    result = subprocess.run([sys.executable, "-c", WITHOUT_ONEDNN], cwd=ROOT, capture_output=True, text=True)
    assert result.stdout == "fine\n", result.stderr
