"""Times go into the database aware and come out aware, whatever the zone they were given in."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, select
from sqlalchemy.exc import StatementError

from app.database.base import UtcDateTime

pytestmark = pytest.mark.quick

moments = Table("moments", MetaData(), Column("id", Integer, primary_key=True), Column("at", UtcDateTime))
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def through_the_database(moment):
    engine = create_engine("sqlite://")
    moments.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(moments), {"at": moment})
        back = connection.execute(select(moments.c.at)).scalar_one()
    engine.dispose()
    return back


@given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2100, 1, 1), timezones=zones))  # noqa: DTZ001
def test_a_time_comes_back_as_the_same_moment_in_utc(moment):
    back = through_the_database(moment)
    assert back == moment
    assert back.tzinfo is UTC


def test_no_time_comes_back_as_none():
    assert through_the_database(None) is None


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(StatementError, match="pass an aware UTC time"):
        through_the_database(datetime(2026, 11, 23, 9, 0))  # noqa: DTZ001
