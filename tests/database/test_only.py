"""A SQLite file has one server, and a server that was killed is in nobody's way."""

import signal
import subprocess
import sys

import pytest

from app.database import only

pytestmark = [pytest.mark.quick, pytest.mark.skipif(sys.platform == "win32", reason="there is no such lock")]

HOLD = """
import sys, time
from app.database import only
with only.held(sys.argv[1], "plumbline serve"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/plumbline.sqlite3"


def test_the_second_is_told_who_holds_the_file_and_a_killed_one_holds_nothing(url, tmp_path):
    with subprocess.Popen([sys.executable, "-c", HOLD, url], stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(only.InUse) as refused, only.held(url, "plumbline serve"):
                pass
            words = str(refused.value)
            assert f"another `plumbline serve` (pid {holder.pid}) uses {tmp_path / 'plumbline.sqlite3'}" in words
            assert "PostgreSQL" in words
        finally:
            holder.send_signal(signal.SIGKILL)
    with only.held(url, "plumbline serve"):
        pass


def test_a_link_to_the_file_is_the_same_file(url, tmp_path):
    (tmp_path / "plumbline.sqlite3").touch()
    (tmp_path / "link.sqlite3").symlink_to(tmp_path / "plumbline.sqlite3")
    with only.held(url, "one"), pytest.raises(only.InUse), only.held(f"sqlite:///{tmp_path}/link.sqlite3", "two"):
        pass


def test_who_comes_after_writes_their_own_number_alone(url, tmp_path):
    (tmp_path / "plumbline.sqlite3.lock").write_text("123456789012345678901234567890 plumbline db restore\n")
    with only.held(url, "plumbline serve"):
        assert (tmp_path / "plumbline.sqlite3.lock").read_text("utf-8").endswith(" plumbline serve\n")
        assert "123456789012345678" not in (tmp_path / "plumbline.sqlite3.lock").read_text("utf-8")
    with only.held(url, "plumbline serve"):
        pass


@pytest.mark.parametrize("other", ["postgresql://h/d", "sqlite://", "sqlite:////nowhere/at/all.sqlite3"])
def test_what_has_no_file_to_share_is_not_locked(other):
    with only.held(other, "one"), only.held(other, "two"):
        pass
