"""Weights that come with the program, each with the notice of its licence beside it."""
