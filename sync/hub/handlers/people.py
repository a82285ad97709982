# SPDX-License-Identifier: MulanPSL-2.0
"""What a hall learns about people: checked papers, published to all its counters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from counter.domain.authorisation import Authorisation
from counter.domain.library import LibraryPaper, better
from sync.hub.centre import Centre
from sync.hub.storage import feed, people
from sync.hub.storage.engine import Tx

MATERIAL = "material"


def keep_papers(centre: Centre, tx: Tx, hall_code: str, papers: Iterable[LibraryPaper]) -> None:
    """Put papers into the hall's library; an unchecked copy never replaces a checked one."""
    for paper in papers:
        found = people.find(tx, hall_code, MATERIAL, paper.paper_id)
        old = LibraryPaper.model_validate(found[1]) if found else None
        kept = better(old, paper)
        if kept != old:
            put(centre, tx, hall_code, MATERIAL, paper.paper_id, kept.model_dump(mode="json"))


def keep_authorisation(centre: Centre, tx: Tx, hall_code: str, found: Authorisation | None) -> None:
    """Keep a lasting authorisation that a case brought."""
    if found is not None:
        body = found.model_dump(mode="json")
        put(centre, tx, hall_code, "authorisation", found.authorisation_id, body)


def put(
    centre: Centre, tx: Tx, hall_code: str, kind: str, entity_id: str, body: dict[str, Any]
) -> int:
    """Keep a record and tell every counter of the hall; return its revision."""
    rev = people.put(tx, hall_code, kind, entity_id, body)
    scope = feed.hall_scope(hall_code)
    feed.put(tx, feed.Change(scope, kind, entity_id, rev, body, centre.now()))
    return rev
