"""The depth that phones put into a photo's file, beside the picture: what the photo's child process does with it."""
