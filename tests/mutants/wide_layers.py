"""Faults in convolutions by fewer multiplications, which the tiny networks are too narrow for."""

from __future__ import annotations

from tests.mutants.mutation import TESTS, in_file

WINOGRAD = f"{TESTS}/test_winograd.py"
WIDE = f"{TESTS}/test_wide_layers.py"
PLANNED = f"{TESTS}/cost/test_winograd.py"

_WINOGRAD = in_file(
    "winograd.py",
    (WINOGRAD, WIDE),
    ("the points are the usual ones, with three times the error", "2 / 3, -2 / 3, 1.5, -1.5", "1.0, -1.0, 2.0, -2.0"),
    ("one point is too near to another", "2 / 3, -2 / 3, 1.5, -1.5", "2 / 3, -2 / 3, 1.5, -0.7"),
    ("infinity is left out of the weight", "np.eye(1, values.shape[1], values.shape[1] - 1)", "0 * values[:1]"),
    ("the interpolation leaves a point out", "np.prod(point - others)", "np.prod(point - others[1:])"),
    ("a weight's rows and columns are exchanged", "weight.permute(2, 3, 0, 1)", "weight.permute(3, 2, 0, 1)"),
    ("rows and columns of outputs are exchanged", "pixels += sums[row, column,", "pixels += sums[column, row,"),
    ("what was there is replaced", "pixels += sums[", "pixels[:] = sums["),
    ("the bias is added twice", "sums += bias[part]", "sums += 2 * bias[part]"),
    (
        "every part of the outputs has the first one's bias",
        "sums += bias[part]",
        "sums += bias[: part.stop - part.start][: sums.shape[-1]]",
    ),
    (
        "every part of the outputs has the first one's weight",
        "_at_points(self._weight[part], of_weight, room)",
        "_at_points(self._weight[: len(self._weight[part])], of_weight, room)",
    ),
    (
        "blocks overlap by a row of tiles",
        "part.start * SIDE, part.stop * SIDE)",
        "(part.start - 1) * SIDE, part.stop * SIDE)",
    ),
    ("a block's last row and column are missing", "part.stop * SIDE)", "part.stop * SIDE - 1)"),
    ("a block sees a pixel too few at its end", "outputs.stop - more + TAPS - 1", "outputs.stop - more + TAPS - 2"),
    ("the last block is as large as the others", "min(count, start + size)", "start + size"),
    ("zeros are put after, not before", "[max(0, -first), max(0, end - size)]", "[max(0, end - size), max(0, -first)]"),
    (
        "the padding of rows is that of columns",
        "(block.rows, block.columns), padding,",
        "(block.rows, block.columns), padding[::-1],",
    ),
    ("narrow weights are transformed", "min(outputs, inputs) >= WIDE", "max(outputs, inputs) >= WIDE"),
    ("halves are computed so", " and weight.dtype == torch.float32", ""),
)

_KINDS = in_file(
    "layers.py",
    (WIDE,),
    (
        "a part of a clip has a kernel of its own",
        "kernels.are_few(_CLIP * x.shape[1:3].numel())",
        "kernels.are_few(x.shape[:3].numel())",
    ),
    ("a clip is taken for a frame", "_CLIP = 14", "_CLIP = 1"),
    ("every second pixel is computed in tiles", "not few and stride == 1 and", "not few and"),
    ("few pixels are in tiles", "if not few and", "if"),
    (
        "the first video's kernel is the next one's too",
        "self.stride, kept), key=_KEYS[few]",
        "self.stride, kept), key=_KEYS[0]",
    ),
    ("a doubled picture's quarters are exchanged", "i, j = divmod(index, 2)", "j, i = divmod(index, 2)"),
    ("a doubled picture is moved by a pixel", "[:, i : i + h, j : j + w]", "[:, :h, :w]"),
)

_PARTS = in_file(
    "chunking.py",
    (PLANNED,),
    ("all tiles are taken together", "(16 << 20) // (4 * points * inputs)", "(16 << 20)"),
    ("tiles take twice as much", "(16 << 20) // (4 * points * inputs)", "(32 << 20) // (4 * points * inputs)"),
    ("a product has few rows", "max(_FEWEST_ROWS, (16 << 20)", "max(1, (16 << 20)"),
    ("a product has few columns", "max(_FEWEST_ROWS, (24 << 20)", "max(1, (24 << 20)"),
    ("the weight is held whole", "return -(-outputs // -(-outputs // most))", "return outputs"),
    (
        "the last part of the weight is a small rest",
        "return -(-outputs // -(-outputs // most))",
        "return min(outputs, most)",
    ),
)

_PLANNED = in_file(
    "cost/activations.py",
    (PLANNED,),
    ("a tile is taken for a quarter of it", "_TILE, _POINTS = 16, 36", "_TILE, _POINTS = 4, 36"),
    ("a tile has the points of a smaller one", "_TILE, _POINTS = 16, 36", "_TILE, _POINTS = 16, 25"),
    ("a tile is taken for four", "_TILE, _POINTS = 16, 36", "_TILE, _POINTS = 64, 36"),
    ("all tiles are planned for", "min(-(-tokens // _TILE), tiles_at_a_time(_POINTS, inputs))", "-(-tokens // _TILE)"),
    ("the whole weight is planned for", "together = outputs_at_a_time(_POINTS, inputs, outputs)", "together = outputs"),
    ("the weight at the points is forgotten", "values + weight + 2 * products", "values + 2 * products"),
    ("the sums are forgotten", "values + weight + 2 * products", "values + weight"),
    ("what tiles become is forgotten", "values + weight + 2 * products", "weight + 2 * products"),
    ("halves are taken for fp32", "if self.dtype_bytes < _FLOAT32 or", "if"),
    ("narrow weights are planned for", "min(inputs, outputs) < WIDE", "max(inputs, outputs) < WIDE"),
)

WIDE_LAYERS = (*_WINOGRAD, *_KINDS, *_PARTS, *_PLANNED)
