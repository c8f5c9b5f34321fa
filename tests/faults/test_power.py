"""No acknowledged answer is lost when the power fails; and the disk of the trial does lose what was not synced."""

import random

import pytest
from faults import power
from faults.disk_model import SECTOR, Disk, Inode, Truncate, Write, put, survivors

pytestmark = pytest.mark.sqlite


def test_nothing_acknowledged_is_lost_in_a_power_cut(published_file, tmp_path):
    figures = power.run(published_file, tmp_path, cuts=60)
    assert figures.is_sound, figures
    assert figures.cuts == 60
    assert figures.promises > 1000
    assert figures.in_checkpoint > 0, "no cut fell into a checkpoint"
    assert 0 < figures.torn < figures.cuts


def test_the_trial_loses_answers_where_commits_are_not_synced(published_file, tmp_path):
    figures = power.run(published_file, tmp_path, cuts=15, synchronous="NORMAL", checkpoint_pages=[10_000])
    assert figures.lost > 0, figures
    assert figures.corrupt == 0, "in WAL mode what is left is a whole prefix"


def test_the_trial_finds_a_corrupt_file_where_nothing_is_synced(published_file, tmp_path):
    figures = power.run(published_file, tmp_path, cuts=30, synchronous="OFF", checkpoint_pages=[6])
    assert figures.lost > 0, figures
    assert figures.corrupt > 0, figures


def test_a_clean_cut_leaves_what_was_synced_and_nothing_else():
    disk = Disk(lambda _disk: None)
    synced = Inode(bytearray(b"old"), [Write(0, b"new")])
    disk.kept["a"] = disk.seen["a"] = synced
    disk.moves = [("b", Inode(bytearray(), [Write(0, b"made")])), ("a", None)]
    assert survivors(disk, random.Random(1), is_torn=False) == {"a": b"old"}
    synced.sync()
    disk.sync_folder()
    assert survivors(disk, random.Random(1), is_torn=False) == {"b": b""}


def test_a_torn_cut_leaves_sectors_of_before_and_after():
    old, new = bytes(4 * SECTOR), b"n" * 4 * SECTOR
    found = set()
    for seed in range(200):
        disk = Disk(lambda _disk: None)
        disk.kept["a"] = Inode(bytearray(old), [Write(0, new)])
        found.add(survivors(disk, random.Random(seed), is_torn=True)["a"])
    assert {old, new} < found
    mixed = [one for one in found if len(set(one)) == 2 and b"n" in one]
    assert mixed, "no write was ever kept in part"


def test_writes_beyond_the_end_and_truncations_change_a_file_as_a_disk_would():
    content = bytearray(b"abc")
    put(content, Write(5, b"x"))
    assert content == b"abc\0\0x"
    put(content, Truncate(2))
    assert content == b"ab"
    put(content, Truncate(4))
    assert content == b"ab\0\0"
