"""The process that says what each word of the camera comes to, in JSON: {word: {sideways, up, …}}.

Lengths are fractions of the video's longer side: see Move in camera.py.

python -m videoai.engines.draft.moves_process '[SEED, MOTION, EXTEND, LOOPS]'
"""

from __future__ import annotations

import json
import sys

from videoai.system import child


def main(flight: str) -> None:
    child.prepare()
    out = child.take_stdout()
    from videoai.engines.draft.camera import Move, choose_move
    from videoai.engines.draft.route import Route
    from videoai.kinds import Directed
    from videoai.settings import CAMERAS

    seed, motion, extend, loops = json.loads(flight)
    route = Route.of(motion, 1 + (extend or 0), round=loops)

    def shown(move: Move) -> dict[str, object]:
        return {
            "sideways": round(move.sideways, 5),
            "up": round(move.up, 5),
            "pivot": move.pivot,
            "closer": round(move.closer, 5),
            "backwards": move.backwards,
        }

    moves = {word: shown(choose_move(word, seed, route.reach, 1, 1)) for word in Directed(CAMERAS).words()}
    with out:
        out.write(json.dumps(moves).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
