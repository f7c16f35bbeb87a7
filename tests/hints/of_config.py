"""What is said of the config file."""

from __future__ import annotations

from pathlib import Path

from tests.hints.world import Case, World

DRY = "--model draft --dry-run"
BOTH = f"videoai photo.jpg --width 256 --height 256 {DRY}"


def an_editor(world: World, line: str) -> None:
    """One that does what a person would: `line`, with the file as "$1"."""
    editor = world.folder / "editor"
    editor.write_text(f"#!/bin/sh\n{line}\n")
    editor.chmod(0o755)
    world.patch.setenv("VISUAL", str(editor))


def a_lost_file(world: World) -> str:
    an_editor(world, "exit 0")
    world.patch.setenv("VIDEOAI_CONFIG", str(world.folder / "mine.toml"))
    return world.says(f"photo.jpg {DRY}")


def a_wrong_value(world: World) -> str:
    an_editor(world, 'echo "motion = 80" > "$1"')
    config = world.folder / "mine.toml"
    config.write_text("motion = 999\n")
    world.patch.setenv("VIDEOAI_CONFIG", str(config))
    return world.says(f"photo.jpg {DRY}")


def a_new_file(world: World) -> str:
    an_editor(world, "exit 0")
    world.says("config edit")
    return Path(world.says("config path").strip()).read_text("utf-8").replace("\n# ", "\n")


CASES = [
    Case("Check the path, or make the file: videoai config edit", a_lost_file),
    Case("Correct it: videoai config edit", a_wrong_value),
    Case("Correct the value; “videoai config” shows what there is.", "config set motion 999"),
    Case("“videoai config” shows what there is.", "config unset motion"),
    Case("Only lines without “#” count; “videoai config” shows every name and its value.", a_new_file),
    *(
        Case(sentence, f"photo.jpg {side} 256 --model draft --frames 4", (BOTH,), slow=side == "--height")
        for side, sentence in {
            "--width": "The height is {height}, as suits the width {width}. To choose it: --height",
            "--height": "The width is {width}, as suits the height {height}. To choose it: --width",
        }.items()
    ),
]
