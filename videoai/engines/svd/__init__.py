"""Stable Video Diffusion: the networks over diffusers-layout weights, the samplers and the recipe."""
