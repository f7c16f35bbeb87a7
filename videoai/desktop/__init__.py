"""The page in a window of its own, and what makes an application of the program on this computer."""
