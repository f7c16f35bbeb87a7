"""The proof on the spot: what this machine makes of full-size networks, shown with weights that nobody has trained."""
