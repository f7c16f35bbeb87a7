"""DeepCache: what the deep layers make of a step is used again in the steps after it (Ma et al., arXiv 2312.00858).

In every `reuse`-th step the whole UNet runs and keeps what enters its last layers, the deep features. In the steps
between, a shallow pass computes the finest layers alone, around the features that were kept: a fifth of the arithmetic.
Which layers those are is the choice of the paper's authors for Stable Video Diffusion (`cache_branch=0` of their
pipeline for it, `cache_branch_id=1` of their helper): the first of the down blocks', and the two of the up blocks' that
take its skip and that of the first convolution.
"""

from __future__ import annotations

SHALLOW = 1
"""How many layers of the first down block a shallow pass has; of the last up block it has one more."""


def can_begin_at(step: int, *, reuse: int, steps: int) -> bool:
    """Whether what comes after so many steps needs nothing of what went before but the latents.

    Before the other steps the deep features would be needed too, a hundred times as large as the latents.
    """
    return step == steps or step % reuse == 0
