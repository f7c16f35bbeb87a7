"""What is said where a video would go, or come from: names that are taken, standard input and output."""

from __future__ import annotations

from tests.hints.world import SMALL, Case, World

DRAFT = f"--model draft {SMALL}"
DRY = "--model draft --dry-run"
STEMS = "photo.jpg other.jpg --output '{stem}.mp4'"
TO_A_FILE = "Send it to a file or a program: --output - > clip.mp4"


def taken(line: str):
    """All names are."""

    def given(world: World) -> str:
        for name in ("photo.mp4", "other.mp4", "b.zip"):
            (world.folder / name).write_bytes(b"mine")
        (world.folder / "videos.csv").write_text("photo,output\nphoto.jpg,photo.mp4\n")
        return world.says(line)

    return given


CASES = [
    Case(
        "Choose another name, or add --overwrite to replace it.",
        taken("backup b.zip"),
        ("videoai backup c.zip", "videoai backup b.zip --overwrite"),
    ),
    Case(
        "Choose other names, add --overwrite to replace them, or --no-overwrite to skip them.",
        taken(f"{STEMS} {DRAFT}"),
        (f"videoai {STEMS} {DRAFT} --no-overwrite", f"videoai {STEMS} {DRAFT} --overwrite"),
        slow=True,
    ),
    Case(
        "It already exists: --overwrite replaces it, --no-overwrite skips it.",
        taken(f"--jobs videos.csv {DRAFT}"),
        (f"videoai --jobs videos.csv {DRAFT} --no-overwrite",),
    ),
    Case(
        "Choose another name with --sheet.",
        f"photo.jpg --sheet photo.jpg --overwrite {DRAFT}",
        (f"videoai photo.jpg --sheet a --overwrite {DRY}",),
    ),
    Case(
        "Leave out --sheet, or name a file.",
        f"photo.jpg --output - --sheet a {DRAFT}",
        (f"videoai photo.jpg --output - {DRY}", f"videoai photo.jpg --output a.mp4 --sheet a {DRY}"),
    ),
    Case(
        "Leave out --json and --print.",
        f"photo.jpg --output - --json {DRAFT}",
        (f"videoai photo.jpg --output - {DRAFT} > a.mp4",),
    ),
    *(
        Case(
            sentence,
            f"photo.jpg --json --print path {DRAFT}",
            (f"videoai photo.jpg --json {DRY}", f"videoai photo.jpg --print path {DRY}"),
        )
        for sentence in ("Leave out --print or --json.", "With --json, the path is in the object.")
    ),
    Case("Send it a photo: videoai - < photo.jpg", f"- {DRAFT} < /dev/null", more=DRAFT),
    # Who has a terminal for a standard output is told: tests/cli.
    Case(TO_A_FILE, lambda world: TO_A_FILE, (f"videoai photo.jpg {DRAFT} --output - > clip.mp4",), slow=True),
]
