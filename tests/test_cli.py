"""The command line as an operator meets it: quick help, clear words when it cannot start."""

import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from unittest.mock import Mock

import pytest

import app.cli
from app.database import only


def plumbline(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"PLUMBLINE_DATABASE_URL": "nonsense"}, "PLUMBLINE_DATABASE_URL"),
        ({"PLUMBLINE_DATABASE_URL": "postgresql+psycopg://127.0.0.1/none"}, "PLUMBLINE_DATABASE_URL"),
        ({"PLUMBLINE_DATABASE_URL": "sqlite:////nowhere/at/all.sqlite3"}, "PLUMBLINE_DATABASE_URL"),
    ],
)
def test_a_server_that_cannot_start_says_why_and_exits_2(tmp_path, environment, words):
    done = plumbline("serve", "--port", "0", PLUMBLINE_DATA=str(tmp_path), **environment)
    assert done.returncode == 2
    assert "cannot start" in done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_data_folder_that_is_a_file_is_named(tmp_path):
    file = tmp_path / "file"
    file.touch()
    done = plumbline("serve", "--port", "0", PLUMBLINE_DATA=str(file))
    assert done.returncode == 2
    assert str(file) in done.stderr
    assert "Traceback" not in done.stderr


def test_help_does_not_load_the_engine():
    code = "import sys; sys.argv = ['plumbline', '--help']\ntry:\n import app.cli; app.cli.main()\n"
    code += "except SystemExit: pass\n"
    loaded = subprocess.run(
        [sys.executable, "-c", code + "print('LOADED', 'numpy' in sys.modules, 'fastapi' in sys.modules)"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert loaded.stdout.rstrip().endswith("LOADED False False")


def test_a_port_that_is_in_use_is_said_before_anything_is_made(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = plumbline("serve", "--port", str(port), PLUMBLINE_DATA=str(tmp_path / "data"))
    assert done.returncode == 2
    assert f"127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_host_that_is_not_ours_is_said(tmp_path):
    done = plumbline("serve", "--host", "192.0.2.1", "--port", "0", PLUMBLINE_DATA=str(tmp_path / "data"))
    assert done.returncode == 2
    assert "cannot listen on 192.0.2.1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_leaves_a_database_of_a_newer_version_alone(data_folder):
    file = data_folder / "plumbline.sqlite3"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("update alembic_version set version_num = 'ffffffffffff'")
    before = file.read_bytes()
    done = plumbline("serve", "--port", "0", PLUMBLINE_DATA=str(data_folder))
    assert done.returncode == 2
    assert "ffffffffffff" in done.stderr
    assert "Traceback" not in done.stderr
    assert file.read_bytes() == before


def test_a_damaged_secret_keeps_the_server_from_starting(data_folder):
    (data_folder / "secret").write_text("")
    done = plumbline("serve", "--port", "0", PLUMBLINE_DATA=str(data_folder))
    assert done.returncode == 2
    assert f"{data_folder / 'secret'} is damaged" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_a_command_makes_is_for_its_owner_alone(tmp_path):
    tmp_path.chmod(0o755)
    assert plumbline("db", "upgrade", PLUMBLINE_DATA=str(tmp_path)).returncode == 0
    assert plumbline("db", "backup", PLUMBLINE_DATA=str(tmp_path)).returncode == 0
    made = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(made) >= 2
    assert [file.name for file in made if file.stat().st_mode & 0o077] == []


def test_a_server_that_is_stopped_as_soon_as_it_says_its_address_ends_with_0(data_folder):
    environment = {**os.environ, "PLUMBLINE_DATA": str(data_folder)}
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        while "Plumbline: http" not in server.stderr.readline():
            pass
        server.terminate()
        try:
            assert server.wait(20) == 0
        finally:
            server.kill()


def test_a_second_server_on_the_same_sqlite_file_is_refused_and_one_after_a_kill_is_not(data_folder):
    environment = {**os.environ, "PLUMBLINE_DATA": str(data_folder)}
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0"]
    for _ in range(2):  # the second of these begins right after the first was killed
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:
            try:
                assert server.stderr is not None
                while "Plumbline: http" not in (line := server.stderr.readline()):
                    assert line, "it ended"
                second = plumbline("serve", "--port", "0", PLUMBLINE_DATA=str(data_folder))
                assert second.returncode == 2
                assert f"another `plumbline serve` (pid {server.pid}) uses" in second.stderr
                assert "Traceback" not in second.stderr
            finally:
                server.kill()


def test_a_backup_is_not_restored_under_a_server(data_folder, tmp_path):
    backup = tmp_path / "backup.sqlite3"
    (data_folder / "plumbline.sqlite3").rename(backup)
    url = f"sqlite:///{data_folder}/plumbline.sqlite3"
    with only.held(url, "plumbline serve"):
        refused = plumbline("db", "restore", str(backup), PLUMBLINE_DATA=str(data_folder))
    assert refused.returncode == 2
    assert f"(pid {os.getpid()})" in refused.stderr
    assert not (data_folder / "plumbline.sqlite3").exists()
    assert plumbline("db", "restore", str(backup), PLUMBLINE_DATA=str(data_folder)).returncode == 0


REFUSED = "postgresql://someone:s3cretw0rd@127.0.0.1:1/none"


@pytest.mark.parametrize(
    ("url", "command", "words"),
    [
        ("postgresql://someone:s3cretw0rd@h:54x/d", ("bank", "publish"), "the port is no number"),
        ("postgresql://someone:s3cret@w0rd@h/d", ("serve", "--port", "0"), "more than one @"),
        ("mysql://someone:s3cretw0rd@h/d", ("serve", "--port", "0"), "use sqlite or postgresql"),
        ("nonsense", ("db", "upgrade"), "expected sqlite:///"),
        (REFUSED, ("bank", "publish"), "are host, port, user and password right?"),
        (REFUSED, ("db", "upgrade"), "are host, port, user and password right?"),
        (REFUSED, ("task", "list"), "are host, port, user and password right?"),
        (REFUSED, ("serve", "--port", "0"), "are host, port, user and password right?"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_in_words_by_every_command(tmp_path, url, command, words):
    done = plumbline(*command, PLUMBLINE_DATA=str(tmp_path), PLUMBLINE_DATABASE_URL=url)
    assert done.returncode == 2
    assert words in done.stderr
    assert "PLUMBLINE_DATABASE_URL" in done.stderr
    for never in ("Traceback", "s3cret", "w0rd", "pip install"):
        assert never not in done.stdout + done.stderr


@pytest.mark.parametrize("command", [("bank", "publish"), ("serve", "--port", "0")])
def test_a_missing_driver_is_told_with_how_to_install_it(tmp_path, command):
    (tmp_path / "psycopg.py").write_text("raise ModuleNotFoundError(\"No module named 'psycopg'\", name='psycopg')")
    done = plumbline(
        *command,
        PYTHONPATH=os.pathsep.join((str(tmp_path), str(Path(__file__).resolve().parent.parent))),
        PLUMBLINE_DATA=str(tmp_path),
        PLUMBLINE_DATABASE_URL="postgresql://h/d",
    )
    assert done.returncode == 2
    assert "[postgres]" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_made_is_told_in_words(tmp_path):
    (tmp_path / "file").touch()
    for command in (("bank", "publish"), ("db", "upgrade")):
        done = plumbline(*command, PLUMBLINE_DATA=str(tmp_path / "file" / "data"))
        assert done.returncode == 2
        assert str(tmp_path / "file" / "data") in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(13, "Permission denied", "/somewhere"), "Permission denied: /somewhere\n"),
        (sqlite3.OperationalError("unable to open database file"), "cannot be used: unable to open database file"),
        (ModuleNotFoundError("No module named 'numpy'", name="numpy"), "install Plumbline again"),
    ],
)
def test_what_the_outside_does_to_a_command_is_one_line_and_2(monkeypatch, capsys, error, words):
    monkeypatch.setattr("app.cli.cli", Mock(side_effect=error))
    with pytest.raises(SystemExit) as ended:
        app.cli.main()
    said = capsys.readouterr().err
    assert (ended.value.code, said.count("\n")) == (2, 1)
    assert words in said


def test_a_fault_of_ours_is_not_hidden(monkeypatch):
    monkeypatch.setattr("app.cli.cli", Mock(side_effect=RuntimeError("ours")))
    with pytest.raises(RuntimeError):
        app.cli.main()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_an_upgrade_in_a_folder_that_is_read_only_is_told_in_words(data_folder):
    with closing(sqlite3.connect(data_folder / "plumbline.sqlite3")) as connection, connection:
        connection.execute("pragma journal_mode=delete")
        connection.execute("update alembic_version set version_num = 'd11d42aa64fe'")
    data_folder.chmod(0o500)
    try:
        done = plumbline("db", "upgrade", PLUMBLINE_DATA=str(data_folder))
    finally:
        data_folder.chmod(0o700)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_server_starts_with_settings_that_are_odd_and_says_what_is_odd_about_them(data_folder):
    odd = {
        "PLUMBLINE_DATABSE_URL": "x",
        "PLUMBLINE_BASE_URL": "https://skills.example.org/plumbline",
        "PLUMBLINE_BANKS": str(data_folder / "none"),
        "PLUMBLINE_SECRET": "s3cretw0rd",
    }
    command = [sys.executable, "-m", "app.cli", "serve", "--port", "0"]
    environment = {**os.environ, "PLUMBLINE_DATA": str(data_folder), **odd}
    said = []
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            while "Plumbline: http" not in (line := server.stderr.readline()):
                assert line, "".join(said)
                said.append(line)
        finally:
            server.kill()
    warned = [line for line in said if line.startswith("warning: ")]
    for words in ("Did you mean PLUMBLINE_DATABASE_URL?", "more than a host", "no folder", "10 characters"):
        assert any(words in line for line in warned), (words, said)
    assert len(warned) == 4
    assert "s3cretw0rd" not in "".join(said)


def test_an_address_that_is_none_keeps_the_server_from_starting(tmp_path):
    done = plumbline("serve", "--port", "0", PLUMBLINE_DATA=str(tmp_path), PLUMBLINE_BASE_URL="skills.example.org")
    assert done.returncode == 2
    assert "cannot start: PLUMBLINE_BASE_URL is no address" in done.stderr
    assert list(tmp_path.iterdir()) == []
