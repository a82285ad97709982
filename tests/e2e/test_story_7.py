# SPDX-License-Identifier: MulanPSL-2.0
"""Acceptance story 7: a newborn's five items, one form; 户口 fails, the others wait or go on."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any

import pytest

from counter.app.commands import Command, Receipt, ReceiveCase, SaveDraft, StartDraft, StorePage
from counter.app.queries import CaseDetail
from counter.bootstrap import Home
from counter.domain.draft import Draft
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.materials import Page
from counter.domain.theme_place import theme_status
from counter.infra.paths import Paths
from sync.client.simulate import page_image
from sync.client.training import open_training
from sync.hub.centre import Centre
from sync.hub.commands import RESOURCES, add_parsers
from sync.hub.handlers import backoffice, publish, themes
from sync.hub.handlers.theme_order import members
from tests.contract.client.courier_pair import Pair
from tests.fakes.hub import RunningHub
from tests.fakes.keyring import FakeKeyring
from tests.unit import theme_kit
from ui.operations import papers

pytestmark = pytest.mark.slow
ITEMS = ["birth_register", "newborn_hukou", "medical_enrol", "social_card", "childcare_subsidy"]
NAME_FAULT = "姓名中的「㛃」字公安户籍系统不能登记，请改名后重新申报。"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """A counter and a hub with the whole shipped catalogue."""
    folder = tmp_path_factory.mktemp("story7")
    (folder / "stick").mkdir()
    home = Home(Paths(folder / "home"), FakeKeyring())
    with RunningHub(folder / "hub") as hub:
        publish.publish(hub.centre, list(publish.read_folder(RESOURCES)))
        hall = open_training(home, hub_url=hub.url, code=hub.code())
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


def cases_here(pair: Pair) -> int:
    return pair.core.execution.run(pair.core.queries.cases).total


def stored(pair: Pair, rng: Random, words: str) -> Page:
    page: Page = do(pair, StorePage(page_image(rng, words), "simulated"))
    return page


def newborn_draft(pair: Pair, seed: int) -> Draft:
    """One form: every page is really there."""
    rng, at = Random(seed), pair.core.clock.now()
    joined = theme_kit.bundle("newborn")
    sample = theme_kit.empty(joined, rng, residence="local")
    sample = theme_kit.fill(sample, joined, rng, at=at)
    draft_id = do(pair, StartDraft())
    begun = pair.core.execution.run(lambda: pair.core.queries.draft(draft_id))
    assert begun is not None
    same = {n: getattr(begun, n) for n in ("draft_id", "case_id", "operator_id", "started_at")}
    draft = sample.model_copy(update=same)
    draft.form = {**draft.form, "child.name": "王㛃"}
    draft.materials = {
        key: given.model_copy(update={"pages": (stored(pair, rng, key),)})
        for key, given in draft.materials.items()
    }
    assert draft.signature is not None
    signed = draft.signature.model_copy(update={"page": stored(pair, rng, "签字")})
    draft.signature = signed
    draft.duplicate_reason = "练习：同一个孩子再报一次"
    do(pair, SaveDraft(draft))
    return draft


def test_a_theme_is_found_by_what_people_call_it(pair: Pair) -> None:
    for text in ("宝宝出生", "xsecs", "xinshenger", "孩子出生"):
        hits = pair.core.execution.run(partial(pair.core.queries.search_items, text))
        assert any(h.kind == "theme" and h.item_code == "newborn" for h in hits), text


def test_an_incomplete_theme_leaves_nothing_behind(pair: Pair) -> None:
    draft = newborn_draft(pair, 11)
    draft.form = {k: v for k, v in draft.form.items() if k != "hukou.host_name"}
    before = len(pair.waiting())
    with pytest.raises(DomainError) as caught:
        do(pair, ReceiveCase(draft))
    assert caught.value.code == "INTAKE"
    assert len(pair.waiting()) == before


def test_a_fault_in_the_last_case_takes_all_of_them_back(pair: Pair) -> None:
    draft = newborn_draft(pair, 13)
    gone = Page(blob_id="0" * 64, size=9, media_type="image/jpeg")
    only_last = draft.materials["bank_card"].model_copy(update={"pages": (gone,)})
    draft.materials = {**draft.materials, "bank_card": only_last}
    before = (len(pair.waiting()), cases_here(pair))
    with pytest.raises(DomainError) as caught:
        do(pair, ReceiveCase(draft))
    assert caught.value.code == "PAGE-GONE"
    assert (len(pair.waiting()), cases_here(pair)) == before
    assert pair.core.execution.run(lambda: pair.core.queries.draft(draft.draft_id)) is not None


def test_five_items_one_form_and_a_name_that_cannot_be_registered(pair: Pair) -> None:
    receipt: Receipt = do(pair, ReceiveCase(newborn_draft(pair, 7)))
    check_numbers(pair, receipt)
    check_printed_again(pair, receipt)
    pair.online()
    pair.pull()
    by_item = dict(zip(ITEMS, receipt.together, strict=True))
    centre = pair.hub.centre
    with centre.database.read() as tx:
        arrived = {m.receipt_no for m in members(tx, receipt.theme_no)}
    # Every sub-case has arrived: no transport waits for another.
    assert arrived == {r.receipt_no for r in receipt.together}
    # The child is the applicant of its own items, the parent of the others.
    assert case(pair, by_item["medical_enrol"].case_id).case.applicant_name == "王㛃"
    refuse_hukou(centre, by_item)
    check_partial_failure(pair, by_item)
    close_all(centre, receipt.theme_no, by_item)
    pair.pull()
    ended = theme_status(case(pair, receipt.together[-1].case_id).theme)
    assert (ended.closed, ended.word) == (True, "部分没办成")
    row = next(r for r in themes.list_themes(centre) if r["theme_no"] == receipt.theme_no)
    assert (row["closed"], row["word"], len(row["lines"])) == (True, "部分没办成", 5)


def check_numbers(pair: Pair, receipt: Receipt) -> None:
    """One number for the whole, and a number and a clock for each."""
    assert receipt.theme_no == f"YJS-{receipt.receipt_no}"
    assert len(receipt.together) == len({r.receipt_no for r in receipt.together}) == 5
    assert {r.query_code for r in receipt.together} == {receipt.query_code}
    assert all(r.answer_due for r in receipt.together)
    here = case(pair, receipt.case_id)
    assert [m.item_name for m in here.theme][1].startswith("新生儿户口登记")
    assert theme_status(here.theme).word == "办理中"
    found = pair.core.execution.run(lambda: pair.core.queries.cases(text=receipt.theme_no))
    assert {row.case_id for row in found.rows} == {r.case_id for r in receipt.together}


def check_printed_again(pair: Pair, receipt: Receipt) -> None:
    """A receipt printed again from any of the cases names them all, in order."""
    last, queries = receipt.together[-1].case_id, pair.core.queries
    data = pair.core.execution.run(lambda: papers.paper_data(queries, last, None))
    assert data.theme is not None
    assert data.theme.theme_no == receipt.theme_no
    numbers = [one.receipt_no for one in data.theme.cases]
    assert numbers == [one.receipt_no for one in receipt.together]
    assert all(one.due_words for one in data.theme.cases)


def refuse_hukou(centre: Centre, by_item: dict[str, Receipt]) -> None:
    """Acceptance in time is free; the favourable decision keeps the order."""
    medical, card = by_item["medical_enrol"].receipt_no, by_item["social_card"].receipt_no
    for number in (medical, card, by_item["childcare_subsidy"].receipt_no):
        backoffice.act(centre, number, "accept")
    with pytest.raises(NotAllowedError, match="新生儿户口登记"):
        backoffice.act(centre, medical, "approve")
    hukou = by_item["newborn_hukou"].receipt_no
    backoffice.act(centre, hukou, "accept")
    backoffice.act(centre, hukou, "refuse", reason=NAME_FAULT)
    # 育儿补贴 goes on; 医保 and, behind it, 社保卡 wait.
    backoffice.act(centre, by_item["childcare_subsidy"].receipt_no, "approve")
    for number in (medical, card):
        with pytest.raises(NotAllowedError) as caught:
            backoffice.act(centre, number, "approve")
        assert caught.value.code == "THEME-WAIT"


def check_partial_failure(pair: Pair, by_item: dict[str, Receipt]) -> None:
    """The counter tells, item by item, what failed and what waits for it."""
    pair.pull()
    hukou = case(pair, by_item["newborn_hukou"].case_id)
    shown = theme_status(hukou.theme)
    assert shown.word == "办理中，有事项没办成"
    told = dict(zip(ITEMS, shown.lines, strict=True))
    assert told["newborn_hukou"].endswith("办结·不予")
    assert "没办成，等重新办好" in told["medical_enrol"]
    assert "等「城乡居民基本医疗保险参保登记」办好再决定" in told["social_card"]
    assert told["childcare_subsidy"].endswith("办结·准予")
    assert hukou.case.centre["reason"] == NAME_FAULT


def office(centre: Centre, *words: str) -> None:
    """``counter hub theme …``."""
    parser = argparse.ArgumentParser()
    add_parsers(parser)
    arguments = parser.parse_args(["theme", *words])
    assert arguments.run(centre, arguments) == 0


def close_all(centre: Centre, theme_no: str, by_item: dict[str, Receipt]) -> None:
    """The name is put right elsewhere: a person lets 医保 go, by name and with the reason."""
    medical = by_item["medical_enrol"].receipt_no
    with pytest.raises(DomainError):
        office(centre, "release", medical, "--reason", " ", "--by", "审批员")
    office(centre, "release", medical, "--reason", "已改名，派出所另案登记", "--by", "审批员")
    office(centre, "list")
    backoffice.act(centre, medical, "approve")
    backoffice.act(centre, by_item["social_card"].receipt_no, "approve")  # 医保 succeeded
    with centre.database.read() as tx:
        left = [m.receipt_no for m in members(tx, theme_no) if m.state == "received"]
    for number in left:
        backoffice.act(centre, number, "accept")
        backoffice.act(centre, number, "approve")
