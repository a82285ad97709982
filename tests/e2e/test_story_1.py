# SPDX-License-Identifier: MulanPSL-2.0
"""Acceptance story 1: no line; a daughter applies for her mother, 80 next month, card expired."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from sqlalchemy import func, select

from counter.app.commands import (
    Command,
    GiveRating,
    InviteRating,
    RatingInvite,
    Receipt,
    ReceiveCase,
    SaveDraft,
    StartDraft,
    StorePage,
)
from counter.app.papers.from_case import PaperWish, paper_content
from counter.app.papers.words import day_words
from counter.app.queries import CaseDetail
from counter.bootstrap import Home
from counter.domain.bodies import CaseReceived
from counter.domain.case import CaseState
from counter.domain.checkchars import mod11_2
from counter.domain.deadlines import add_days
from counter.domain.draft import Draft
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.library import LibraryPaper
from counter.domain.materials import GivenMaterial, Page
from counter.domain.operations import verify_operation
from counter.domain.people import Person, person_key
from counter.domain.sample import generate_valid
from counter.domain.verification import recheck_reason
from counter.infra.paper_templates import PaperTemplates
from counter.infra.paths import Paths
from sync.client.simulate import page_image
from sync.client.training import open_training
from sync.hub.commands import RESOURCES
from sync.hub.handlers import backoffice, publish
from sync.hub.storage import ratings, tables
from tests.contract.client.courier_pair import Pair
from tests.fakes.hub import RunningHub
from tests.fakes.keyring import FakeKeyring
from tests.ui.papers.golden_kit import pdf_text
from tests.unit.catalog_kit import calendar, catalog, item
from ui.papers.pages import Paper

pytestmark = pytest.mark.slow
SAID = "等了两个小时，没有人管"
PATH = {"kind": "first", "handler": "agent", "age_band": "a80", "payee": "social_card"}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A counter with the shipped catalogue; the line stays down until it is used."""
    folder = tmp_path_factory.mktemp("story1")
    (folder / "stick").mkdir()
    with RunningHub(folder / "hub") as hub:
        publish.publish(hub.centre, list(publish.read_folder(RESOURCES)))
        hall = open_training(
            Home(Paths(folder / "home"), FakeKeyring()), hub_url=hub.url, code=hub.code()
        )
        core = hall.sign_in()
        try:
            yield Pair(hub, hall, core, folder / "stick")
        finally:
            core.close()


def do(pair: Pair, command: Command) -> Any:
    core = pair.core
    return core.execution.run(lambda: core.bus.handle(command, core.session)).value


def case(pair: Pair, case_id: str) -> CaseDetail:
    found = pair.core.execution.run(lambda: pair.core.queries.case(case_id))
    assert found is not None
    return found


def page(pair: Pair, words: str) -> Page:
    stored: Page = do(pair, StorePage(page_image(Random(words), words), "simulated"))
    return stored


def mother_born(today: date) -> date:
    """She will be 80 in three weeks: the item may be asked for one month ahead."""
    soon = today + timedelta(days=21)
    return soon.replace(year=soon.year - 80)


def draft_for(pair: Pair, seed: int) -> Draft:
    """A good draft of 高龄津贴 by an agent, with real pages, of some mother."""
    today, one = pair.core.clock.now().date(), item("elder_allowance")
    sample = generate_valid(one, Random(seed), today, path=PATH, code_lists=catalog().code_lists)
    draft_id = do(pair, StartDraft("A012"))
    begun = pair.core.execution.run(lambda: pair.core.queries.draft(draft_id))
    assert begun is not None
    names = ("draft_id", "case_id", "operator_id", "started_at", "queue_no")
    draft = sample.model_copy(update={n: getattr(begun, n) for n in names})
    now, clerk = pair.core.clock.now().isoformat(), pair.core.session.name
    draft.materials = {
        key: GivenMaterial(
            key=key,
            way="scanned",
            pages=(page(pair, f"{key}{seed}"),),
            original_checked=True,
            checked_by=clerk,
            checked_at=now,
        )
        for key in draft.materials
    }
    assert draft.signature is not None
    signed = {"page": page(pair, f"签字{seed}"), "signer": "agent"}
    draft.signature = draft.signature.model_copy(update=signed)
    return draft


def story_draft(pair: Pair) -> Draft:
    draft = draft_for(pair, 3)
    born = mother_born(pair.core.clock.now().date())
    body = f"990123{born:%Y%m%d}012"
    draft.applicant = Person(
        name=draft.applicant.name,
        id_no=body + mod11_2(body),
        sex="2",
        birth=born.isoformat(),
        address=draft.applicant.address,
        id_valid_to="2021-06-30",
        no_phone_reason="打女儿的电话",
        verify_method="attested",
        attested_by=("某某村村委会", "王某"),
    )
    draft.form = {**draft.form, "account.owner": draft.applicant.name}
    draft.materials["photo"] = GivenMaterial(key="photo", way="tolerated")
    # 委托书 with the mother's fingerprint, taken at the home visit.
    draft.materials["entrust"] = GivenMaterial(
        key="entrust", way="scanned", pages=(page(pair, "委托书指印"),), original_checked=True
    )
    return draft


def test_the_whole_day(pair: Pair, qapp: QApplication) -> None:
    draft = story_draft(pair)
    with pytest.raises(DomainError) as error:
        do(pair, ReceiveCase(draft))
    assert "证件已过期" in error.value.what, "an expired card asks how, it refuses nobody"
    draft.applicant.id_expired_reason = "上门核验"
    do(pair, SaveDraft(draft))
    receipt: Receipt = do(pair, ReceiveCase(draft))
    check_receipt(pair, draft, receipt)
    check_papers(pair, draft)
    check_large_print(pair, draft, receipt)
    daughter_rates(pair, receipt)
    others = [do(pair, ReceiveCase(draft_for(pair, seed))) for seed in (21, 22, 23)]
    pair.online()  # the line is back for a while
    check_text_went_first(pair)
    check_rating_arrived(pair, receipt)
    rows = {row["receipt_no"] for row in backoffice.list_cases(pair.hub.centre)}
    assert rows == {receipt.receipt_no, *(other.receipt_no for other in others)}
    check_supplement(pair, receipt)


def check_receipt(pair: Pair, draft: Draft, receipt: Receipt) -> None:
    """Five working days; only here so far; the identity stays on the list 补核验."""
    now = pair.core.clock.now()
    assert receipt.answer_due == add_days(now, 5, "workday", calendar()).date.isoformat()
    detail = case(pair, receipt.case_id)
    assert (detail.row.delivery_word, detail.case.state) == ("只在本机", CaseState.RECEIVED)
    body = CaseReceived.model_validate(detail.case.body)
    assert (body.queue_no, body.applicant.id_expired_reason) == ("A012", "上门核验")
    assert body.agent is not None
    assert recheck_reason(body.applicant, now.date()) == "身份由他人证明，要补核验"
    photo = next(row for row in body.materials if row.key == "photo")
    ten = now.date()
    for _ in range(10):
        ten = calendar().next_workday(ten)
    assert (photo.way, photo.due) == ("tolerated", ten.isoformat())
    assert draft.applicant.id_no not in receipt.qr_token


def check_papers(pair: Pair, draft: Draft) -> None:
    """The 户口簿 that was checked is B now, with clerk and time."""
    people = (person_key(draft.applicant),)
    queries = pair.core.queries
    records = pair.core.execution.run(lambda: queries.person_records("material", people))
    papers = {p.material_key: p for p in (LibraryPaper.model_validate(r.body) for r in records)}
    book = papers["hukou_book"]
    assert (book.trust, book.checked_by) == ("B", pair.core.session.name)
    assert "photo" not in papers


def check_large_print(pair: Pair, draft: Draft, receipt: Receipt) -> None:
    """The receipt in large print says it all: number, day, what is missing; not the whole ID."""
    core, detail = pair.core, case(pair, receipt.case_id)
    templates = PaperTemplates(RESOURCES / "documents")
    kind = templates.kind("REC")
    wish = PaperWish(kind, "", core.clock.now(), "large")
    hall = core.identity.hall
    one = item("elder_allowance")
    html = templates.render(paper_content(wish, detail.case, one, hall, core.session))
    told = pdf_text(Paper(html, kind.title, "large", receipt.receipt_no)).replace("\n", "")
    photo = next(m for m in one.materials if m.key == "photo")
    for words in (
        "不代表已受理",
        draft.applicant.name,
        f"{day_words(receipt.answer_due)}前",
        f"还缺 {photo.material_name}",
        "家人代交也可以",
        receipt.query_code,
    ):
        assert words.replace(" ", "") in told.replace(" ", "")
    assert draft.applicant.id_no not in told


def daughter_rates(pair: Pair, receipt: Receipt) -> None:
    """On the citizen's own surface: the clerk can neither give it nor read it."""
    core = pair.core
    invite: RatingInvite = do(pair, InviteRating(receipt.case_id))
    given = GiveRating(receipt.case_id, invite.handling, 5, ("407",), SAID)
    with pytest.raises(NotAllowedError) as caught:
        do(pair, given)
    assert caught.value.code == "RATING-SURFACE"
    core.execution.run(lambda: core.bus.handle(given, invite.session))
    told = [row for row in pair.waiting() if row.kind == "rating.given"]
    assert len(told) == 1
    payload = verify_operation(told[0].jws, core.identity.key.public_hex).body
    assert payload["sealed"]
    assert SAID not in json.dumps(payload, ensure_ascii=False)
    assert "level" not in payload


def check_text_went_first(pair: Pair) -> None:
    """Three minutes of line: all four cases are at the centre before its first scan is."""
    ops, blobs = tables.ops.c, tables.blobs.c
    with pair.hub.centre.database.read() as tx:
        cases = select(ops.received_at).where(ops.kind == "case.received")
        told = list(tx.scalars(cases))
        first = tx.scalar(select(func.min(blobs.stored_at)))
    assert len(told) == 4
    assert first is not None
    assert max(told) <= first


def check_rating_arrived(pair: Pair, receipt: Receipt) -> None:
    with pair.hub.centre.database.read() as tx:
        assert ratings.levels_of(tx, [receipt.case_id]) == {receipt.case_id: 5}
    pair.pull()
    events = [event.what for event in case(pair, receipt.case_id).events]
    assert "已评价" in events
    assert SAID not in str(case(pair, receipt.case_id).case.centre)


def check_supplement(pair: Pair, receipt: Receipt) -> None:
    """重复领取: everything is told at once, and still within the same five days."""
    missing = ("平台显示老人在外地领取高龄津贴，请补停发证明。",)
    backoffice.act(pair.hub.centre, receipt.receipt_no, "request_supplement", missing=missing)
    pair.pull()
    detail = case(pair, receipt.case_id)
    assert detail.case.state is CaseState.SUPPLEMENT
    assert tuple(detail.case.centre["missing"]) == missing
    told = max(event["at"] for event in detail.case.centre["events"])
    assert told[:10] <= receipt.answer_due
    assert detail.case.answer_due == receipt.answer_due
