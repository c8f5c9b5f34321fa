"""The command line as an operator meets it: quick help, clear words when it cannot start."""

import os
import subprocess
import sys

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
