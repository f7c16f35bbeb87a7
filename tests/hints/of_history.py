"""What is said of jobs, and of what is kept of them."""

from __future__ import annotations

from tests.hints.world import SMALL, Case, World
from videoai.language import say


def resume_of(template: str):
    """A job that was stopped; who stops one is told so in tests/jobs/test_signals.py and tests/cli/test_batch.py."""

    def given(world: World) -> str:
        return str(say(template, id=world.stopped()))

    return given


def several_stopped(template: str):
    def given(world: World) -> str:
        world.stopped(2)
        return str(say(template, done=0, count=2) if "{" in template else say(template))

    return given


def two_cleared(world: World) -> str:
    world.words["JOB"] = world.waiting()
    world.waiting()
    return world.says("jobs clear")


def done_already(world: World) -> str:
    return world.says(f"resume {world.clip()}")


def a_history_in_the_way(world: World) -> str:
    world.clip()
    world.says("backup b.zip")
    return world.says("restore b.zip")


def a_history_set_aside(world: World) -> str:
    world.clip()
    world.says("backup b.zip")
    return world.says("restore b.zip --replace")


SEE = "To see your videos: videoai jobs list"
LEFT = "{done} of {count} videos are done; to continue with the others: videoai resume"
ALL_LEFT = "To continue with those that are not done: videoai resume"
UNFINISHED = "To continue: videoai resume {id}"
NO_PROCESS = "Close some programs, then continue: videoai resume {id}"
NO_FOLDER = "Check that you can use that folder and that its disk is connected, then continue: videoai resume {id}"
STOPPED, GO_ON = "Cancelled. To continue: videoai resume {id}", "to continue this video: videoai resume {id}"

STOP_FIRST = "To stop it first: videoai jobs cancel {id}"
QUEUE_PAUSED = "The queue is paused: no video in it begins. To continue it: videoai jobs continue"
CLEARED = "Cancelled the video that waited. To continue: videoai resume {id}"
ALL_CLEARED = "Cancelled {count} videos that waited. To continue with one: videoai resume JOB"
QUEUE = "Those in the queue are made by the web app. To start it: videoai serve"
AFTERWARDS = (
    "To continue: videoai resume {id}",
    "Close some programs, then continue: videoai resume {id}",
    "Check that you can use that folder and that its disk is connected, then continue: videoai resume {id}",
)

CASES = [
    Case(
        "You haven't made a video yet. Start with: videoai photo.jpg",
        lambda world: (world.hub(), world.says("jobs"))[1],
        more=f"{SMALL} --steps 5 --precision 16",
        slow=True,
    ),
    Case(SEE, "resume"),
    Case(SEE, "finish nowhere --smooth 30"),
    Case("Run “videoai jobs list” to see the ids.", "jobs show zzz"),
    Case(
        "Use the path of a video, or a job's id: videoai jobs list shows them.",
        "finish no.mp4 --smooth 30",
        ("videoai jobs list",),
    ),
    Case("To make it again: videoai PHOTO --like VIDEO", done_already, more="--dry-run"),
    Case("To see what is: videoai jobs bin", lambda world: world.says(f"jobs restore {world.clip()}")),
    Case(STOPPED, resume_of(STOPPED)),
    Case(GO_ON, resume_of(GO_ON), slow=True),  # as the one before
    Case(UNFINISHED, resume_of(UNFINISHED), slow=True),  # with --json; as the one before
    Case(NO_PROCESS, resume_of(NO_PROCESS), slow=True),
    Case(NO_FOLDER, resume_of(NO_FOLDER), slow=True),
    Case(LEFT, several_stopped(LEFT)),
    Case(ALL_LEFT, several_stopped(ALL_LEFT), slow=True),  # as the one before
    *(Case(sentence, resume_of(sentence), slow=True) for sentence in AFTERWARDS),  # as the ones before
    Case(QUEUE_PAUSED, "jobs pause"),
    Case(CLEARED, lambda world: (world.waiting(), world.says("jobs clear"))[1]),
    Case(ALL_CLEARED, two_cleared, slow=True),
    Case(STOP_FIRST, lambda world: str(say(STOP_FIRST, id=world.waiting()))),
    Case(QUEUE, lambda world: (world.waiting(), world.says("resume"))[1], ("videoai serve --help",)),
    Case("Name the file to write: videoai backup videoai.zip.", "backup -"),
    Case(
        "Use a file made by “videoai backup”.", "restore photo.jpg", ("videoai backup b.zip", "videoai restore b.zip")
    ),
    Case(
        "Use --replace to restore the backup anyway: your current data is set aside.",
        a_history_in_the_way,
        ("videoai restore b.zip --replace",),
    ),
    Case("Your earlier data is in {folder}; “videoai doctor --free” deletes it.", a_history_set_aside, more="--yes"),
]
