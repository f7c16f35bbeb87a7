"""What is written down of an error says nothing of the user: no name, no folder, no photo."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing

from tests.conftest import EXAMPLES, ROOT
from videoai.history.folder import ERRORS
from videoai.history.recovery import open_store
from videoai.jobs.queue import Queue
from videoai.jobs.submit import submit
from videoai.request import Request
from videoai.system import paths
from videoai.system.scrubbing import scrubbed, without_home


def test_the_home_folder_is_a_tilde_however_it_is_spelt(own_home, monkeypatch, tmp_path):
    assert without_home(f"{own_home}/x and {own_home}") == "~/x and ~"
    assert without_home("/Users/ann/Pictures/a.jpg: /home/bob") == "~/Pictures/a.jpg: ~"
    assert without_home(json.dumps({"message": f"{own_home}/x"})) == '{"message": "~/x"}'
    link = tmp_path / "link"
    link.symlink_to(own_home)
    monkeypatch.setenv("HOME", str(link))
    assert without_home(f"{link}/x {own_home}/x") == "~/x ~/x"
    monkeypatch.setenv("HOME", "/")
    assert without_home("/usr/lib/x") == "/usr/lib/x"


def test_photos_and_videos_have_no_names(outputs):
    text = scrubbed(f"{outputs}/wedding-draft-1.mp4: no space\nwedding.jpg, wedding-draft-1.mp4", "wedding.jpg")
    assert text.startswith(("~/videos/…\n", f"{outputs}/…\n"))
    assert "wedding" not in text
    assert scrubbed("The disk is full. disk.jpg", "disk.jpg") == "The disk is full. photo", "sentences stay"


def test_a_job_that_fails_leaves_no_names(own_home, tmp_path, monkeypatch):
    """A file is where the video was to go, so that the child fails; and what a library says of it is in the log."""
    photo = own_home / "secret wedding.jpg"
    photo.write_bytes((EXAMPLES / "rocket.jpg").read_bytes())
    given = {"model": "draft", "width": 256, "height": 256, "frames": 4}
    with closing(open_store(print)) as store:
        request = Request(given=given, output=str(own_home / "file" / "{stem}.mp4"))
        job = submit(store, photo, request, lambda event: None)
        (own_home / "file").write_text("x")
        queue = Queue(store)
        queue.start()
        while store.get(job.id).state in ("queued", "running"):
            pass
        queue.stop()
        reason = store.get(job.id).reason
    assert reason is not None
    assert str(own_home) not in json.dumps(reason)
    assert "secret wedding" not in json.dumps(reason)
    assert reason["message"]


def test_what_a_child_wrote_is_scrubbed(own_home):
    from videoai.history.task import Submission, Task
    from videoai.jobs.worker_log import scrub
    from videoai.resolving import resolve

    folder = paths.job_folder("0123456789abcd")
    task = Task(resolve({"model": "draft", "seed": 1}, (1, 1)))
    Submission(task, str(own_home / "secret wedding.jpg")).write(folder)
    (folder / ERRORS).write_text(f"Traceback…\nOSError: '{own_home}/secret wedding.jpg', /Users/ann/x\n")
    (folder / "errors.1.log").write_text(f"before: {own_home}/secret wedding.jpg\n")
    assert scrub(folder / ERRORS) == ("before: ~/photo\n", "Traceback…\nOSError: '~/photo', ~/x\n")
    assert (folder / "errors.1.log").read_text() == "before: ~/photo\n"
    assert (folder / ERRORS).read_text() == "Traceback…\nOSError: '~/photo', ~/x\n"


def test_the_server_says_nothing_of_the_user(own_home):
    code = f"""
import logging
from videoai.system.scrubbing import log_to_stderr
log_to_stderr()
try:
    open({str(own_home / "videos" / "secret wedding.mp4")!r})
except OSError:
    logging.getLogger("waitress").exception("it failed in %s", {str(own_home)!r})
logging.getLogger("any").info("not a word")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "it failed in ~" in done.stderr
    assert "FileNotFoundError" in done.stderr
    assert str(own_home) not in done.stderr
    assert "wedding" not in done.stderr
    assert "not a word" not in done.stderr


def test_names_with_brackets_and_odd_letters_are_names(tmp_path, videoai):
    photo = tmp_path / "[red]a\u202eb\x07[bold] 'c'.jpg"
    photo.write_bytes((EXAMPLES / "rocket.jpg").read_bytes())
    with closing(open_store(print)) as store:
        submit(store, photo, Request(given={"model": "draft"}), lambda event: None)
    listed = videoai("jobs", "list")
    assert listed.returncode == 0, listed.stderr
    (job,) = json.loads(videoai("jobs", "list", "--json").stdout)
    assert job["title"] == "[red]ab[bold] 'c'.jpg"
    assert "[red]ab" in listed.stdout
