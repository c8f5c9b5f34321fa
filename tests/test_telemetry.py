"""A log that cannot be written loses its lines and nothing else."""

import contextlib
import sys

import pytest

from app import telemetry

pytestmark = pytest.mark.quick


@pytest.fixture
def configured_again():
    yield
    telemetry.configure("json")


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_full_disk_under_the_log_fails_nothing_and_is_counted(log_format, monkeypatch, configured_again):
    lost = telemetry.LOG_LOST._value.get()
    full = open("/dev/full", "w", encoding="utf-8")  # noqa: SIM115  (closing it fails, as every write does)
    monkeypatch.setattr(sys, "stderr", full)
    telemetry.configure(log_format)
    telemetry.log.error("storage", code="storage.unavailable")
    monkeypatch.undo()
    with contextlib.suppress(OSError):
        full.close()
    assert telemetry.LOG_LOST._value.get() > lost


def test_a_line_that_can_be_written_is(capsys, configured_again):
    telemetry.configure("json")
    telemetry.log.info("request", method="GET")
    assert '"method": "GET"' in capsys.readouterr().err
