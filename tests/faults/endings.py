# SPDX-License-Identifier: MulanPSL-2.0
"""Questions that are asked once, at the end of a history, when all is well again."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from counter.storage import tables as mine
from sync.hub.centre import Centre
from sync.hub.storage import feed
from sync.hub.storage import tables as theirs
from tests.faults import properties
from tests.faults.counters import Made, Site
from tests.faults.properties import CentreNow

OPEN = ("hub", "edge", "edge.backup")  # folders of a history in which a citizen's name may be read


def readable(folder: Path, words: Iterable[str]) -> Iterator[str]:
    """S14: nothing of a citizen can be read on a counter's disk, in a backup of it or on a stick.

    The centre reads what it is told, and so does an edge host, which stands under the same lock
    as the counters of its hall (ADR 12).
    """
    marks = [mark for word in words for mark in _as_written(word)]
    for path in sorted(folder.rglob("*")):
        where = path.relative_to(folder)
        data = path.read_bytes() if path.is_file() and where.parts[0] not in OPEN else b""
        if any(mark in data for mark in marks):
            yield f"S14 a citizen's data can be read in {where}"


def _as_written(word: str) -> Iterator[bytes]:
    """Yield how a word may stand in a file: as it is, in JSON, in base64 at any of its places."""
    plain = word.encode()
    yield plain
    escaped = word.encode("ascii", "backslashreplace")
    for form in {plain, escaped}:
        yield form
        for place in range(3):
            text = base64.urlsafe_b64encode(b"\0" * place + form).rstrip(b"=")
            yield text[place + 1 if place else 0 : -1]


def commits_in_order(site: Site, order: Mapping[str, int]) -> Iterator[str]:
    """S12: whatever the clock said, numbers and what is sent next are in the order of commits."""
    before: dict[int, int] = {}
    for op_id, row in properties.outbox(site).items():
        place = order.get(op_id)
        if place is None:
            continue
        if place < before.get(row.epoch, -1):
            yield f"S12 {op_id} was numbered in another order than it was committed in"
        before[row.epoch] = place


def content_agrees(site: Site, centre: Centre) -> Iterator[str]:
    """M, L3: not only the sums agree: what the feed holds is here word for word."""
    wanted: dict[tuple[str, str], Any] = {}
    with centre.database.read() as tx:
        for scope in (feed.hall_scope(site.identity.hall.hall_code), feed.REFERENCE):
            for row in feed.live(tx, scope):
                wanted[row.kind, row.entity_id] = row.body
    cases, reference = mine.cases.c, mine.reference.c
    here: dict[tuple[str, str], str] = {}
    with site.store._database.reading() as connection:
        for case in connection.execute(select(cases.case_id, cases.centre)):
            here["case", case.case_id] = case.centre
        for one in connection.execute(select(reference.kind, reference.entity_id, reference.body)):
            here[one.kind, one.entity_id] = one.body
    for (kind, entity_id), body in wanted.items():
        if kind in ("case", "operator") and body != json.loads(here.get((kind, entity_id), "{}")):
            yield f"L3 {kind} {entity_id} reads otherwise here than at the centre"


def numbers_find(centre: Centre, made: Iterable[Made], now: CentreNow) -> Iterator[str]:
    """S9: every number that was printed finds its case once the centre has it (``find_any``)."""
    n = theirs.case_numbers.c
    with centre.database.read() as tx:
        known = {(row.number, row.case_id) for row in tx.execute(select(n.number, n.case_id))}
    known |= {(case.receipt_no, case_id) for case_id, case in now.cases.items()}
    known |= {(case.project_no, case_id) for case_id, case in now.cases.items()}
    for one in made:
        stored = now.ops.get(one.op.op_id)
        if one.receipt_no and stored is not None and stored.status == "applied":
            for number in filter(None, (one.receipt_no, one.project_no)):
                if (number, one.op.entity_id) not in known:
                    yield f"S9 the printed number {number} does not find its case"
