"""The checkpoints of the tests of weights, for those of models too."""

from tests.weights.conftest import (  # noqa: F401
    _no_gradients,
    configs,
    jsons,
    originals,
    quick_fp16,
    tensors,
    tiny_fp16,
)
