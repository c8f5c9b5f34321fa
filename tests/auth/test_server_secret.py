"""The server's secret: made once and whole, changed without loss, refused when damaged."""

import errno
import os
import stat
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from datetime import timedelta

import pytest
from conftest import START
from typer.testing import CliRunner

from app.auth import server_secret, tokens
from app.auth.server_secret import SecretUnusable, accepted, rotate
from app.cli import cli
from app.main import server_secrets
from app.settings import Settings

pytestmark = pytest.mark.quick

DAY = timedelta(days=1)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "secret"


def in_force(folder, now=START, former=()):
    return accepted(folder, None, former, now)


def test_the_first_who_asks_makes_it_for_the_owner_alone_and_everybody_gets_the_same(tmp_path, file):
    (first,) = in_force(tmp_path / "new" / "data")
    assert len(first) >= server_secret.SHORTEST
    made = tmp_path / "new" / "data" / "secret"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert in_force(made.parent) == (first,)
    assert [path.name for path in made.parent.iterdir()] == ["secret"]


def test_a_secret_that_is_already_there_is_not_replaced_by_one_who_came_second(file):
    server_secret._write(file, "f" * 40, server_secret.os.link)
    with pytest.raises(FileExistsError):
        server_secret._write(file, "s" * 40, server_secret.os.link)
    assert in_force(file.parent) == (b"f" * 40,)
    assert list(file.parent.iterdir()) == [file]


def test_after_a_change_the_new_one_signs_and_the_old_one_counts_until_its_time(tmp_path):
    (old,) = in_force(tmp_path)
    until = rotate(tmp_path, START, keep=30 * DAY)
    assert until == START + 30 * DAY
    new, before = in_force(tmp_path)
    assert before == old
    assert new not in (old, b"")
    assert in_force(tmp_path, until - timedelta(seconds=1)) == (new, old)
    assert in_force(tmp_path, until) == (new,)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_changing_it_again_forgets_only_what_has_run_out(tmp_path):
    first = in_force(tmp_path)[0]
    rotate(tmp_path, START, keep=10 * DAY)
    second = in_force(tmp_path)[0]
    rotate(tmp_path, START + 5 * DAY, keep=10 * DAY)
    third = in_force(tmp_path, START + 5 * DAY)[0]
    assert in_force(tmp_path, START + 5 * DAY) == (third, second, first)
    assert in_force(tmp_path, START + 11 * DAY) == (third, second)
    rotate(tmp_path, START + 11 * DAY, keep=10 * DAY)
    assert in_force(tmp_path, START + 11 * DAY)[1:] == (third, second)
    assert first.decode() not in (tmp_path / "secret").read_text()


def test_kept_for_no_time_the_old_one_counts_no_more(tmp_path):
    old = in_force(tmp_path)[0]
    rotate(tmp_path, START, keep=0 * DAY)
    assert old not in in_force(tmp_path)


def test_kept_for_no_time_those_before_it_which_the_same_file_gave_away_count_no_more_either(tmp_path, file):
    in_force(tmp_path)
    rotate(tmp_path, START, keep=30 * DAY)
    seen = file.read_text()
    rotate(tmp_path, START + DAY, keep=0 * DAY)
    (only,) = in_force(tmp_path, START + DAY)
    assert only.decode() not in seen
    assert file.read_text() == only.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such lock")
def test_of_two_changes_at_once_one_waits_and_no_secret_is_forgotten(tmp_path, file, monkeypatch):
    first = in_force(tmp_path)[0]
    drawn, both, draw = [], threading.Barrier(2), server_secret._drawn

    def when_the_other_has_read_too():
        with suppress(threading.BrokenBarrierError):  # the other one waits outside, as it should
            both.wait(timeout=0.3)
        drawn.append(draw())
        return drawn[-1]

    monkeypatch.setattr(server_secret, "_drawn", when_the_other_has_read_too)
    monkeypatch.setattr(os, "getpid", threading.get_ident)  # as if they were two processes
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: rotate(tmp_path, START), range(2)))
    assert in_force(tmp_path) == (drawn[1].encode(), drawn[0].encode(), first)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows opens no folder")
def test_the_name_of_a_new_secret_is_on_the_disk_before_it_is_said_to_be_in_force(tmp_path, file, monkeypatch):
    in_force(tmp_path)
    deeds, sync, replace = [], os.fsync, os.replace

    def synced(descriptor):
        deeds.append("folder synced" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file synced")
        sync(descriptor)

    def named(old, new):
        deeds.append("named")
        replace(old, new)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", named)
    rotate(tmp_path, START)
    assert deeds == ["file synced", "named", "folder synced"]


def test_a_file_system_that_cannot_sync_a_folder_does_not_make_a_change_fail(tmp_path, monkeypatch):
    old = in_force(tmp_path)[0]
    sync = os.fsync

    def files_only(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(22, "Invalid argument")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", files_only)
    rotate(tmp_path, START)
    assert in_force(tmp_path)[1:] == (old,)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such lock")
@pytest.mark.parametrize(("number", "changed"), [(errno.ENOLCK, True), (errno.EIO, False)])
def test_a_file_system_without_locks_lets_a_secret_be_changed_and_one_that_fails_does_not(
    tmp_path, monkeypatch, number, changed
):
    old = in_force(tmp_path)[0]

    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", refuse)
    with nullcontext() if changed else pytest.raises(OSError, match=os.strerror(number)):
        rotate(tmp_path, START)
    assert in_force(tmp_path)[1 if changed else 0] == old


def test_a_code_given_out_before_the_change_opens_its_attempt_after_it(tmp_path):
    code = tokens.resume_code(in_force(tmp_path)[0], "A" * 16)
    rotate(tmp_path, START, keep=30 * DAY)
    later = in_force(tmp_path)
    assert tokens.attempt_of_resume_code(later, code) == "A" * 16
    assert tokens.resume_code(later[0], "A" * 16) != code
    assert tokens.attempt_of_resume_code(in_force(tmp_path, START + 31 * DAY), code) is None


@pytest.mark.parametrize(
    "damage",
    ["", "\n", "short", "x" * 31, "x" * 40 + "\nnot a time or anything", "x" * 40 + "\n2026-12-01T00:00:00Z", "é" * 40],
    ids=["empty", "blank", "short", "one too few", "no time", "no secret", "not ASCII"],
)
def test_a_damaged_file_is_refused_and_left_as_it_is(file, damage):
    file.write_text(damage, encoding="utf-8")
    for use in (in_force, lambda folder: rotate(folder, START)):
        with pytest.raises(SecretUnusable) as refused:
            use(file.parent)
        assert str(file) in refused.value.detail
        assert "x" * 31 not in refused.value.detail, "it must not be told"
    assert file.read_text(encoding="utf-8") == damage


def test_a_secret_from_the_settings_goes_before_the_file_which_is_not_even_made(tmp_path, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_SECRET", "n" * 40)
    monkeypatch.setenv("PLUMBLINE_SECRET_OLD", f"{'o' * 40} {'p' * 40}")
    settings = Settings(data=tmp_path)
    assert server_secrets(settings, START) == (b"n" * 40, b"o" * 40, b"p" * 40)
    assert list(tmp_path.iterdir()) == []
    assert "o" * 40 not in repr(settings)


def test_an_empty_variable_counts_as_unset_so_that_nobody_can_sign_with_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_SECRET", "")
    monkeypatch.setenv("PLUMBLINE_DATA", "")
    settings = Settings()
    assert settings.secret is None
    assert settings.data.is_absolute()


def test_the_command_says_until_when_the_old_one_counts_and_never_a_secret(tmp_path, monkeypatch):
    for name in ("PLUMBLINE_SECRET", "PLUMBLINE_SECRET_OLD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PLUMBLINE_DATA", str(tmp_path))
    (old,) = in_force(tmp_path)
    done = CliRunner().invoke(cli, ["secret", "rotate", "--keep-days", "7"])
    assert done.exit_code == 0, done.output
    said = (tmp_path / "secret").read_text()
    assert all(part not in done.output for line in said.splitlines() for part in line.split() if len(part) > 30)
    assert old.decode() in said
    monkeypatch.setenv("PLUMBLINE_SECRET", "n" * 40)
    refused = CliRunner().invoke(cli, ["secret", "rotate"])
    assert refused.exit_code == 2
    assert "PLUMBLINE_SECRET_OLD" in refused.output


def test_the_command_that_keeps_nothing_says_so_and_names_what_it_cannot_reach(tmp_path, monkeypatch):
    for name in ("PLUMBLINE_SECRET", "PLUMBLINE_SECRET_OLD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PLUMBLINE_DATA", str(tmp_path))
    in_force(tmp_path)
    done = CliRunner().invoke(cli, ["secret", "rotate", "--keep-days", "0"])
    assert done.exit_code == 0, done.output
    assert len((tmp_path / "secret").read_text().splitlines()) == 1
    assert "counts until" not in done.output
    assert "PLUMBLINE_SECRET_OLD" in done.output
