"""videoai doctor --prove with networks that take a moment: python -m tests.support.tiny_proof doctor --prove …

All else is what a user runs: the processes, the run as a job, the report.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from videoai.cli import main
from videoai.upkeep.proof import size
from videoai.upkeep.proof.size import ProofSize
from videoai.weights import svd_configs

_NARROW = {
    "block_out_channels": [32, 32],
    "down_block_types": ["DownBlockSpatioTemporal", "CrossAttnDownBlockSpatioTemporal"],
    "up_block_types": ["CrossAttnUpBlockSpatioTemporal", "UpBlockSpatioTemporal"],
    "num_attention_heads": 2,
    "layers_per_block": 1,
    "cross_attention_dim": 32,
    "addition_time_embed_dim": 32,
    "projection_class_embeddings_input_dim": 96,
}
_CLIP = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "projection_dim": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
    "patch_size": 32,
}

TINY = ProofSize(
    {
        "image_encoder": svd_configs.IMAGE_ENCODER | _CLIP,
        "vae": svd_configs.VAE | {"block_out_channels": [32] * 4, "layers_per_block": 1},
        "unet": svd_configs.UNET | _NARROW,
    },
    replace(size.FULL.settings, width=256, height=256, frames=4),
    spare_bytes=1 << 20,
)

if __name__ == "__main__":
    size.FULL = TINY
    sys.exit(main(sys.argv[1:]))
