# SPDX-License-Identifier: MulanPSL-2.0
"""What follows in a theme (一件事) when one of its cases moved: the next ones are looked at again."""

from __future__ import annotations

from typing import Any

from counter.domain.case import FINAL, CaseState
from counter.domain.errors import DomainError
from counter.domain.theme_place import theme_status
from sync.hub.centre import Centre
from sync.hub.handlers import automatic, case_steps, deeds
from sync.hub.handlers.theme_order import members, place_of
from sync.hub.storage import cases
from sync.hub.storage.cases import CaseRow
from sync.hub.storage.engine import Tx
from sync.protocol.wire import CaseEvent


def follow(centre: Centre, tx: Tx, case: CaseRow) -> None:
    """After a case ended: decide automatically what waited for it and may go on now.

    Runs in the transaction of the step that ended it, so that no order is ever half kept.
    """
    ended = [case]
    while ended:
        earlier = ended.pop()
        if CaseState(earlier.state) not in FINAL:
            continue
        for row in cases.of_theme(tx, earlier.theme_no):
            place = place_of(row)
            if place is None or earlier.case_id not in {w.case_id for w in place.waits_for}:
                continue
            if CaseState(row.state) is CaseState.RECEIVED:
                ended.append(_again(centre, tx, row))


def _again(centre: Centre, tx: Tx, case: CaseRow) -> CaseRow:
    decided = automatic.decide(centre, tx, case, case_steps.item_of(tx, case))
    if decided.rev == case.rev:
        decided = case_steps.annotate(decided)  # its explanation may be another one now
    cases.save(tx, decided)
    case_steps.publish(centre, tx, decided)
    return decided


def release(centre: Centre, number: str, *, reason: str, by: str) -> CaseRow:
    """Set the waiting of one case aside, by name and with the reason.

    Raises:
        DomainError: OFFICE-CASE, OFFICE-REASON, THEME-FREE when it waits for nothing.
    """
    if not reason.strip():
        raise DomainError(code="OFFICE-REASON", what="放行要写明理由。", safe="办件没有改动。")
    with deeds.writing(centre, "theme.release") as (tx, deed):
        found = cases.find_any(tx, number)
        place = place_of(found[0]) if len(found) == 1 else None
        if place is None or not place.waits_for:
            what = "没有这个办件，或它不用等别的事项。"
            raise DomainError(code="THEME-FREE", what=what, safe="办件没有改动。")
        case = found[0]
        deed.about = case.case_id
        event = CaseEvent(at=centre.now(), what="放行", who=by, why=reason)
        events = [*case.view.get("events", []), event.model_dump(mode="json")]
        freed = place.model_copy(update={"released": reason}).model_dump(mode="json")
        case = case_steps.annotate(case, theme=freed, events=events)
        if CaseState(case.state) is CaseState.RECEIVED:
            case = _again(centre, tx, case)
        else:
            cases.save(tx, case)
            case_steps.publish(centre, tx, case)
        follow(centre, tx, case)
        return case


def list_themes(centre: Centre) -> list[dict[str, Any]]:
    """Return one plain row per theme: its number, its state in words, a sentence per case."""
    out = []
    with centre.database.read() as tx:
        for theme_no in cases.theme_numbers(tx):
            rows = members(tx, theme_no)
            status = theme_status(rows)
            out.append(
                {
                    "theme_no": theme_no,
                    "theme_name": rows[0].place.theme_name if rows else "",
                    "closed": status.closed,
                    "word": status.word,
                    "cases": [m.receipt_no for m in rows],
                    "lines": list(status.lines),
                }
            )
    return out
