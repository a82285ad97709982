# SPDX-License-Identifier: MulanPSL-2.0
"""A list of holidays that came by the centre's feed; the caller owns the transaction."""

from __future__ import annotations

import logging
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from counter.app.calendars import install_calendar
from counter.domain.calendar import WorkCalendar
from counter.domain.errors import CounterError
from counter.storage.cases import SqlCases
from counter.storage.in_force import region_of
from counter.storage.repositories import SqlReference

log = logging.getLogger("counter.storage")


def take_calendar(connection: Connection, body: dict[str, Any], at: str) -> None:
    """Put the list into force with everything that follows from it.

    The feed repeats old versions when a scope is pulled anew, and a file may have been quicker: a
    list that is not newer changes nothing. One that cannot be right is left out, so that it does
    not hold up what comes behind it; the centre refuses to publish such a list.
    """
    try:
        calendar = WorkCalendar.model_validate(body)
        install_calendar(
            SqlReference(connection),
            SqlCases(connection),
            calendar,
            region=region_of(connection),
            at=at,
        )
    except ValidationError:
        log.warning("a calendar of the feed has an unknown form")
    except CounterError as error:
        if error.code != "CAL-SAME":
            log.warning("calendar of the feed not taken: %s", error.code)
