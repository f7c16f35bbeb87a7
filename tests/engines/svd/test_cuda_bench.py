"""The bench of CUDA starts, and where there is no card it says so in a sentence."""

from __future__ import annotations

import os
import subprocess
import sys

import torch

from tests.conftest import ROOT


def test_without_a_card_the_bench_says_so():
    without = os.environ | {"CUDA_VISIBLE_DEVICES": ""}
    result = subprocess.run([sys.executable, "-m", "bench.cuda"], cwd=ROOT, env=without, capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == "There is no CUDA on this computer: torch finds no card, or has none of its kernels.\n"


def test_attention_of_a_card_is_torchs_own(monkeypatch):
    """Never the two products that are faster on some CPUs: the operator that CUDA has fused kernels for."""
    from videoai.engines.svd import attention, kernels

    monkeypatch.setattr(kernels, "_HAS_ONEDNN", True)
    called = []
    real = torch.nn.functional.scaled_dot_product_attention
    monkeypatch.setattr(
        attention.nn.functional, "scaled_dot_product_attention", lambda *a: called.append(1) or real(*a)
    )
    q = torch.empty(2, 4 * attention._LONG, 64, device="meta", dtype=torch.float16)
    assert attention.attend(q, q, q, 2, scores=2**28).shape == q.shape
    assert len(called) == 1, "and in one call, where the plan has room for all scores"
