"""The limits of the groups a process is in, as the kernel and containers really lay them out."""

from __future__ import annotations

import pytest

from tests.system.trees import GIB, MIB, v1, v2, write
from videoai.system.cgroups import own_groups, vmstat_kills


def limits(root):
    return [group.limit() for group in own_groups(root)]


def test_version_2_groups_come_from_the_inside_out(tmp_path):
    groups = {"/a/b": {"memory.max": 3 * GIB}, "/a": {"memory.max": "max"}, "": {"cgroup.procs": ""}}
    assert limits(v2(tmp_path, groups, "/a/b")) == [3 * GIB, None, None]


def test_version_1_groups_are_those_of_the_memory_controller(tmp_path):
    none = 9223372036854771712
    groups = {"/a/b": {"memory.limit_in_bytes": none}, "/a": {"memory.limit_in_bytes": 2 * GIB}}
    groups |= {"/wrong": {"memory.limit_in_bytes": MIB}, "": {"memory.limit_in_bytes": none}}
    assert limits(v1(tmp_path, groups, "/a/b")) == [None, 2 * GIB, None, None]


def test_a_container_that_sees_only_its_own_group(tmp_path):
    """Docker without a namespace of its own: the path is the host's, the mount shows that very group."""
    mount = "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory"
    groups = {"": {"memory.limit_in_bytes": GIB}, "/in": {"memory.limit_in_bytes": GIB // 2}}
    assert limits(v1(tmp_path / "at", groups, "/docker/abc", mount))[0] == GIB
    assert limits(v1(tmp_path / "in", groups, "/docker/abc/in", mount))[:2] == [GIB // 2, GIB]


def test_a_group_above_the_namespace_is_seen_as_the_mounted_one(tmp_path):
    groups = {"": {"memory.max": GIB}, "/inner": {"memory.max": 5}}
    assert limits(v2(tmp_path, groups, "/../../elsewhere")) == [GIB]


def test_slowing_counts_as_a_limit_in_version_2(tmp_path):
    assert limits(v2(tmp_path, {"/a": {"memory.max": 4 * GIB, "memory.high": 3 * GIB}}, "/a"))[0] == 3 * GIB


@pytest.mark.parametrize(
    ("lay", "total", "stat"),
    [
        (v2, "memory.current", "anon 900\nactive_file 200\ninactive_file 100\nfile 350"),
        (v1, "memory.usage_in_bytes", "active_file 1\ninactive_file 1\ntotal_active_file 200\ntotal_inactive_file 100"),
    ],
)
def test_cached_files_are_not_counted_as_used(tmp_path, lay, total, stat):
    root = lay(tmp_path, {"/a": {total: 1300, "memory.stat": stat}}, "/a")
    assert own_groups(root)[0].used() == 1000


def test_kills_are_counted(tmp_path):
    root = v2(tmp_path / "2", {"/a": {"memory.events": "low 0\noom 7\noom_kill 3\noom_group_kill 0"}}, "/a")
    assert own_groups(root)[0].kills() == 3
    root = v1(tmp_path / "1", {"/a": {"memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2"}}, "/a")
    assert own_groups(root)[0].kills() == 2
    assert vmstat_kills(write(root, {"/proc/vmstat": "nr_free_pages 12\noom_kill 5"})) == 5


def test_a_mount_point_with_a_space(tmp_path):
    mount = r"30 23 0:26 / /my\040groups rw - cgroup2 cgroup2 rw"
    root = write(v2(tmp_path, {}, "/a", mount), {"/my groups/a/memory.max": GIB})
    assert limits(root)[0] == GIB


@pytest.mark.parametrize("text", ["", "garbage", "0::/", "5:memory", ":::", "0::/gone"])
def test_nothing_to_see_is_no_limit(tmp_path, text):
    root = write(tmp_path, {"/proc/self/cgroup": text, "/proc/self/mountinfo": "x\n1 2 3 - \n"})
    assert own_groups(root) == []
    assert own_groups(tmp_path / "absent") == []
    assert vmstat_kills(tmp_path / "absent") is None
