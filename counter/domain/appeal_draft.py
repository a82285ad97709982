# SPDX-License-Identifier: MulanPSL-2.0
"""A 诉求 that is being taken: kept at every change, unchecked, until it is registered."""

from __future__ import annotations

from pydantic import Field

from counter.domain.materials import Page
from counter.domain.operations import Frozen


class AppealDraft(Frozen):
    """What the form holds.

    Attributes:
        ticket_id: Id the ticket will have; a call in danger is noted under it already.
        values: Field and what it says, as the form gives it.
        signed: The page with the person's signature or fingerprint.
        pages: Attachments.
        denied: Why words that hint at a danger are none.
    """

    ticket_id: str
    values: dict[str, str | bool] = Field(default_factory=dict)
    signed: Page | None = None
    pages: tuple[Page, ...] = ()
    denied: str = ""
