"""What the colours of a picture are mixed of, and the matrices from one mixture to another."""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]
Matrix = list[list[float]]

_BRADFORD = [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
"""From XYZ to what the eye adapts by (Lam 1985; ICC.1, annex E)."""


@dataclass(frozen=True, slots=True)
class Primaries:
    """Chromaticities x, y."""

    red: Point
    green: Point
    blue: Point
    white: Point

    def to(self, others: Primaries) -> Matrix:
        """What light mixed of these is multiplied by to be mixed of the others, white staying white.

        Raises ZeroDivisionError if either cannot mix all colours.
        """
        return _times(_inverse(others.to_xyz()), self.to_xyz())

    def to_xyz(self) -> Matrix:
        """From light in these to XYZ, adapted to D65. Raises ZeroDivisionError."""
        white = _xyz(self.white)
        pure = [[x, y, 1 - x - y] for x, y in (self.red, self.green, self.blue)]
        mixed = [list(row) for row in zip(*pure, strict=True)]
        amounts = [row[0] for row in _times(_inverse(mixed), [[value] for value in white])]
        scaled = [[value * amount for value, amount in zip(row, amounts, strict=True)] for row in mixed]
        return _times(_adaptation(white), scaled)


D65 = (0.3127, 0.3290)
BT709 = Primaries((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), D65)
"""Those of sRGB, too."""
BT2020 = Primaries((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), D65)


def _xyz(point: Point) -> list[float]:
    x, y = point
    return [x / y, 1.0, (1 - x - y) / y]


def _adaptation(white: list[float]) -> Matrix:
    """From XYZ under this white to the same seen under D65."""
    seen, wanted = (_times(_BRADFORD, [[value] for value in each]) for each in (white, _xyz(D65)))
    scaled = [[value * wanted[at][0] / seen[at][0] for value in row] for at, row in enumerate(_BRADFORD)]
    return _times(_inverse(_BRADFORD), scaled)


def _times(left: Matrix, right: Matrix) -> Matrix:
    columns = list(zip(*right, strict=True))
    return [[sum(a * b for a, b in zip(row, column, strict=True)) for column in columns] for row in left]


def _inverse(m: Matrix) -> Matrix:
    """By cofactors."""
    cofactors = [
        [
            m[(row + 1) % 3][(column + 1) % 3] * m[(row + 2) % 3][(column + 2) % 3]
            - m[(row + 1) % 3][(column + 2) % 3] * m[(row + 2) % 3][(column + 1) % 3]
            for row in range(3)
        ]
        for column in range(3)
    ]
    determinant = sum(m[0][at] * cofactors[at][0] for at in range(3))
    return [[value / determinant for value in row] for row in cofactors]
