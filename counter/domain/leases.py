# SPDX-License-Identifier: MulanPSL-2.0
"""Leased serials of official numbers (号段): taken without a network, never by two (§3.5).

A range is leased once and never again, whatever became of it. Its serials have at least seven
digits, the centre's own at most six: the two never meet. See docs/adr/0010-leased-numbers.md.
"""

from __future__ import annotations

from datetime import date

from pydantic import Field

from counter.domain.numbers import TASK_CODE_LENGTH
from counter.domain.operations import Frozen

PROJECT = "project"
LEASED_FIRST = 1_000_000
LEASED_LAST = 99_999_999_999  # eleven digits: 31 + 8 + 11 = 50, what the exchange tables hold
HOLD = 200
REFILL = 50
LEASE_DAYS = 30


class NumberBlock(Frozen):
    """A range of serials one device may use in one epoch until it expires.

    Attributes:
        block_id: Name of the lease.
        series: What the serials are for; ``project`` = 办件编号.
        epoch: Epoch of the device it was leased in; of no use in another.
        first: First serial.
        last: Last serial.
        expires_at: Moment, ISO 8601 with offset, after which the device takes no more of it.
    """

    block_id: str
    series: str = PROJECT
    epoch: int = Field(ge=0)
    first: int = Field(ge=LEASED_FIRST)
    last: int = Field(le=LEASED_LAST)
    expires_at: str


class NumberBlocks(Frozen):
    """Body of a feed record of kind ``numbers``: the blocks a device holds in a series."""

    blocks: tuple[NumberBlock, ...] = ()


def leased_no(task_code: str, day: date, serial: int) -> str:
    """Return the official number of a leased serial, at most 50 characters.

    Raises:
        ValueError: the serial is not of a lease (a fault of the program).
    """
    if not LEASED_FIRST <= serial <= LEASED_LAST:
        raise ValueError("not a leased serial")
    code = task_code[:TASK_CODE_LENGTH].ljust(TASK_CODE_LENGTH, "0")
    return f"{code}{day:%Y%m%d}{serial}"
