"""The statistics of a norm: the way of a CPU, in parts, and the way of a card, in one go, here on the CPU as well."""

from __future__ import annotations

import pytest
import torch

from videoai.engines.svd.group_norm import Moments


@pytest.mark.parametrize("way", [Moments.add, Moments._add_whole])
@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("pooled", [False, True])
def test_mean_and_variance_of_each_channel(way, frames, pooled):
    x = 2 + 0.05 * torch.randn(frames, 9000, 64, generator=torch.Generator().manual_seed(0))  # where digits cancel
    wanted = x.double().flatten(0, 1)[None] if pooled else x.double()
    moments = Moments(pooled=pooled)
    way(moments, x)
    mean, variance = moments.mean_and_variance()
    assert mean.shape == variance.shape == wanted.shape[::2]
    torch.testing.assert_close(mean.double(), wanted.mean(1), rtol=1e-5, atol=0)
    torch.testing.assert_close(variance.double(), wanted.var(1, correction=0), rtol=1e-3, atol=0)


@pytest.mark.parametrize("way", [Moments.add, Moments._add_whole])
def test_those_of_several_chunks_are_joined(way):
    x = torch.randn(2, 600, 32, generator=torch.Generator().manual_seed(1))
    x[:, :200] += 3
    moments = Moments(pooled=True)
    for part in (x[:, :200], x[:, 200:]):
        way(moments, part)
    mean, variance = moments.mean_and_variance()
    torch.testing.assert_close(mean[0], x.flatten(0, 1).mean(0))
    torch.testing.assert_close(variance[0], x.flatten(0, 1).var(0, correction=0))
