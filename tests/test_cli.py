"""The command line as an operator meets it: quick help, clear words when it cannot start."""

import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest


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
