"""The server's secret: made once and whole, changed without loss, refused when damaged."""

import stat
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
