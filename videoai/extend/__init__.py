"""A clip that goes on from its last frame."""
