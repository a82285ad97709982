# SPDX-License-Identifier: MulanPSL-2.0
"""A list for 2027 as a test needs one; the real notice was not out when this was written."""

from __future__ import annotations

import datetime as dt

from counter.domain.calendar import Coverage, WorkCalendar

_OFF = {
    "元旦": ("01-01", "01-02", "01-03"),
    "春节": ("02-05", "02-06", "02-07", "02-08", "02-09", "02-10", "02-11"),
    "清明节": ("04-03", "04-04", "04-05"),
    "劳动节": ("05-01", "05-02", "05-03", "05-04", "05-05"),
    "端午节": ("06-09",),
    "中秋节": ("09-15",),
    "国庆节": ("10-01", "10-02", "10-03", "10-04", "10-05", "10-06", "10-07"),
}
_MADE_UP = ("02-14", "05-08", "10-09")


def list_of_2027(edition: int = 0) -> WorkCalendar:
    """The invented list of 2027 alone."""
    names = {dt.date.fromisoformat(f"2027-{d}"): name for name, days in _OFF.items() for d in days}
    made_up = {dt.date.fromisoformat(f"2027-{d}"): "workday" for d in _MADE_UP}
    return WorkCalendar.model_validate(
        {
            "version": "cn-2027",
            "region": "CN",
            "covers": Coverage(first=dt.date(2027, 1, 1), last=dt.date(2027, 12, 31)),
            "days": {**dict.fromkeys(names, "holiday"), **made_up},
            "names": names,
            "edition": edition,
        }
    )
