"""Fetching: nothing twice, nothing wrong, whatever the network does on the way."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from itertools import pairwise

import pytest

from tests.conftest import ROOT
from tests.models.hub import server as hub_server
from tests.models.hub.server import LISTING, Fault, HubServer
from videoai.catalogue import Remote
from videoai.errors import AccessNeeded, DownloadFailed, ModelDamaged, WriteFailed
from videoai.events import Notice, Stage, Step
from videoai.models.hub import cache, download, http_get, partial_file, progress, removal
from videoai.models.hub.download import fetch

REPO = "owner/name"
CONFIG, WEIGHTS = Remote(REPO, "unet/config.json"), Remote(REPO, "unet/model.safetensors")
BOTH = (CONFIG, WEIGHTS)
SIZE = 300_000
TOKEN = "hf_token"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(http_get, "BACKOFF", (0.01, 0.01, 0.01, 0.01))


@pytest.fixture
def server(tmp_path, monkeypatch):
    folder = tmp_path / "hub" / REPO
    (folder / "unet").mkdir(parents=True)
    (folder / CONFIG.path).write_text('{"channels": 4}')
    (folder / WEIGHTS.path).write_bytes(random.Random(1).randbytes(SIZE))
    (folder / "unet/model.ckpt").write_bytes(b"pickle")
    with HubServer(tmp_path / "hub") as server:
        hub_server.use(monkeypatch, server, tmp_path / "hf")
        yield server


def content(server, remote=WEIGHTS):
    return (server.root / remote.repo / remote.path).read_bytes()


def blob(server, remote=WEIGHTS):
    return cache.blob_path(remote.repo, server.blob(remote.repo, remote.path))


def part_of(server):
    path = blob(server)
    return path.with_name(path.name + cache.PART)


def ranges(server):
    return [request.headers.get("range") for request in server.gets(WEIGHTS.path)]


def run(remotes=BOTH, **options):
    """Fetch; the paths and the events."""
    events = []
    return fetch(remotes, on_event=events.append, **options), events


def notices(events):
    return [event.message for event in events if isinstance(event, Notice)]


def interrupted_at(count, remotes=BOTH):
    """Fetch until `count` bytes have arrived, then press Ctrl-C."""

    def on_event(event):
        if isinstance(event, Step) and event.index >= count:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(remotes, on_event=on_event)


def cut_at(server, count):
    """Fetch until the connection is lost after exactly `count` bytes, and give up at once."""
    server.faults[WEIGHTS.path] = Fault(drop_after=count, times=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http_get, "BACKOFF", ())
        with pytest.raises(DownloadFailed, match="was lost"):
            run()
    assert part_of(server).stat().st_size == count


def assert_whole(server, places):
    assert {remote: path.read_bytes() for remote, path in places.items()} == {
        remote: content(server, remote) for remote in places
    }
    assert [path.name for path in cache.folder(REPO).rglob("*") if "part" in path.name] == []
    for remote in places:
        assert cache.find(remote) == places[remote]


# The ordinary course


def test_what_was_asked_for_is_fetched_checked_and_found(server):
    places, events = run()
    assert_whole(server, places)
    assert places[WEIGHTS] == cache.folder(REPO) / "snapshots" / server.commit(REPO) / WEIGHTS.path
    assert (cache.folder(REPO) / "refs/main").read_text() == server.commit(REPO)
    total = SIZE + len(content(server, CONFIG))
    assert events[0] == Stage("fetch", total, "bytes")
    steps = [event.index for event in events if isinstance(event, Step)]
    assert steps == sorted(steps)
    assert steps[-1] == total
    assert {request.file for request in server.requests} == {LISTING, CONFIG.path, WEIGHTS.path}
    assert sorted(path.name for path in (cache.folder(REPO) / "blobs").iterdir()) == sorted(
        blob(server, remote).name for remote in BOTH
    )


def test_what_is_there_is_checked_and_not_fetched_again(server):
    run()
    before = len(server.requests)
    places, events = run()
    assert_whole(server, places)
    assert [request.file for request in server.requests[before:]] == [LISTING]
    total = SIZE + len(content(server, CONFIG))
    assert [event for event in events if isinstance(event, Stage)] == [
        Stage("check", total, "bytes"),
        Stage("fetch", total, "bytes"),
    ]
    assert events[-1] == Step(total)


def test_steps_are_few(server):
    server.faults[WEIGHTS.path] = Fault(drip=(2000, 0.005))
    began = time.monotonic()
    _, events = run()
    steps = [event for event in events if isinstance(event, Step)]
    assert 3 <= len(steps) <= 10 * (time.monotonic() - began) + 2


def test_files_of_several_repositories_and_an_empty_one(server, tmp_path):
    other = tmp_path / "hub/owner/other"
    other.mkdir()
    (other / "empty.safetensors").touch()
    (other / "empty.json").touch()
    more = (Remote("owner/other", "empty.safetensors"), Remote("owner/other", "empty.json"))
    places, _ = run((*more, *BOTH, CONFIG))
    assert_whole(server, places)
    assert list(places) == [*more, *BOTH]


def test_nothing_asked_for_is_nothing_done(server):
    assert run(()) == ({}, [Stage("fetch", 0, "bytes"), Step(0)])
    assert server.requests == []


def test_a_new_commit_fetches_only_what_changed(server):
    run()
    (server.root / REPO / CONFIG.path).write_text('{"channels": 8}')
    places, _ = run()
    assert_whole(server, places)
    assert len(server.gets(WEIGHTS.path)) == 1
    assert len(server.gets(CONFIG.path)) == 2


def test_two_names_for_one_content_are_fetched_once(server, tmp_path):
    (server.root / REPO / "copy.safetensors").write_bytes(content(server))
    copy = Remote(REPO, "copy.safetensors")
    places, _ = run((WEIGHTS, copy))
    assert_whole(server, places)
    assert len(server.gets(WEIGHTS.path)) + len(server.gets(copy.path)) == 1


def test_where_links_are_not_possible_nothing_is_fetched_twice_either(server, monkeypatch):
    def refuse(*unused):
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(os, "symlink", refuse)
    run()
    places, _ = run()
    assert not places[WEIGHTS].is_symlink()
    assert places[WEIGHTS].read_bytes() == content(server)
    assert len(server.gets(WEIGHTS.path)) == 1


# Going on


def test_after_an_interruption_only_the_missing_bytes_are_asked_for(server):
    server.faults[WEIGHTS.path] = Fault(drip=(5000, 0.005), times=1)
    interrupted_at(SIZE // 3)
    length = part_of(server).stat().st_size
    assert SIZE // 3 - 100 <= length < SIZE
    places, _ = run()
    assert_whole(server, places)
    etag = f'"cdn-{blob(server).name}"'
    assert ranges(server) == [None, f"bytes={length}-"]
    assert server.gets(WEIGHTS.path)[1].headers["if-range"] == etag
    assert server.gets(WEIGHTS.path)[1].sent == SIZE - length


def test_ctrl_c_leaves_the_part_and_no_lock(server):
    server.faults[WEIGHTS.path] = Fault(drip=(5000, 0.05), times=1)
    process = child(FETCH, REPO, CONFIG.path, WEIGHTS.path)
    server.wait_served(WEIGHTS.path, 50_000)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    length = part_of(server).stat().st_size
    assert 0 < length < SIZE
    places, events = run()
    assert_whole(server, places)
    assert notices(events) == []
    assert ranges(server) == [None, f"bytes={length}-"]


def test_a_terminal_that_goes_away_costs_nothing(server, tmp_path, monkeypatch):
    """What on_event raises is not taken for an error of a file, of the disk or of the network, whenever it comes."""
    monkeypatch.setattr(progress, "_SECONDS_BETWEEN", 0)
    server.faults[WEIGHTS.path] = Fault(drip=(100_000, 0.001))

    def gone(last):
        count = 0

        def on_event(event):
            nonlocal count
            count += 1
            if count == last:
                raise BrokenPipeError(errno.EPIPE, "Broken pipe")

        return on_event

    for number in range(1, 100):
        monkeypatch.setenv("HF_HOME", str(tmp_path / str(number)))
        try:
            fetch(BOTH, on_event=gone(number))
            break
        except BrokenPipeError:
            length = part_of(server).stat().st_size if part_of(server).exists() else 0
        before = len(server.gets(WEIGHTS.path))
        places, events = run()
        assert_whole(server, places)
        assert notices(events) == []
        if 0 < length < SIZE:
            assert ranges(server)[before:] == [f"bytes={length}-"]
        if length == SIZE:
            assert ranges(server)[before:] == []
    assert 10 < number < 99


def test_an_interruption_before_the_first_byte_and_after_the_last_is_no_loss(server):
    interrupted_at(0)
    interrupted_at(SIZE + len(content(server, CONFIG)), (CONFIG, WEIGHTS))
    assert len(server.gets(WEIGHTS.path)) == 1
    places, _ = run()
    assert_whole(server, places)
    assert len(server.gets(WEIGHTS.path)) == 1


def test_a_connection_that_drops_is_taken_up_again(server):
    server.faults[WEIGHTS.path] = Fault(drop_after=40_000)
    places, _ = run()
    assert_whole(server, places)
    assert ranges(server) == [None, *(f"bytes={count}-" for count in range(40_000, SIZE, 40_000))]


def test_a_connection_that_stalls_is_taken_up_again(server, monkeypatch):
    monkeypatch.setattr(http_get, "STALL_SECONDS", 0.3)
    server.faults[WEIGHTS.path] = Fault(stall_after=100_000, times=2)
    places, _ = run()
    assert_whole(server, places)
    assert ranges(server) == [None, "bytes=100000-", "bytes=200000-"]


def test_a_file_without_content_length_may_end_early(server):
    server.faults[WEIGHTS.path] = Fault(no_content_length=True, drop_after=200_000)
    places, _ = run()
    assert_whole(server, places)
    assert ranges(server) == [None, "bytes=200000-"]


def test_a_connection_that_never_brings_anything_is_given_up(server):
    server.faults[WEIGHTS.path] = Fault(drop_after=0)
    with pytest.raises(DownloadFailed, match="was lost") as caught:
        run()
    assert "keeps what it has downloaded" in caught.value.hint
    assert len(server.gets(WEIGHTS.path)) == 1 + len(http_get.BACKOFF)


def test_a_hub_that_disappears_is_given_up_and_the_part_kept(server):
    def on_event(event):
        if isinstance(event, Step) and event.index > 50_000 and server.requests[-1].sent < SIZE:
            server.disappear()

    server.faults[WEIGHTS.path] = Fault(drip=(5000, 0.005), times=1)
    with pytest.raises(DownloadFailed, match="could not reach the hub") as caught:
        fetch(BOTH, on_event=on_event)
    assert "keeps what it has downloaded" in caught.value.hint
    length = part_of(server).stat().st_size
    assert length >= 49_000
    server.appear()
    places, _ = run()
    assert_whole(server, places)
    assert ranges(server)[-1] == f"bytes={length}-"


def test_a_hub_that_comes_back_in_time_is_no_failure(server, monkeypatch):
    server.faults[WEIGHTS.path] = Fault(times=3, status=503, at="hub")
    places, _ = run()
    assert_whole(server, places)


def test_a_long_wait_is_explained(server, monkeypatch):
    monkeypatch.setattr(http_get, "_LONG", 0.9)
    server.faults[WEIGHTS.path] = Fault(times=1, status=429, at="hub", headers={"Retry-After": "1"})
    _, events = run()
    host = server.endpoint.removeprefix("http://")
    assert notices(events) == [f"{host} has received too many requests from this computer. Trying again in 1 seconds."]


def test_a_file_server_that_refuses_is_asked_for_by_a_new_address(server):
    server.faults[WEIGHTS.path] = Fault(times=2, status=403)
    places, _ = run()
    assert_whole(server, places)
    assert [request.where for request in server.requests if request.file == WEIGHTS.path] == ["hub", "cdn"] * 3


def test_a_file_server_that_goes_on_refusing_is_not_taken_for_the_terms(server):
    server.faults[WEIGHTS.path] = Fault(status=403)
    with pytest.raises(DownloadFailed, match="refuses to send the file") as caught:
        run()
    assert not isinstance(caught.value, AccessNeeded)


# Beginning anew


@pytest.fixture
def with_part(server):
    """A third of the weights is there."""
    cut_at(server, SIZE // 3)
    return server


def test_a_server_that_knows_no_ranges_sends_all_of_it(with_part):
    with_part.faults[WEIGHTS.path] = Fault(ignore_range=True)
    places, _ = run()
    assert_whole(with_part, places)
    assert with_part.gets(WEIGHTS.path)[-1].sent == SIZE


@pytest.mark.parametrize("etag", ["new", '"other"'])
def test_another_etag_means_another_file_and_all_of_it(with_part, etag):
    with_part.faults[WEIGHTS.path] = Fault(etag=etag)
    places, _ = run()
    assert_whole(with_part, places)
    assert [request.status for request in with_part.gets(WEIGHTS.path)] == [200, 200]


@pytest.mark.parametrize("etag", ["", 'W/"weak"', "unquoted"])
def test_without_a_strong_etag_the_hash_decides(server, etag):
    server.faults[WEIGHTS.path] = Fault(etag=etag, drop_after=200_000)
    places, _ = run()
    assert_whole(server, places)
    _, second = server.gets(WEIGHTS.path)
    assert second.headers["range"] == "bytes=200000-"
    assert "if-range" not in second.headers


def test_a_partial_answer_of_another_file_is_not_appended(with_part):
    with_part.faults[WEIGHTS.path] = Fault(times=1, status=206, headers={
        "ETag": '"other"', "Content-Range": f"bytes {SIZE // 3}-{SIZE - 1}/{SIZE}"
    }, body=b"x" * (SIZE - SIZE // 3))  # fmt: skip
    places, events = run()
    assert_whole(with_part, places)
    assert notices(events) == []


@pytest.mark.parametrize(
    "content_range",
    [f"bytes 0-{SIZE - 1}/{SIZE}", f"bytes {SIZE // 3}-{SIZE - 1}/{SIZE + 1}", f"bytes {SIZE // 3}-{SIZE}/{SIZE}",
     f"bytes {SIZE // 3}-{SIZE - 1}/*", "bytes", "items 1-2/3", f"bytes {SIZE // 3}-{SIZE // 3 - 1}/{SIZE}"],
)  # fmt: skip
def test_a_range_that_was_not_asked_for_begins_anew(with_part, content_range):
    with_part.faults[WEIGHTS.path] = Fault(content_range=content_range)
    places, events = run()
    assert_whole(with_part, places)
    assert notices(events) == []
    assert [request.status for request in with_part.gets(WEIGHTS.path)] == [200, 206, 200]


def test_a_range_that_nobody_asked_for_is_fine_if_it_is_all_of_the_file(server):
    server.faults[WEIGHTS.path] = Fault(
        times=1, status=206, body=content(server), drop_after=100_000, headers={"ETag": '"whole"',
        "Content-Range": f"bytes 0-{SIZE - 1}/{SIZE}", "Content-Length": str(SIZE)}
    )  # fmt: skip
    places, events = run()
    assert_whole(server, places)
    assert notices(events) == []
    assert [request.headers.get("if-range") for request in server.gets(WEIGHTS.path)] == [None, '"whole"']


def test_a_range_that_cannot_be_had_begins_anew(with_part):
    with_part.faults[WEIGHTS.path] = Fault(status=416, times=1)
    places, _ = run()
    assert_whole(with_part, places)
    assert ranges(with_part) == [None, None]


def test_a_server_that_begins_anew_for_ever_is_given_up(server):
    server.faults[WEIGHTS.path] = Fault(drop_after=100_000, ignore_range=True)
    with pytest.raises(DownloadFailed, match="over each time"):
        run()
    assert len(server.gets(WEIGHTS.path)) < 10


def test_a_part_that_is_too_long_begins_anew(with_part):
    with part_of(with_part).open("ab") as file:
        file.write(b"x" * SIZE)
    places, events = run()
    assert_whole(with_part, places)
    assert ranges(with_part) == [None, None]
    assert notices(events) == []


@pytest.mark.parametrize(
    "notes",
    [None, "", "[]", "{", '{"etag": 5}', "\udcff", '{"path": "x", "etag": null, "safe": "x", "boot": 0}'],
)
def test_a_part_whose_notes_are_damaged_begins_anew(with_part, notes):
    path = blob(with_part).with_name(blob(with_part).name + cache.NOTES)
    path.unlink()
    if notes is not None:
        path.write_text(notes, errors="surrogateescape")
    places, _ = run()
    assert_whole(with_part, places)
    assert ranges(with_part) == [None, None]


def test_an_etag_that_would_be_a_header_of_its_own_is_not_sent(with_part):
    path = blob(with_part).with_name(blob(with_part).name + cache.NOTES)
    notes = json.loads(path.read_text()) | {"etag": '"a"\r\nX-Evil: 1'}
    path.write_text(json.dumps(notes))
    places, _ = run()
    assert_whole(with_part, places)
    assert [request.headers.get("x-evil") for request in with_part.requests if "x-evil" in request.headers] == []


def test_after_a_power_cut_only_what_was_safe_counts(server, monkeypatch):
    """What the file system had not written yet may be zeros, at the right length."""
    monkeypatch.setattr(partial_file, "SYNC_BYTES", 64 * 1024)
    cut_at(server, 200_000)
    notes = json.loads(blob(server).with_name(blob(server).name + cache.NOTES).read_text())
    assert 64 * 1024 <= notes["safe"] <= 200_000
    with part_of(server).open("r+b") as file:
        file.seek(notes["safe"])
        file.write(bytes(200_000 - notes["safe"]))
    monkeypatch.setattr("psutil.boot_time", lambda: notes["boot"] + 3600)
    places, events = run()
    assert_whole(server, places)
    assert notices(events) == []
    assert ranges(server) == [None, f"bytes={notes['safe']}-"]


# Wrong bytes


def test_a_byte_that_was_changed_on_the_way_is_found_and_fetched_again(server):
    server.faults[WEIGHTS.path] = Fault(flip=SIZE // 2, times=1)
    places, events = run()
    assert_whole(server, places)
    assert notices(events) == [f"{WEIGHTS.path} arrived damaged; downloading it again."]
    assert ranges(server) == [None, None]


def test_a_small_file_is_checked_too(server):
    server.faults[CONFIG.path] = Fault(flip=3, times=1)
    places, events = run()
    assert_whole(server, places)
    assert len(notices(events)) == 1


def test_bytes_that_stay_wrong_are_not_kept(server):
    server.faults[WEIGHTS.path] = Fault(flip=0)
    with pytest.raises(ModelDamaged, match=r"unet/model\.safetensors is damaged") as caught:
        run()
    assert "proxy" in caught.value.hint
    assert len(server.gets(WEIGHTS.path)) == 2
    assert cache.find(WEIGHTS, server.commit(REPO)) is None
    assert not blob(server).exists()
    assert not part_of(server).exists()


@pytest.mark.parametrize("change", [b"", b"other", None])
def test_a_file_on_the_disk_that_is_wrong_is_replaced(server, change):
    run()
    data = bytearray(content(server))
    data[-1] ^= 1
    blob(server).write_bytes(data if change is None else change)
    places, events = run()
    assert_whole(server, places)
    assert notices(events) == [f"{WEIGHTS.path} on this computer is damaged; downloading it again."]
    assert len(server.gets(WEIGHTS.path)) == 2


def test_a_file_on_the_disk_that_is_wrong_is_not_found_while_it_is_replaced(server):
    run()
    blob(server).write_bytes(bytes(SIZE))
    server.faults[WEIGHTS.path] = Fault(status=404)
    with pytest.raises(DownloadFailed):
        run()
    assert cache.find(WEIGHTS) is None
    assert cache.find(CONFIG)


def test_a_blob_without_a_link_is_used(server):
    places, _ = run()
    places[WEIGHTS].unlink()
    places, _ = run()
    assert_whole(server, places)
    assert len(server.gets(WEIGHTS.path)) == 1


def test_a_blob_that_leads_out_of_the_cache_is_not_used(server, tmp_path):
    outside = tmp_path / "outside"
    outside.write_bytes(content(server))
    blob(server).parent.mkdir(parents=True)
    blob(server).symlink_to(outside)
    places, _ = run()
    assert_whole(server, places)
    assert not blob(server).is_symlink()
    assert outside.read_bytes() == content(server)


@pytest.mark.parametrize("length", [SIZE - 1, SIZE + 1, 0, 10**12])
def test_another_length_than_the_listing_s_is_an_error(server, length):
    server.faults[WEIGHTS.path] = Fault(content_length=length)
    with pytest.raises(DownloadFailed, match=f"sends {length} bytes .* the hub lists {SIZE}"):
        run()


def test_another_length_of_the_rest_is_an_error_and_the_part_is_kept(with_part):
    with_part.faults[WEIGHTS.path] = Fault(content_length=5)
    with pytest.raises(DownloadFailed, match="sends 5 bytes"):
        run()
    assert part_of(with_part).stat().st_size == SIZE // 3


def test_nothing_is_written_beyond_the_listed_size(server):
    body = content(server) + b"more" * 100_000
    server.faults[WEIGHTS.path] = Fault(body=body, headers={"Content-Length": ""})
    places, events = run()
    assert_whole(server, places)
    assert notices(events) == []


def test_what_a_server_says_is_not_shown_as_it_is(server):
    server.faults[WEIGHTS.path] = Fault(content_length="5\x1b[2J")
    with pytest.raises(DownloadFailed, match="an impossible number of bytes") as caught:
        run()
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_packed_bytes_are_refused(server, encoding):
    server.faults[WEIGHTS.path] = Fault(encoding=encoding)
    with pytest.raises(DownloadFailed, match="compressed"):
        run()


# Refusals


def test_a_gated_repository_says_which_page_to_open_before_gigabytes_come(server, monkeypatch):
    server.gated[REPO] = TOKEN
    with pytest.raises(AccessNeeded, match="need to accept the terms") as caught:
        run()
    assert f"https://huggingface.co/{REPO}" in caught.value.hint
    monkeypatch.setenv("HF_TOKEN", "another")
    with pytest.raises(AccessNeeded, match="has not accepted the terms"):
        run()
    assert server.gets(WEIGHTS.path) == []
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    places, _ = run()
    assert_whole(server, places)
    assert {request.headers.get("authorization") for request in server.requests if request.where == "cdn"} == {None}


@pytest.mark.parametrize("name", ["../evil", "..\\evil", "/tmp/evil", "C:\\evil", "a/../../../evil"])
def test_a_hostile_listing_writes_nothing(server, tmp_path, name):
    before = sorted(tmp_path.rglob("*"))
    entry = {"rfilename": name, "size": 4, "blobId": "a" * 40}
    server.listings[REPO] = {"sha": "c" * 40, "siblings": [entry]}
    for remotes in (BOTH, (Remote(REPO, name),)):
        with pytest.raises(DownloadFailed, match="refused"):
            run(remotes)
    assert sorted(tmp_path.rglob("*")) == before


# Disks


def test_too_small_a_disk_is_said_before_anything_comes(server, small_disk, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(small_disk))
    with pytest.raises(WriteFailed, match=r"needs 67 MB on the disk of .*, but only \d+ kB is free") as caught:
        run()
    assert "HF_HOME" in caught.value.hint
    assert server.gets(CONFIG.path) == []
    assert list(small_disk.iterdir()) == []


def test_the_space_that_the_caller_wants_counts_and_what_is_there_does_not(server, monkeypatch):
    class Usage:
        free = download.MARGIN + SIZE // 2 + 1000

    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage)
    with pytest.raises(WriteFailed):
        run()
    Usage.free += SIZE
    cut_at(server, SIZE // 2)
    Usage.free -= SIZE
    with pytest.raises(WriteFailed):
        run(spare=2000)
    run(spare=900)
    Usage.free = 0
    run()


def test_a_disk_that_fills_up_keeps_the_part(server, small_disk, monkeypatch):
    monkeypatch.setattr(download, "MARGIN", 0)
    monkeypatch.setenv("HF_HOME", str(small_disk))
    (server.root / REPO / WEIGHTS.path).write_bytes(random.Random(2).randbytes(30_000))
    filler = small_disk / "filler"

    def fill(event):
        if isinstance(event, Stage):
            filler.write_bytes(bytes(shutil.disk_usage(small_disk).free - 20_480))

    with pytest.raises(WriteFailed, match="The disk is full") as caught:
        fetch((WEIGHTS,), on_event=fill)
    assert "to continue" in caught.value.hint
    length = part_of(server).stat().st_size
    assert length >= 4096
    filler.unlink()
    places, _ = run((WEIGHTS,))
    assert_whole(server, places)
    assert ranges(server) == [None, f"bytes={length}-"]


def test_a_folder_that_may_not_be_written_is_said(server, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "file"))
    with pytest.raises(WriteFailed, match="could not write"):
        run()


# Several programs


def child(code, *arguments):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_DISABLE_XET": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


FETCH = """
import sys
from videoai.catalogue import Remote
from videoai.models.hub.download import fetch
remotes = [Remote(sys.argv[1], path) for path in sys.argv[2:]]
print(*fetch(remotes, on_event=lambda event: print(event, flush=True)).values(), sep="\\n")
"""


def test_two_programs_at_once_fetch_each_byte_once(server):
    hold = threading.Event()
    server.faults[WEIGHTS.path] = Fault(stall_after=100_000, hold=hold)
    first = child(FETCH, REPO, CONFIG.path, WEIGHTS.path)
    server.wait_served(WEIGHTS.path, 100_000)
    second = child(FETCH, REPO, CONFIG.path, WEIGHTS.path)
    waits = f"Another program is downloading {WEIGHTS.path}; waiting for it to finish."
    before = ""
    while waits not in before:
        line = second.stdout.readline()
        assert line, second.stderr.read()
        before += line
    hold.set()
    (said, errors), (other_said, other_errors) = first.communicate(timeout=60), second.communicate(timeout=60)
    assert (first.returncode, second.returncode) == (0, 0), errors + other_errors
    assert len(server.gets(WEIGHTS.path)) == len(server.gets(CONFIG.path)) == 1
    assert server.served(WEIGHTS.path) == SIZE
    assert waits not in said + other_said
    assert said.splitlines()[-2:] == other_said.splitlines()[-2:]


def test_a_wait_for_another_program_can_be_cancelled(server):
    def on_event(event):
        if isinstance(event, Notice):
            raise KeyboardInterrupt

    with (
        cache.lock(REPO, blob(server).name, pytest.fail),
        pytest.raises(KeyboardInterrupt),
    ):
        fetch(BOTH, on_event=on_event)


THEIRS = """
import sys
from huggingface_hub import snapshot_download, hf_hub_download
how, repo, *paths = sys.argv[1:]
if how == "each":
    print(*(hf_hub_download(repo, path) for path in paths), sep="\\n")
else:
    print(snapshot_download(repo, allow_patterns=paths))
"""
"""huggingface_hub, in a process of its own because it reads the environment when it is imported."""


def theirs(how, *paths, **environment):
    process = child(THEIRS, how, REPO, *paths)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return out.split()


@pytest.mark.parametrize("how", ["each", "snapshot"])
def test_what_huggingface_hub_fetched_is_used_without_any_transfer(server, how):
    theirs(how, CONFIG.path, WEIGHTS.path)
    assert len(server.gets(WEIGHTS.path)) == 1
    assert cache.find(WEIGHTS).read_bytes() == content(server)
    before = len(server.requests)
    places, events = run()
    assert_whole(server, places)
    assert [request.file for request in server.requests[before:]] == [LISTING]
    assert notices(events) == []


def test_what_we_fetched_is_used_by_huggingface_hub_without_any_transfer(server, monkeypatch):
    places, _ = run()
    expected = [str(places[remote]) for remote in BOTH]
    before = len(server.requests)
    assert theirs("each", CONFIG.path, WEIGHTS.path) == expected
    assert {request.method for request in server.requests[before:]} == {"HEAD"}
    assert theirs("snapshot", CONFIG.path, WEIGHTS.path) == [str(places[CONFIG].parent.parent)]
    assert len(server.gets(WEIGHTS.path)) == len(server.gets(CONFIG.path)) == 1
    server.disappear()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert theirs("each", CONFIG.path, WEIGHTS.path) == expected


def test_huggingface_hub_and_we_wait_for_each_other_s_download(server):
    hold = threading.Event()
    server.faults[WEIGHTS.path] = Fault(stall_after=100_000, hold=hold)
    other = child(THEIRS, "each", REPO, WEIGHTS.path)
    server.wait_served(WEIGHTS.path, 100_000)
    notes = []

    def on_event(event):
        if isinstance(event, Notice):
            notes.append(event.message)
            hold.set()

    places = fetch((WEIGHTS,), on_event=on_event)
    _, errors = other.communicate(timeout=60)
    assert other.returncode == 0, errors
    assert places[WEIGHTS].read_bytes() == content(server)
    assert notes == [f"Another program is downloading {WEIGHTS.path}; waiting for it to finish."]
    assert len(server.gets(WEIGHTS.path)) == 1


def test_what_was_removed_is_fetched_again(server):
    run()
    assert removal.remove(REPO, [WEIGHTS.path]) == SIZE
    places, _ = run()
    assert_whole(server, places)
    assert len(server.gets(CONFIG.path)) == 1


def test_the_hash_is_of_what_is_on_the_disk(server, monkeypatch):
    """Not of what came: a disk, or memory on the way to it, can be wrong too."""
    make_safe = partial_file.PartialDownload.make_safe

    def damage(self):
        make_safe(self)
        if self.length == SIZE and damaged.pop():
            with self.path.open("r+b") as file:
                file.write(b"\0\0\0\0")

    damaged = [False, True]
    monkeypatch.setattr(partial_file.PartialDownload, "make_safe", damage)
    places, events = run()
    assert_whole(server, places)
    assert len(notices(events)) == 1


def test_ranges_never_go_back(server):
    server.faults[WEIGHTS.path] = Fault(drop_after=30_000)
    run()
    starts = [int(text.removeprefix("bytes=").rstrip("-")) for text in ranges(server)[1:]]
    assert all(before < after for before, after in pairwise(starts))
