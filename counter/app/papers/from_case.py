# SPDX-License-Identifier: MulanPSL-2.0
"""Fills a paper's content from a case as the counter keeps it and the centre answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from counter.app.papers.content import (
    AgentPart,
    CasePart,
    CatalogPart,
    FeePart,
    GapPart,
    ItemPart,
    PaperContent,
    PersonPart,
    PledgePart,
    RatingPart,
    ThemePart,
)
from counter.app.papers.from_centre import CentreParts, centre_parts
from counter.app.papers.head import bare_paper
from counter.app.papers.next_steps import next_steps
from counter.app.papers.parts import material_part
from counter.app.papers.words import ID_WORDS, PROJECT, UNIT, day_words, moment_words
from counter.app.session import Session
from counter.domain.bodies import CaseReceived
from counter.domain.case import STATE_WORDS
from counter.domain.catalog import Item
from counter.domain.masking import mask_id, mask_phone
from counter.domain.papers import PaperKind, SheetSize
from counter.domain.people import Person
from counter.domain.ratings import RatingTables
from counter.ports.keys import Hall
from counter.ports.storage import CaseRecord


@dataclass(frozen=True)
class PaperWish:
    """Which paper, in which size, the how-manieth print; ``qr`` is a picture's data URL."""

    kind: PaperKind
    qr: str
    printed_at: datetime
    size: SheetSize = "a4"
    reprint_no: int = 0
    newest_version: str = ""  # of the item, where the counter knows
    also: tuple[str, ...] = ()  # 您可能还能办: told with the receipt
    theme: ThemePart | None = None  # the receipt is for all cases of a 一件事
    ratings: RatingTables | None = None  # levels and reasons of a 纸质评价单


def person_part(person: Person) -> PersonPart:
    """Return a person with masked numbers."""
    phone = mask_phone(person.mobile) if person.mobile else person.no_phone_reason or "未留"
    if person.mobile and person.phone_owner:
        phone += f"（{person.phone_owner}的）"
    return PersonPart(
        person.name, ID_WORDS.get(person.id_type, "其他证件"), mask_id(person.id_no), phone
    )


def _agent(body: CaseReceived) -> AgentPart | None:
    if body.agent is None:
        return None
    who, agent = person_part(body.agent.person), body.agent
    return AgentPart(
        who.name,
        who.id_type,
        who.id_masked,
        who.phone,
        relation=agent.relation,
        powers=agent.powers,
        valid_to_words=day_words(agent.valid_to),
    )


def promise_words(item: Item) -> str:
    """Return the promised time, e.g. ``22个工作日内办结``."""
    if item.promise_day == 0:
        return "当场办结"
    return f"{item.promise_day}{UNIT[item.promise_type]}内办结"


def item_part(item: Item) -> ItemPart:
    """Return what papers say of the item."""
    fees = "；".join(f"{f.fee_name}：{f.fee_stand}" for f in item.fees)
    return ItemPart(
        name=item.task_name,
        task_code=item.task_code,
        dept_name=item.dept_name,
        by_law=item.by_law,
        licence_law=item.licence_law,
        project_type_word=PROJECT[item.project_type],
        promise_words=promise_words(item),
        fee_words=fees if item.is_fee else "不收费",
        result_name=item.result_name or "办理结果",
        delivery_words="窗口领取，可由家人代领",
        handle_flow=item.handle_flow,
    )


def case_part(case: CaseRecord, body: CaseReceived, centre: dict[str, Any]) -> CasePart:
    """Return what papers say of the case; the centre's facts only where the centre said them."""
    reason, life = str(centre.get("reason") or ""), case.life
    own = case.promise_due if life.accept_day else ""  # accepted here, the centre has not said yet
    return CasePart(
        receipt_no=case.receipt_no,
        received_at=moment_words(body.received_at),
        query_code=body.query_code,
        project_no=case.project_no,
        state_word=STATE_WORDS[case.state],
        answer_due_words=day_words(body.answer_due),
        answer_provisional=body.answer_provisional,
        accept_no=str(centre.get("accept_no") or case.project_no),
        accepted_words=day_words(life.accept_day or str(centre.get("accepted_at") or "")),
        deemed=any(paper.move == "deem" for paper in life.papers) or case.state.value == "deemed",
        promise_words=day_words(str(centre.get("promise_date") or own)),
        promise_provisional=bool(centre.get("promise_provisional")),
        queue_no=body.queue_no,
        withdraw_reason=reason if "withdrawn" in {life.outcome, case.state.value} else "",
    )


def _gaps(body: CaseReceived, item: Item) -> tuple[GapPart, ...]:
    rows = {m.key: m for m in item.materials}
    found = []
    for given in body.materials:
        if given.way == "tolerated":
            row = rows.get(given.key)
            name = row.material_name if row else given.key
            stand = row.accept_stand if row else ""
            found.append(GapPart(name, day_words(given.due), stand))
    return tuple(found)


def _pledges(body: CaseReceived, item: Item) -> tuple[PledgePart, ...]:
    rows = {m.key: m for m in item.materials}
    keys = [given.key for given in body.materials if given.way == "promised"]
    return tuple(
        PledgePart(rows[key].material_name, rows[key].by_law, rows[key].promise_text)
        for key in keys
        if key in rows
    )


def _fees(item: Item) -> tuple[FeePart, ...]:
    return tuple(FeePart(f.fee_name, f.fee_stand, "", f.fee_basis) for f in item.fees)


def _rating(tables: RatingTables) -> RatingPart:
    return RatingPart(
        levels=tuple(one.name for one in tables.levels),
        reasons=tuple(one.name for one in tables.reasons),
        low=tuple(one.name for one in tables.levels if one.low),
    )


def _catalog(wish: PaperWish, case: CaseRecord) -> CatalogPart:
    newer = wish.newest_version if wish.newest_version != case.item_version else ""
    return CatalogPart(case.item_version, newer)


def paper_content(
    wish: PaperWish, case: CaseRecord, item: Item, hall: Hall, clerk: Session
) -> PaperContent:
    """Return everything the template may use."""
    kind = wish.kind
    body = CaseReceived.model_validate(case.body)
    parts: CentreParts = centre_parts(kind, case, item, hall)
    part = case_part(case, body, case.centre)
    gaps = _gaps(body, item)
    bare = bare_paper(kind, wish.size, hall, clerk, wish.printed_at)
    return replace(
        bare,
        reprint_no=wish.reprint_no,
        qr=wish.qr if kind.qr else "",
        doc_no=parts.doc_no,
        catalog=_catalog(wish, case),
        item=item_part(item),
        case=part,
        applicant=person_part(body.applicant),
        agent=_agent(body),
        materials=tuple(material_part(m, item) for m in body.materials if m.way != "missing"),
        gaps=gaps,
        pledges=_pledges(body, item),
        supplement=parts.supplement,
        supplied=parts.supplied,
        refusal=parts.refusal,
        special=parts.special,
        decision=parts.decision,
        delivery=parts.delivery,
        fees=_fees(item),
        theme=wish.theme,
        rating=_rating(wish.ratings) if wish.ratings else None,
        also=wish.also,
        steps=next_steps(part, bare.hall, gaps, parts.supplement, parts.decision),
    )
