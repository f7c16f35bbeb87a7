"""What is said to other programs, and to whoever lets them in."""

from __future__ import annotations

from tests.hints.world import Case, World
from videoai.errors import BadInput
from videoai.mcp.folders import Folders

TOKEN = "To see the right one, run: videoai token"


def no_folder(world: World) -> str:
    try:
        Folders([world.folder / "none"])
    except BadInput as error:
        return f"{error.message} {error.hint}"
    return ""


def no_photo(world: World) -> str:
    try:
        Folders([world.folder]).open("none.jpg")
    except BadInput as error:
        return f"{error.message} {error.hint}"
    return ""


SERVE = ("videoai mcp --photos . < /dev/null",)
CASES = [
    Case(TOKEN, lambda world: TOKEN),  # tests/web shows the wrong one
    Case("Name one that is there: videoai mcp --photos FOLDER", no_folder, SERVE),
    Case("They are {folders}. The user can open others: videoai mcp --photos FOLDER", no_photo, SERVE, slow=True),
]
