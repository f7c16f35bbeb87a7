"""A video is a job in a process of its own: killed, cancelled, resumed, it loses at most a step and never a byte."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.conftest import EXAMPLES
from tests.jobs.commands import STEPS, denoising, start, wait_for, worker_of
from videoai import generate
from videoai.history.folder import kept_bytes
from videoai.system import paths


def resume(*words: object) -> subprocess.CompletedProcess[str]:
    process = start("resume", *words)
    out, err = process.communicate(timeout=100)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def test_a_run_leaves_the_video_and_its_history_and_nothing_else(command, store, unbroken, tmp_path):
    code, said = command().wait()
    assert code == 0, said
    assert (tmp_path / "clip.mp4").read_bytes() == unbroken
    job = store.get(store.jobs()[0].id)
    assert (job.state, job.title, job.output) == ("done", "coffee.png", str(tmp_path / "clip.mp4"))
    assert set(job.seconds) >= {"condition", "denoise", "decode", "encode"}
    assert job.peak_bytes > 50_000_000
    kept = {path.name for path in paths.job_folder(job.id).iterdir()}
    assert kept == {"photo.png", "task.json", "preview.webp", "poster.jpg", "published.json", "frames-1.mkv"}


def test_a_killed_child_goes_on_from_its_last_step(command, store, unbroken, tmp_path):
    run = command()
    job = wait_for(store, denoising(1))
    os.kill(worker_of(job).pid, signal.SIGKILL)
    code, said = run.wait()
    assert code == 0, said
    assert "continues from its last step" in said
    assert (tmp_path / "clip.mp4").read_bytes() == unbroken
    assert store.get(job.id).attempt == 2


def test_what_is_killed_while_it_is_finished_goes_on_without_its_model(command, store, tiny, tmp_path):
    """The frames are there: the weights may be gone by then, and the bytes are those of a run left in peace."""
    model = tmp_path / tiny.name
    shutil.copytree(tiny, model)
    run = command("--enlarge", 2, model=model)
    job = wait_for(store, lambda job: job.stage == "enlarge")
    os.kill(worker_of(job).pid, signal.SIGKILL)
    model.rename(tmp_path / "gone")
    code, said = run.wait()
    assert code == 0, said
    done = store.get(job.id)
    assert done.attempt == 2
    assert {*done.seconds} >= {"read", "enlarge"}
    assert not {"load", "condition", "denoise", "decode"} & {*done.seconds}
    assert [stage["name"] for stage in done.plan["stages"]] == ["read", "enlarge"]
    (tmp_path / "gone").rename(model)
    settings = {"width": 256, "height": 256, "frames": 4, "steps": STEPS, "guidance_max": 1, "seed": 7}
    whole = generate(EXAMPLES / "coffee.png", tmp_path / "whole.mp4", model=str(model), enlarge="2", **settings)
    assert (tmp_path / "clip.mp4").read_bytes() == whole.path.read_bytes()


@pytest.mark.slow
def test_what_is_cancelled_while_it_is_finished_goes_on_or_begins_anew(command, store, unbroken):
    run = command("--enlarge", 2, model="draft")
    job = wait_for(store, lambda job: job.stage == "enlarge")
    os.kill(run.process.pid, signal.SIGINT)
    assert run.wait()[0] == 130
    assert resume().returncode == 0
    assert {"read", "enlarge"} <= {*store.get(job.id).seconds}

    run = command("--enlarge", 2, model="draft")
    job = wait_for(store, lambda one: one.id != job.id and one.stage == "enlarge")
    os.kill(run.process.pid, signal.SIGINT)
    assert run.wait()[0] == 130
    assert kept_bytes(job.id)
    store.retry(job.id, anew=True)
    assert not kept_bytes(job.id)


@pytest.mark.slow
def test_a_killed_child_that_reuses_goes_on_from_a_step_that_needs_nothing_of_the_others(command, store, tmp_path):
    """Its deep features went with it: it is resumed where the whole network runs, to the same bytes."""
    runs = command("--reuse", 4, output=tmp_path / "killed.mp4")
    job = wait_for(store, denoising(1))
    os.kill(worker_of(job).pid, signal.SIGKILL)
    code, said = runs.wait()
    assert code == 0, said
    assert "continues from its last step" in said
    assert store.get(job.id).attempt == 2
    code, said = command("--reuse", 4, output=tmp_path / "whole.mp4").wait()
    assert code == 0, said
    assert (tmp_path / "killed.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()


@pytest.mark.slow
def test_a_child_killed_in_a_later_part_goes_on_there_to_the_same_bytes(command, store, tmp_path):
    run = command("--extend", 2, output=tmp_path / "killed.mp4")
    job = wait_for(store, lambda job: job.stage == "denoise" and job.step and STEPS < job.step < 2 * STEPS)
    first = paths.job_folder(job.id) / "frames-1.mkv"
    made = first.stat().st_mtime_ns
    os.kill(worker_of(job).pid, signal.SIGKILL)
    code, said = run.wait()
    assert code == 0, said
    assert "continues from its last step" in said
    assert "starts over" not in said
    assert first.stat().st_mtime_ns == made, "the first part was not made again"
    code, said = command("--extend", 2, output=tmp_path / "whole.mp4").wait()
    assert code == 0, said
    assert (tmp_path / "killed.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()
    kept = {path.name for path in paths.job_folder(job.id).glob("frames-*")}
    assert kept == {"frames-1.mkv", "frames-2.mkv", "frames-3.mkv"}


@pytest.mark.slow
def test_after_a_second_death_it_has_failed_and_can_be_resumed(command, store, unbroken, tmp_path):
    run = command()
    first = wait_for(store, denoising(1))
    os.kill(worker_of(first).pid, signal.SIGKILL)
    second = wait_for(store, lambda job: job.attempt == 2 and job.worker and worker_of(job).pid != worker_of(first).pid)
    os.kill(worker_of(second).pid, signal.SIGKILL)
    code, said = run.wait()
    assert code == 1
    assert "Traceback" not in said
    assert "stopped the process" in said.splitlines()[-2]
    assert store.get(first.id).state == "failed"
    assert not (tmp_path / "clip.mp4").exists()
    assert resume().returncode == 0
    assert (tmp_path / "clip.mp4").read_bytes() == unbroken


@pytest.mark.slow
@pytest.mark.parametrize("who", ["supervisor", "both"])
def test_a_killed_supervisor_leaves_no_orphan_and_is_resumed(command, store, videoai, unbroken, tmp_path, who):
    run = command()
    job = wait_for(store, denoising(1))
    child = psutil.Process(worker_of(job).pid)
    os.kill(run.process.pid, signal.SIGKILL)
    if who == "both":
        os.kill(child.pid, signal.SIGKILL)
    run.wait()
    psutil.wait_procs([child], timeout=20)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    (row,) = json.loads(videoai("jobs", "list", "--json").stdout)
    assert row["state"] == "stopped"
    again = resume()
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "clip.mp4").read_bytes() == unbroken
    assert store.get(job.id).state == "done"


def test_ctrl_c_says_how_to_go_on_and_going_on_gives_the_same_bytes(command, store, unbroken, tmp_path):
    run = command()
    job = wait_for(store, denoising(1))
    os.kill(run.process.pid, signal.SIGINT)
    code, said = run.wait()
    assert code == 130
    assert f"videoai resume {job.id}" in said
    assert store.get(job.id).state == "cancelled"
    assert (
        not psutil.pid_exists(worker_of(job).pid) or psutil.Process(worker_of(job).pid).status() == psutil.STATUS_ZOMBIE
    )
    assert not (tmp_path / "clip.mp4").exists()
    again = resume(job.id[:10])
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "clip.mp4").read_bytes() == unbroken


@pytest.mark.slow
def test_another_terminal_can_cancel(command, store, videoai):
    run = command("--steps", 50)
    job = wait_for(store, denoising(1))
    asked = time.monotonic()
    told = videoai("jobs", "cancel", job.id)
    # Its program hears of it in a moment, which may have passed.
    assert told.stdout in (f"{job.id} is being cancelled.\n", f"{job.id} is cancelled.\n"), told.stderr
    code, said = run.wait()
    assert time.monotonic() - asked < 20
    assert code == 130
    assert "videoai resume" in said
    assert store.get(job.id).state == "cancelled"


@pytest.mark.slow
def test_two_at_once_never_compute_at_the_same_time(command, store, unbroken, tmp_path):
    runs = [command(output=tmp_path / f"{name}.mp4") for name in "ab"]
    for run in runs:
        code, said = run.wait()
        assert code == 0, said
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes() == unbroken


def test_an_error_of_the_child_is_the_commands_own(tiny, command, store, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(tiny, broken)
    weights = broken / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    code, said = command(model=broken).wait()
    assert code == 1
    assert "is damaged" in said
    assert said.splitlines()[-2].startswith("Error: ")
    job = store.jobs()[0]
    assert (job.state, job.reason["code"]) == ("failed", "model_damaged")


@pytest.mark.slow
def test_a_damaged_state_costs_the_steps_and_nothing_else(command, store, unbroken, tmp_path):
    run = command()
    job = wait_for(store, denoising(1))
    os.kill(run.process.pid, signal.SIGINT)
    run.wait()
    state = paths.job_folder(job.id) / "state.safetensors"
    state.write_bytes(state.read_bytes()[:-50])
    again = resume()
    assert again.returncode == 0, again.stderr
    assert "starts over" in again.stderr
    assert (tmp_path / "clip.mp4").read_bytes() == unbroken


def test_killed_between_copying_and_reporting_there_is_one_video_only(store, own_home):
    """The window that no signal hits reliably: the video is there, and the job does not know it yet."""
    from videoai.history.publishing import Publication, encoded_name
    from videoai.history.task import Submission
    from videoai.jobs.submit import submit
    from videoai.request import Request

    photo = Path(__file__).parents[2] / "examples" / "coffee.png"
    request = Request({"model": "draft", "width": 256, "height": 256, "frames": 4, "seed": 1})
    job = submit(store, photo, request, lambda event: None)
    assert resume(job.id).returncode == 0
    first = Path(store.get(job.id).output)
    # As it was just before the history heard of it.
    job = submit(store, photo, request, lambda event: None)
    folder = paths.job_folder(job.id)
    shutil.copy(first, folder / encoded_name(".mp4"))
    second = Publication(folder).publish(Submission.read(folder), lambda notice: None)
    assert second != first
    (folder / "photo.png").unlink()  # so that it could not be made again
    assert resume(job.id).returncode == 0
    assert store.get(job.id).output == str(second)
    assert len(list(second.parent.glob("*.mp4"))) == 2


def test_the_verbs_of_jobs(command, store, videoai, tmp_path):
    assert "You haven't made a video yet" in videoai("jobs", "list").stdout
    assert videoai("resume").returncode == 2
    run = command(model="draft")
    code, said = run.wait()
    assert code == 0, said
    (row,) = json.loads(videoai("jobs", "list", "--json").stdout)
    assert (row["state"], row["title"], row["output"]) == ("done", "coffee.png", str(tmp_path / "clip.mp4"))
    shown = videoai("jobs", "show", row["id"][:8])
    assert shown.returncode == 0
    assert "coffee.png, done" in shown.stdout
    assert videoai("jobs", "retry", row["id"]).returncode == 2
    assert videoai("jobs", "remove", row["id"]).returncode == 0
    assert store.jobs() == []
    assert (tmp_path / "clip.mp4").exists()
    unknown = videoai("jobs", "show", "nothing")
    assert unknown.returncode == 2
    assert unknown.stderr.startswith("Error: ")


def test_retry_begins_anew(store, monkeypatch):
    """What it computes is what any new run does; here is that it finds no steps to go on from."""
    from videoai.cli import batch, main
    from videoai.history.folder import STATE, has_steps
    from videoai.jobs.submit import submit
    from videoai.request import Request

    photo = Path(__file__).parents[2] / "examples" / "coffee.png"
    job = submit(store, photo, Request({"model": "draft", "frames": 4}), lambda event: None)
    store.cancel(job.id)
    (paths.job_folder(job.id) / STATE).write_bytes(b"steps")
    found = []

    def run(store, id, *more):
        found.append((store.get(id).state, has_steps(id)))
        return store.cancel(id)

    monkeypatch.setattr(batch, "run_to_end", run)
    assert main(["resume", job.id]) == 130
    assert main(["jobs", "retry", job.id]) == 130
    assert found == [("queued", True), ("queued", False)]


@pytest.mark.slow
def test_a_run_whose_model_was_replaced_begins_again_and_says_so(tiny, command, store, tmp_path):
    from safetensors.numpy import load_file, save_file

    model = tmp_path / "model"
    shutil.copytree(tiny, model)
    run = command(model=model)
    wait_for(store, denoising(1))
    os.kill(run.process.pid, signal.SIGINT)
    run.wait()
    other = shutil.move(model, tmp_path / "other")
    weights = next((tmp_path / "other" / "unet").glob("*.safetensors"))
    save_file({name: array * 1.01 for name, array in load_file(weights).items()}, weights)
    again = resume()
    assert again.returncode == 2, again.stderr
    assert f"{model} does not exist" in again.stderr
    shutil.move(other, model)
    again = resume()
    assert again.returncode == 0, again.stderr
    assert "weights have changed" in again.stderr
    assert "starts over" in again.stderr
    resumed = (tmp_path / "clip.mp4").read_bytes()
    code, said = command(model=model, output=tmp_path / "whole.mp4").wait()
    assert code == 0, said
    assert (tmp_path / "whole.mp4").read_bytes() == resumed


@pytest.mark.slow
def test_a_run_whose_photo_was_replaced_begins_again_and_says_so(command, store, unbroken, tmp_path):
    from PIL import Image

    run = command()
    job = wait_for(store, denoising(1))
    os.kill(run.process.pid, signal.SIGINT)
    run.wait()
    photo = paths.job_folder(job.id) / "photo.png"
    with Image.open(photo) as image:
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(photo)
    again = resume()
    assert again.returncode == 0, again.stderr
    assert "belongs to another photo. The video starts over" in again.stderr
    assert (tmp_path / "clip.mp4").read_bytes() != unbroken
