# SPDX-License-Identifier: MulanPSL-2.0
"""What a hall learns about people: checked papers, published to all its counters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from counter.domain.authorisation import Authorisation
from counter.domain.library import LibraryPaper, better
from sync.hub.centre import Centre
from sync.hub.storage import feed, people
from sync.hub.storage.engine import Tx

MATERIAL = "material"


def keep_papers(centre: Centre, tx: Tx, hall_code: str, papers: Iterable[LibraryPaper]) -> None:
    """Put papers into the hall's library; an unchecked copy never replaces a checked one."""
    given = [(paper.paper_id, paper) for paper in papers]
    there = people.find_all(tx, hall_code, MATERIAL, [name for name, _ in given])
    now = centre.now()
    for name, paper in given:
        rev, body = there.get(name, (0, {}))
        old = LibraryPaper.model_validate(body) if rev else None
        kept = better(old, paper)
        if kept != old:
            there[name] = (rev + 1, kept.model_dump(mode="json"))
            _put(tx, hall_code, _Record(MATERIAL, name, *there[name], now))


def keep_authorisation(centre: Centre, tx: Tx, hall_code: str, found: Authorisation | None) -> None:
    """Keep a lasting authorisation that a case brought."""
    if found is not None:
        body = found.model_dump(mode="json")
        put(centre, tx, hall_code, "authorisation", found.authorisation_id, body)


def put(
    centre: Centre, tx: Tx, hall_code: str, kind: str, entity_id: str, body: dict[str, Any]
) -> int:
    """Keep a record and tell every counter of the hall; return its revision."""
    found = people.find(tx, hall_code, kind, entity_id)
    rev = found[0] + 1 if found else 1
    _put(tx, hall_code, _Record(kind, entity_id, rev, body, centre.now()))
    return rev


@dataclass(frozen=True)
class _Record:
    kind: str
    entity_id: str
    rev: int
    body: dict[str, Any]
    at: str


def _put(tx: Tx, hall_code: str, one: _Record) -> None:
    people.put(tx, hall_code, one.kind, one.entity_id, one.body, rev=one.rev)
    change = feed.Change(
        feed.hall_scope(hall_code),
        one.kind,
        one.entity_id,
        one.rev,
        one.body,
        one.at,
        new=one.rev == 1,
    )
    feed.put(tx, change)
