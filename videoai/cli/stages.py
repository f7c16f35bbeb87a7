"""What each stage of a run is called on the screen."""

from __future__ import annotations

from videoai.language import say

DOES = {
    "photo": say("Reading the photo"),
    "wait": say("Another video is being made; this one starts after it"),
    "ask": say("Asking the hub"),
    "fetch": say("Fetching the model"),
    "check": say("Checking what is here"),
    "convert": say("Making the model small"),
    "depth": say("Guessing depth"),
    "frames": say("Drawing frames"),
    "look": say("Looking at the photo"),
    "load": say("Loading the model"),
    "denoise": say("Denoising"),
    "decode": say("Decoding frames"),
    "encode": say("Encoding"),
}
