"""What turns the frames that an engine makes into those of the video: see base.py."""
