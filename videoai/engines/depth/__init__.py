"""Learned depth: Depth Anything V2 Small over the hub's weights, from a photo to how near each of its pixels is."""
