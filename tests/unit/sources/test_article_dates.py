"""Dates are read in the forms newsrooms write; what could mean two days is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from service.adapters.sources.articles.dates import DayOrder, read_date

KARACHI = ZoneInfo("Asia/Karachi")


def in_utc(value: str | int, order: DayOrder = DayOrder.UNKNOWN) -> str:
    return read_date(value, KARACHI, order).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2017-02-07T10:11:12Z", "2017-02-07 10:11:12"),
        ("2017-02-07T10:11:12+05:30", "2017-02-07 04:41:12"),
        ("2017-02-07T10:11:12.345-0800", "2017-02-07 18:11:12"),
        ("2017-02-07 10:11:12", "2017-02-07 05:11:12"),
        ("2017-02-07 10:11:12 UTC", "2017-02-07 10:11:12"),
        ("2017-02-07", "2017-02-06 19:00:00"),
        ("2017/2/7", "2017-02-06 19:00:00"),
        ("          2016/12/30 7:11", "2016-12-30 02:11:00"),
        ("2017.02.07", "2017-02-06 19:00:00"),
        ("Tue, 07 Feb 2017 10:11:12 GMT", "2017-02-07 10:11:12"),
        ("Tue, 07 Feb 2017 10:11:12 +0500", "2017-02-07 05:11:12"),
        ("Tue, 07 Feb 2017 10:11:12 EST", "2017-02-07 15:11:12"),
        ("7 Feb 2017", "2017-02-06 19:00:00"),
        ("7th February 2017", "2017-02-06 19:00:00"),
        ("February 7, 2017", "2017-02-06 19:00:00"),
        ("Feb. 7, 2017 at 10:11 p.m.", "2017-02-07 17:11:00"),
        ("February 7, 2017 12:05 AM", "2017-02-06 19:05:00"),
        ("25/12/2017", "2017-12-24 19:00:00"),
        ("12/25/2017", "2017-12-24 19:00:00"),
        ("02/02/2017", "2017-02-01 19:00:00"),
        (1486462272, "2017-02-07 10:11:12"),
        ("1486462272", "2017-02-07 10:11:12"),
        (1486462272345, "2017-02-07 10:11:12"),
    ],
)
def test_common_forms_are_read_in_the_sites_zone_where_they_name_none(written: str | int, utc: str) -> None:
    assert in_utc(written) == utc


def test_a_date_that_can_mean_two_days_is_refused_with_the_remedy() -> None:
    with pytest.raises(ValueError, match="can mean two days; say --day-first or --month-first"):
        read_date("07/02/2017", UTC)


def test_the_order_of_day_and_month_can_be_told() -> None:
    assert read_date("07/02/2017", UTC, DayOrder.DAY_FIRST) == datetime(2017, 2, 7, tzinfo=UTC)
    assert read_date("07/02/2017", UTC, DayOrder.MONTH_FIRST) == datetime(2017, 7, 2, tzinfo=UTC)


def test_a_day_that_contradicts_the_order_told_is_refused() -> None:
    with pytest.raises(ValueError, match="names no moment"):
        read_date("25/12/2017", UTC, DayOrder.MONTH_FIRST)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "Feb 2017",
        "10:11",
        "20170207",
        "2017-02-30",
        "2017-13-01",
        "2017-02-07 25:00",
        "2017-02-07 13:00 PM",
        "30 Feb 2017",
        "30 Feb 2017 10:00 EST",
        "2017-02-07T10:11:12+99:00",
        "0999-01-01",
        "2201-01-01",
        "7 Feb 2017 and more",
        42,
        14864622721,
    ],
)
def test_an_unreadable_or_impossible_date_is_refused(written: str | int) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_date(written, UTC)


def test_a_future_date_is_a_date() -> None:
    assert read_date("2199-12-31", UTC).year == 2199
