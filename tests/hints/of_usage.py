"""What is said of a command line that cannot be meant so."""

from __future__ import annotations

import errno

from tests.hints.world import SMALL, Case, World
from videoai.web import lan

DRY = "--model draft --dry-run"


def with_list(world: World) -> str:
    (world.folder / "videos.csv").write_text("photo,seed\nphoto.jpg,3\n")
    return world.says(f"--jobs videos.csv --seeds 1,2 {DRY}")


def with_a_foreign_model(world: World) -> str:
    world.clip()
    clip = world.folder / "clip.mp4"
    clip.write_bytes(
        clip.read_bytes().replace(b'"model": "draft"', b'"model": "dr/ft"').replace(b'"draft"', b'"dr/ft"')
    )
    return world.says("photo.jpg --like clip.mp4 --dry-run")


def with_a_lost_disk(world: World) -> str:
    outputs = world.folder / "lost"
    outputs.symlink_to("/mnt/no-such-disk")
    world.patch.setenv("VIDEOAI_OUTPUTS", str(outputs))
    return world.says(f"photo.jpg {SMALL} --model draft")


def with_a_video(line: str):
    def given(world: World) -> str:
        world.clip()
        return world.says(line)

    return given


def with_something_to_forget(world: World) -> str:
    world.stopped()
    return world.says("forget")


def port_that(code: int, port: int):
    def given(world: World) -> str:
        error = lan.unusable(OSError(code, "no"), port)
        return f"{error.message} {error.hint}"

    return given


CASES = [
    Case("Run “videoai --help” to see what you can do.", "job"),
    Case("Run “{command} --help” to see what you can do.", "jobs lst"),
    Case("Run “{command} --help” to see what you can do.", "models pull"),
    Case("Correct the value; --help lists every range.", "photo.jpg --steps 99", ("videoai photo.jpg --help",)),
    Case("Add its path: videoai photo.jpg --model draft", "generate", more=SMALL),
    Case("Name one of them: videoai app --install", "app --install --uninstall"),
    Case("Add its path: videoai finish clip.mp4 --smooth 30", with_a_video("finish"), more="--dry-run"),
    Case(
        "Add for example --smooth 30 or --enlarge 2.",
        with_a_video("finish clip.mp4"),
        ("videoai finish clip.mp4 --smooth 30 --dry-run", "videoai finish clip.mp4 --enlarge 2 --dry-run"),
    ),
    Case(
        "--free only deletes files, and does nothing else.",
        "doctor --free --self-test",
        ("videoai doctor --free --yes",),
    ),
    Case(
        "--output is the place of a report, which only --prove writes.",
        "doctor --output x.md",
        ("videoai doctor --json",),
    ),
    Case("Add --prove, or leave out --output.", "doctor --output x.md", ("videoai doctor --json",), slow=True),
    Case(
        "--output cannot write the field {{{field}}} that way.",
        f"photo.jpg {DRY} --output {{seed:x}}.mp4",
        (f"videoai photo.jpg {DRY} --output {{seed}}.mp4",),
    ),
    Case(
        "--output doesn't know the field “{{{field}}}”; use {{stem}}, {{seed}} or {{n}}.",
        f"photo.jpg {DRY} --output {{sed}}.mp4",
        tuple(f"videoai photo.jpg {DRY} --output {{{field}}}.mp4" for field in ("stem", "seed", "n")),
    ),
    Case("--output is empty.", f"photo.jpg {DRY} --output ' '", (f"videoai photo.jpg {DRY}",)),
    Case(
        "Add a path for the video, or leave out --output to get a new name.",
        f"photo.jpg {DRY} --output ' '",
        (f"videoai photo.jpg {DRY} --output a.mp4", f"videoai photo.jpg {DRY}"),
    ),
    Case(
        "--output {pattern} has an unmatched brace.",
        f"photo.jpg {DRY} --output {{.mp4",
        ("videoai photo.jpg " + DRY + " --output {{.mp4",),
    ),
    Case("--seeds says which seeds to use already.", with_list, (f"videoai --jobs videos.csv {DRY}",)),
    Case("--sheet needs the name of a file.", f"photo.jpg {DRY} --sheet ''", (f"videoai photo.jpg {DRY} --sheet a",)),
    Case(
        "Write --sheet NAME.html, NAME.jpg or NAME.",
        f"photo.jpg {DRY} --sheet ''",
        tuple(f"videoai photo.jpg {DRY} --sheet NAME{end}" for end in (".html", ".jpg", "")),
    ),
    Case(
        "Both --seed and --seeds say which seeds to use.",
        f"photo.jpg {DRY} --seed 7 --seeds 1,2",
        (f"videoai photo.jpg {DRY} --seeds 1,2",),
    ),
    Case(
        "Leave out one of them; “--seed 7 --seeds 4” means 7, 8, 9 and 10.",
        f"photo.jpg {DRY} --seed 7 --seeds 1,2",
        (f"videoai photo.jpg {DRY} --seed 7 --seeds 4",),
    ),
    Case(
        "With --jobs, you can name one photo at most: the one of rows that name none.",
        f"photo.jpg other.jpg --jobs videos.csv {DRY}",
        ("videoai --help",),
    ),
    Case(
        "Name a folder, or put {{seed}} or {{n}} in the name: --output 'clips/{{stem}}-{{seed}}.mp4'.",
        f"photo.jpg --seeds 2 {DRY} --output a.mp4",
        (f"videoai photo.jpg --seeds 2 {DRY} --output 'clips/{{stem}}-{{seed}}.mp4'",),
    ),
    Case(
        "Name a folder, or put {{stem}} or {{n}} in the name: --output 'clips/{{stem}}.mp4'.",
        f"photo.jpg other.jpg {DRY} --output a.mp4",
        (f"videoai photo.jpg other.jpg {DRY} --output 'clips/{{stem}}.mp4'",),
    ),
    Case(
        "Name the video so with --output, or leave out --encoder.",
        f"photo.jpg --model draft {SMALL} --encoder prores --output a.mp4",
        (f"videoai photo.jpg {DRY} --encoder prores --output a.mov", f"videoai photo.jpg {DRY} --output a.mp4"),
    ),
    Case(
        "To reuse the settings of a video made by VideoAi, drop it on the page or name it with --like. To use it as a "
        "photo, save one of its frames as JPEG or PNG.",
        with_a_video(f"clip.mp4 --model draft {SMALL}"),
        ("videoai photo.jpg --like clip.mp4 --dry-run",),
    ),
    Case(
        "Choose the model to use with --model: {models}, or the path of “{model}” if you have it.",
        with_a_foreign_model,
        ("videoai photo.jpg --like clip.mp4 --model draft --dry-run",),
    ),
    Case(
        "Close other programs, or allow more with --memory-limit.",
        f"photo.jpg {DRY} --memory-limit 1M",
        (f"videoai photo.jpg {DRY} --memory-limit 2G",),
    ),
    Case(
        "Close other programs, or try --model {model}, which needs very little.",
        "photo.jpg --model svd-xt --memory-limit 300M --dry-run",
        ("videoai photo.jpg --model draft --memory-limit 300M --dry-run",),
    ),
    Case(
        "Close other programs, or choose a smaller preset: “videoai estimate PHOTO” shows what fits.",
        lambda world: "Close other programs, or choose a smaller preset: “videoai estimate PHOTO” shows what fits.",
        code=(0, 4),
    ),
    Case(
        "Choose another place, with --output or VIDEOAI_OUTPUTS.",
        lambda world: (
            world.patch.setenv("VIDEOAI_OUTPUTS", "/proc/x"),
            world.says(f"photo.jpg --model draft {SMALL}"),
        )[1],
        (f"videoai photo.jpg --model draft {SMALL} --output a.mp4",),
    ),
    Case(
        "Connect the disk it is on, or choose another place with --output or VIDEOAI_OUTPUTS.",
        with_a_lost_disk,
        (f"videoai photo.jpg --model draft {SMALL} --output a.mp4",),
    ),
    Case("Confirm with --yes.", with_something_to_forget, ("videoai forget --yes",)),
    Case("Choose one above 1023: --port 5001.", port_that(errno.EACCES, 80), ("videoai serve --port 5001 --help",)),
    Case(
        "Try another: --port {other}.", port_that(errno.EADDRNOTAVAIL, 5002), ("videoai serve --port {other} --help",)
    ),
    Case(
        "If it is VideoAi, open http://localhost:{port}. Otherwise choose another port: --port {other}.",
        port_that(errno.EADDRINUSE, 65535),
        ("videoai serve --port {other} --help",),
    ),
]
