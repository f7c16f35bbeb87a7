"""The sizes of RIFE's network, and what a frame takes: without torch."""

from __future__ import annotations

BLOCKS = ((7, 192), (12, 128), (12, 96), (12, 64))
"""Each block's inputs and channels, the first at an eighth of the size: of both frames the colours, and the time; then
the mask and the flows as well."""
SHRINKS = (8, 4, 2, 1)
INNER = 8
OUTPUTS = 5
MULTIPLE = 64
"""Of what both sides are multiples, that every block at a sixteenth of the size still divides them."""
