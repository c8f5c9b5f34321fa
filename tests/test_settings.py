"""Settings that cannot be meant so are refused in words, without a word of a password."""

import pytest
from pydantic import ValidationError

from app.settings import Settings, unreadable

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "expected sqlite:///"),
        ("postgresql://u:p4ss@h:54x/d", "the port is no number"),
        ("postgresql://u:p4ss@[::1/d", "the port is no number"),
        ("postgresql://u:p4@ss@h/d", "more than one @"),
        ("postgresql://u:p4@s/s@h/d", "more than one @"),
        ("postgresql://u:p4@s?s@h/d", "more than one @"),
        ("mysql://u:p4ss@h/d", "use sqlite or postgresql"),
    ],
)
def test_a_database_url_that_cannot_be_meant_so_is_refused_without_being_told(monkeypatch, url, words):
    monkeypatch.setenv("PLUMBLINE_DATABASE_URL", url)
    with pytest.raises(ValidationError) as refused:
        Settings()
    (problem,) = refused.value.errors()
    assert problem["loc"] == ("database_url",)
    assert words in problem["msg"]
    assert "p4" not in problem["msg"]


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////srv/a@b/c@d.sqlite3",
        "postgres://h/d",
        "postgresql://u:p%40ss@h:5432/d?user=a@b",
        "postgresql+psycopg://u@/d?host=/run/postgresql",
    ],
)
def test_a_database_url_that_is_well_is_taken(url):
    assert unreadable(url) is None


def test_blanks_are_no_secret(monkeypatch):
    monkeypatch.setenv("PLUMBLINE_SECRET", "   ")
    assert Settings().given_secret is None
    monkeypatch.setenv("PLUMBLINE_SECRET", " with blanks ")
    assert Settings().given_secret == " with blanks "  # noqa: S105


def test_a_log_format_that_is_none_is_told_with_those_that_are(monkeypatch):
    monkeypatch.setenv("PLUMBLINE_LOG_FORMAT", "xml")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "'console' or 'json'" in refused.value.errors()[0]["msg"]
