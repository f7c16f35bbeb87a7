"""Stable Video Diffusion: the networks, the samplers, and the recipe that joins them."""
