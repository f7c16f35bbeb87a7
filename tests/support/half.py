"""What only some processors compute: torch has kernels for fp16 where there are instructions for it, and refuses
elsewhere. VideoAi finds that out and chooses fp16 nowhere else."""

from __future__ import annotations

import pytest
import torch

needs_fp16 = pytest.mark.skipif(
    not torch.ops.mkldnn._is_mkldnn_fp16_supported(), reason="this processor has no instructions for fp16"
)
