"""Any picture file in, an upright sRGB picture out: what the photo's child process does. See ../photo.py."""
