"""Sentences that no test can come to read on any machine, or that name a flag of what is running already. Their
commands and flags are looked up all the same."""

from __future__ import annotations

STARTED_OTHERWISE = "the server is to be started with the flag, or without it: tests/web/test_serve.py starts it so"
TORCH = "needs a processor or a library that fails: tests/system/test_deaths.py, and tests/cli/test_doctor.py"
PACKAGES = "test_hints.py asks pip"
MADE_SO = "tests/models/test_model_paths.py says it and does it"
FREES = "the doctor names it for what takes a lot: tests/upkeep/test_disk.py"
OTHER_TORCH = "needs another build of torch, or none: tests/upkeep"
NAMED = "names what was run"
BY_PROGRAMS = "said to another program: tests/web/test_v1.py"
STREAMED = "names what a terminal's redirection would be for: tests/cli/test_standard_streams.py does both"
BY_ASSISTANTS = "said to an assistant's program, or of a package that is here: tests/mcp"

WINDOW = "needs packages and a screen that fail, or are there: tests/desktop"

UNSEEN = {
    "Install them with: {install}. Or open the page in your browser: videoai serve --open": WINDOW,
    "Open the page in your browser instead: videoai serve --open": WINDOW,
    "See what is wrong: videoai serve": WINDOW,
    "VideoAi is not where it was when it was put among your applications. In its new place, run: "
    "videoai app --install": WINDOW,
    "Install it again: pip install --force-reinstall 'torch<2.14'": OTHER_TORCH,
    "There is no NVIDIA card here, so the build for the CPU does the same and is much smaller: pip install --no-deps "
    "--index-url {index} torch=={version}+cpu. Then remove the packages whose names begin with nvidia-, cuda- or "
    "triton.": OTHER_TORCH,
    "To see the right one, run: videoai token": BY_PROGRAMS,
    "Name one that is there: videoai mcp --photos FOLDER": BY_ASSISTANTS,
    "They are {folders}. The user can open others: videoai mcp --photos FOLDER": BY_ASSISTANTS,
    "Install it with: pip install 'mcp>=2.3,<3'": BY_ASSISTANTS,
    "For standard output, use --output - or, for another kind of video, such as --output gif:-": STREAMED,
    "This build cannot use the NVIDIA card: pip install --force-reinstall torch=={version}": OTHER_TORCH,
    "Without it you can only make drafts: pip install 'torch<2.14'": OTHER_TORCH,
    "Without it you can only make drafts: pip install 'torch<2.14' --index-url {index}": OTHER_TORCH,
    "You made it with {model}. To use that again: videoai PHOTO --like {video} --model {quoted}": MADE_SO,
    "the tiny decoder, which is no model: choose it with --decoder tiny": "tests/weights/test_other_models.py",
    "videoai models remove MODEL": FREES,
    "videoai jobs remove JOB": FREES,
    "videoai jobs empty-bin": FREES,
    "videoai forget": FREES,
    "videoai doctor --free": FREES,
    "videoai models pull {model}": "tests/models/test_extras.py verifies one",
    "videoai models remove {model}": "tests/models/test_extras.py verifies one",
    "If it is yours, start it with --open, which opens a page it recognises.": STARTED_OTHERWISE,
    "Use the link that VideoAi opens with --open.": STARTED_OTHERWISE,
    "Choose the draft model, which needs no weights, or download this one in a terminal: "
    "videoai models pull {id}": BY_ASSISTANTS,
    "Start VideoAi without --offline.": STARTED_OTHERWISE,
    "To download something, start VideoAi without --offline and with VIDEOAI_OFFLINE=0.": STARTED_OTHERWISE,
    "Start VideoAi with its own server: videoai serve.": STARTED_OTHERWISE,
    "Those in the queue are made by the web app. To start it: videoai serve": "tests/web/test_serve.py: it goes on",
    "Choose a smaller preset, and update macOS; “videoai doctor --self-test” checks the processor.": TORCH,
    "Try again, or choose a smaller preset; “videoai doctor --self-test” checks the processor.": TORCH,
    "Try again; if it keeps happening, “videoai doctor --self-test” checks the processor and its libraries.": TORCH,
    "Leave out --smooth, or use --compute fp32.": TORCH,
    "Let VideoAi choose others: --compute auto": TORCH,
    "Leave out --encoder, or use --encoder software.": "a Mac has a hardware encoder: tests/media/test_video.py",
    "Set --steps.": "the table refuses such a number before",
    "Choose one with --output.": "a folder of ten thousand names",
    "Free some space, make fewer or smaller videos, or begin anyway with --force.": "tests/batch/test_total.py",
    "--prove includes a test of each network.": "a proof takes minutes: tests/upkeep/test_proof.py makes them",
    "Leave out --self-test.": "a proof takes minutes: tests/upkeep/test_proof.py makes them",
    "Made by “videoai doctor --prove” in {time}, with random weights of {bits} bits. It says nothing about you.": NAMED,
    "On Windows, use WSL, the Windows Subsystem for Linux: “wsl --install” sets it up.": "Windows's own",
    "create one at {page} and set it with HF_TOKEN=… or “hf auth login”": "the hub's own",
    "Activate the virtual environment, or run: pip install -r {file}": PACKAGES,
    "Install the packages again: pip install --force-reinstall -r {file}": PACKAGES,
    "Install it with: pip install gguf. Or use a file in half precision.": PACKAGES,
    "Update torch: pip install -U 'torch<2.14'": PACKAGES,
    "Install it: pip install PySocks. {without}": PACKAGES,
    "Download it first: under “Models” on the page, or with videoai models pull {id}.": "tests/web/test_models.py",
    "The file was altered, or the disk or memory is failing: “videoai models verify MODEL” tells you which. Download "
    "it again, or use another file.": "tests/models/test_manager.py verifies one",
    "Download it when you are online: videoai models pull {id}. Or import a file you have: videoai models import FILE "
    "--as {id}.": "tests/models/test_extras.py",
    "Run the same command again later, or import a file you have: videoai models import FILE "
    "--as {id}.": "tests/models/test_extras.py",
    "Or leave out --decoder tiny.": "tests/models/test_extras.py",
    "Download it again: videoai models pull depth": "tests/engines/draft/test_learned.py",
}
