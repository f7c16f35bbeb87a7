"""The bin: what is put in lies there for seven days, whatever the clock does, and comes back as it was."""

from __future__ import annotations

import shutil
from contextlib import closing

import pytest

from tests.history.conftest import DAY, ME, add
from videoai.errors import JobConflict
from videoai.history import backup, bin, restore, search
from videoai.history.cleanup import clean_jobs
from videoai.history.erase import erase_everything, wanted_photos
from videoai.history.folder import MARKS
from videoai.history.recovery import open_store
from videoai.history.store import JobStore
from videoai.system import paths

NOW = 1.8e9


def binned(store, now=NOW, **origin):
    """One that was cancelled, with a folder, in the bin since `now`."""
    job = store.add("cat.jpg", {"steps": 20}, origin)
    paths.job_folder(job.id).mkdir(parents=True)
    (paths.job_folder(job.id) / "photo.png").write_bytes(b"p" * 100)
    return bin.put_in(store, job.id, now)


def test_what_is_in_the_bin_is_in_no_list_and_comes_back_where_it_was(store):
    first, second, third = add(store, 3)
    put = bin.put_in(store, second.id, NOW)
    assert (put.state, put.binned) == ("cancelled", NOW)
    assert [job.id for job in store.jobs()] == [third.id, first.id]
    assert [job.id for job in search.page(store, limit=9)[0]] == [third.id, first.id]
    assert search.page(store, search.Filter(text="1.jpg"), limit=9)[0] == []
    assert search.queue_of(store) == [first.id, third.id]
    assert store.count(["cancelled"]) == 0
    assert store.get(second.id).binned == NOW
    assert [job.id for job in store.jobs(binned=True)] == [third.id, second.id, first.id]
    assert bin.put_in(store, second.id, NOW + 9).binned == NOW, "it lies there already"
    with pytest.raises(JobConflict, match="in the bin"):
        store.retry(second.id)
    assert bin.take_out(store, second.id).binned is None
    assert bin.take_out(store, second.id).state == "cancelled", "another page was faster"
    assert [job.id for job in store.jobs()] == [third.id, second.id, first.id]


def test_one_that_runs_is_not_put_in(store):
    job = add(store)
    store.leases.claim(ME)
    with pytest.raises(JobConflict, match="running"):
        bin.put_in(store, job.id, NOW)
    assert store.get(job.id).binned is None


def test_those_who_follow_the_history_are_told_that_it_is_gone_and_back(store):
    job = add(store)
    before = store.version()
    bin.put_in(store, job.id, NOW)
    gone = store.changes(before)
    assert (gone.jobs, gone.removed, gone.bin) == ([], [job.id], [job.id])
    bin.take_out(store, job.id)
    back = store.changes(gone.version)
    assert ([each.id for each in back.jobs], back.removed, back.bin) == ([job.id], [], [])


def test_it_is_deleted_after_seven_days_and_not_before(store):
    job = binned(store)
    hourly = [hour * 3600 for hour in range(7 * 24)]
    for passed in hourly:
        assert bin.purge(store, NOW + passed).ids == []
    assert bin.purge(store, NOW + 7 * DAY).ids == [job.id]
    assert store.jobs(binned=True) == []
    assert not paths.job_folder(job.id).exists()


def test_who_comes_back_after_a_month_has_a_day_more(store):
    job = binned(store)
    assert bin.purge(store, NOW + 30 * DAY).ids == []
    clean_jobs(store, NOW + 30 * DAY)  # which takes no mark for a leftover
    assert bin.purge(store, NOW + 31 * DAY - 1).ids == []
    assert bin.purge(store, NOW + 60 * DAY).ids == [job.id]


def test_a_clock_that_was_ahead_for_a_while_deletes_nothing_early(store):
    job = binned(store)
    assert bin.purge(store, NOW + 3650 * DAY).ids == []
    assert bin.purge(store, NOW + 3650 * DAY + 3600).ids == []
    for day in range(1, 7):
        assert bin.purge(store, NOW + day * DAY).ids == []
    assert bin.purge(store, NOW + 7 * DAY).ids == [job.id]


def test_what_was_put_in_while_the_clock_was_ahead_has_its_time_from_now_on(store):
    job = binned(store, NOW + 3650 * DAY)
    assert bin.purge(store, NOW).ids == []
    assert store.get(job.id).binned == NOW
    bin.purge(store, NOW + 6 * DAY)
    assert bin.purge(store, NOW + 7 * DAY).ids == [job.id]


def test_a_folder_that_somebody_deleted_keeps_nothing_in_the_bin_for_ever(store):
    job = binned(store)
    shutil.rmtree(paths.job_folder(job.id))
    bin.purge(store, NOW + 6 * DAY)
    assert bin.purge(store, NOW + 7 * DAY).ids == [job.id]


def test_what_was_taken_out_at_that_moment_is_not_deleted(store, monkeypatch):
    job = binned(store)
    listed = store.binned()
    bin.take_out(store, job.id)
    monkeypatch.setattr(store, "binned", lambda: listed)
    assert bin.empty(store).to_dict() == {"jobs": [], "left": []}
    assert paths.job_folder(job.id).exists()


def test_it_says_what_each_frees_and_what_all_do(store):
    """A photo that two of them have is freed by emptying alone, one that another job has by neither."""
    paths.photos().mkdir(parents=True)
    for photo, size in (("0" * 14, 1000), ("1" * 14, 5000), ("2" * 14, 70)):
        (paths.photos() / f"{photo}.jpg").write_bytes(b"j" * size)
    shared, other = (binned(store, NOW + at, photo_id="0" * 14) for at in (0, 1))
    of_a_clip = binned(store, NOW + 2, photo_id="1" * 14)
    alone = binned(store, NOW + 3, photo_id="2" * 14)
    store.add("1.jpg", {}, {"photo_id": "1" * 14})
    found = bin.contents(store)
    assert [job.id for job in found.jobs] == [alone.id, of_a_clip.id, other.id, shared.id]
    marks = (paths.job_folder(alone.id) / MARKS).stat().st_size  # as many in each
    assert [found.freed[job.id] - marks for job in found.jobs] == [170, 100, 100, 100]
    assert found.bytes == 4 * (100 + marks) + 1000 + 70
    assert wanted_photos(store) == {"0" * 14, "1" * 14, "2" * 14}
    assert len(bin.empty(store).ids) == 4
    assert [path.name for path in paths.photos().iterdir()] == [f"{'1' * 14}.jpg"]


def test_deleting_everything_empties_it_too(store):
    binned(store)
    assert erase_everything(store).jobs == 1
    assert store.binned() == []


def test_a_backup_keeps_it_and_gives_it_its_time_again(done, tmp_path):
    with closing(open_store(print)) as store:
        bin.put_in(store, done, NOW)
        made = backup.back_up(store, tmp_path / "all.zip", videos=True)
    assert (made.jobs, made.videos) == (1, 1), "its video too, for who takes it out of the bin"
    kept, _ = restore.unpack(tmp_path / "all.zip", tmp_path / "new")
    assert kept.jobs == 1
    with closing(JobStore(tmp_path / "new" / "videoai.sqlite3")) as store:
        assert store.jobs() == []
        assert store.get(done).binned != NOW
