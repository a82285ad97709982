# SPDX-License-Identifier: MulanPSL-2.0
"""What the centre may set for its counters (§4, §6): feed records of kind ``policy``, one a name.

A value outside its bounds is refused at the centre and passed over by the counter, which then goes
on with its own: no policy can stop a counter or make it lose anything.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field, ValidationError

from counter.domain.operations import Frozen
from sync.protocol.wire import PUSH_MAX_OPS


class PushPolicy(Frozen):
    """How much a counter sends at once."""

    max_ops: int = Field(default=PUSH_MAX_OPS, ge=1, le=PUSH_MAX_OPS)


class LeasePolicy(Frozen):
    """How long operators may read offline, in days."""

    days: int = Field(default=14, ge=1, le=90)


class CataloguePolicy(Frozen):
    """From which age on the catalogue of a counter is called old, in days."""

    age_days: int = Field(default=30, ge=1, le=365)


class VersionPolicy(Frozen):
    """The oldest program the centre wants, and what to say to older ones; they go on working."""

    minimum: str = Field(default="", max_length=20)
    words: str = Field(default="", max_length=200)


class SpreadPolicy(Frozen):
    """Over how many seconds counters are spread when they all come at once, after an outage (§9).

    At most the longest pause a counter makes by itself: a longer wish would not be kept.
    """

    window_s: int = Field(default=60, ge=1, le=900)


class AssignmentPolicy(Frozen):
    """For how many days a case that a counter took over is its work."""

    days: int = Field(default=7, ge=1, le=60)


class PagesPolicy(Frozen):
    """When pages may travel by themselves, and what a counter may send a month; text always may.

    Attributes:
        from_hour: First hour of the day, by the counter's own clock.
        until_hour: Hour it ends, the next day when it is not later; the same = at any hour.
        monthly_mb: Megabytes a month and counter behind which pages wait, 0 = no limit.
    """

    from_hour: int = Field(default=0, ge=0, le=23)
    until_hour: int = Field(default=0, ge=0, le=23)
    monthly_mb: int = Field(default=0, ge=0, le=1_000_000)

    def open_at(self, hour: int) -> bool:
        """Tell whether pages may travel in this hour."""
        since = (hour - self.from_hour) % 24
        return since < ((self.until_hour - self.from_hour) % 24 or 24)


POLICIES: dict[str, type[Frozen]] = {
    "push": PushPolicy,
    "lease": LeasePolicy,
    "catalogue": CataloguePolicy,
    "version": VersionPolicy,
    "spread": SpreadPolicy,
    "assignment": AssignmentPolicy,
    "pages": PagesPolicy,
}
# Those that may differ by hall: a record of this name in the hall's scope goes before the general.
OF_HALL = {"pages": "pages@hall"}


def checked(name: str, body: dict[str, Any]) -> Frozen | None:
    """Return a policy, ``None`` when its name or a value is not one we know."""
    model = POLICIES.get(name)
    if model is None:
        return None
    try:
        return model.model_validate(body)
    except ValidationError:
        return None
