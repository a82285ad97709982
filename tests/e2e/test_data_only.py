# SPDX-License-Identifier: MulanPSL-2.0
"""A 47th item, a theme, a paper and a list of holidays are data: no Python is written for them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random

import pytest

from counter import catalog_cli
from counter.app.commands import NotePrint, Receipt, ReceiveCase, SaveDraft, StartDraft
from counter.app.papers.from_case import PaperWish, paper_content
from counter.app.papers.lawful import why_not
from counter.app.queries import CaseDetail
from counter.bootstrap.core import Core
from counter.domain.calendar import WorkCalendar
from counter.domain.calendar_check import problems
from counter.domain.draft import Draft
from counter.domain.papers import Print
from counter.domain.sample import generate_valid
from counter.domain.theme_parts import make_bundle
from counter.infra.catalog_files import Catalog, load_catalog
from counter.infra.paper_check import check as check_papers
from counter.infra.paper_templates import PaperTemplates
from sync.hub.handlers import backoffice, publish
from tests.fakes.clock import CHINA
from tests.fakes.township import Township
from tests.storage.site import do, page
from tests.unit import theme_kit
from ui.papers.pages import Paper, pdf_bytes
from ui.theme.fonts import text_family

ROOT = Path(__file__).resolve().parents[2]
NEW = ROOT / "tests" / "fixtures" / "data_only"
DAY = datetime(2026, 12, 28, 9, 30, tzinfo=CHINA)  # a Monday; 30 December is a local holiday
PAPER = "BUSCARD"


@dataclass(frozen=True)
class Place:
    town: Township
    core: Core
    catalog: Catalog
    templates: PaperTemplates


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the resources with the new files laid into it; nothing else is done."""
    made = tmp_path_factory.mktemp("data_only") / "resources"
    for name in ("catalog", "calendars", "documents"):
        shutil.copytree(ROOT / "resources" / name, made / name)
    for kind, into in (("items", "catalog/items"), ("themes", "catalog/themes")):
        shutil.copytree(NEW / kind, made / into, dirs_exist_ok=True)
    shutil.copytree(NEW / "calendars", made / "calendars", dirs_exist_ok=True)
    shutil.copy(NEW / "documents" / "bus_card.html", made / "documents")
    listed = json.loads((made / "documents" / "papers.json").read_text("utf-8"))
    listed["papers"].append(json.loads((NEW / "documents" / "paper.json").read_text("utf-8")))
    text = json.dumps(listed, ensure_ascii=False)
    (made / "documents" / "papers.json").write_text(text, "utf-8")
    return made


@pytest.fixture(scope="module")
def place(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The folder published at a hub and installed on a counter."""
    town = Township(tmp_path_factory.mktemp("town"), DAY)
    publish.publish(town.centre, list(publish.read_folder(folder)))
    with town.counter() as core:
        town.pull(core)
        catalog, templates = load_catalog(folder / "catalog"), PaperTemplates(folder / "documents")
        yield Place(town, core, catalog, templates)


def keep(place: Place, sample: Draft) -> Draft:
    """Make a sample the operator's own draft, every page really stored."""
    core, draft_id = place.core, str(do(place.core, StartDraft()))
    begun = core.execution.run(lambda: core.queries.draft(draft_id))
    assert begun is not None
    same = {n: getattr(begun, n) for n in ("draft_id", "case_id", "operator_id", "started_at")}
    draft = sample.model_copy(update=same)
    draft.materials = {
        key: given.model_copy(update={"pages": (page(core, key),) if given.pages else ()})
        for key, given in draft.materials.items()
    }
    assert draft.signature is not None
    draft.signature = draft.signature.model_copy(update={"page": page(core, "签字")})
    do(core, SaveDraft(draft))
    return draft


def receive(place: Place, sample: Draft) -> Receipt:
    value = do(place.core, ReceiveCase(keep(place, sample)))
    assert isinstance(value, Receipt)
    results = place.town.push(place.core)
    assert {(r.status, r.code) for r in results} == {("applied", "")}
    return value


def case(place: Place, case_id: str) -> CaseDetail:
    found = place.core.execution.run(partial(place.core.queries.case, case_id))
    assert found is not None
    return found


def decide(place: Place, case_id: str) -> None:
    place.town.carry_pages(place.core, case_id)
    backoffice.act(place.town.centre, case_id, "accept")
    backoffice.act(place.town.centre, case_id, "approve")
    place.town.pull(place.core)


def test_the_checks_find_nothing_wrong(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The 46 others have a test of their own; it takes ten times as long."""
    few, whole = tmp_path / "few", folder / "catalog"
    for name in ("dicts.json", "items/bus_card.json", "items/elder_card.json"):
        (few / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(whole / name, few / name)
    shutil.copytree(NEW / "themes", few / "themes")
    assert catalog_cli.main(["check", str(few)]) == 0
    assert "共 2 个事项，0 处错误，0 处提醒；另有 1 个一件事" in capsys.readouterr().out
    assert check_papers(folder / "documents") == []
    for file in sorted((folder / "calendars").glob("*.json")):
        assert problems(WorkCalendar.from_json(file.read_bytes())) == ()


def test_the_new_item_is_found_taken_accepted_decided_and_its_paper_printed(
    place: Place, qapp: object
) -> None:
    hits = place.core.execution.run(lambda: place.core.queries.search_items("坐车不要钱"))
    assert hits[0].item_code == "bus_card"
    item = place.catalog.items["bus_card"]
    lists, today = place.catalog.code_lists, DAY.date()
    for seed, kind in enumerate(("first", "lost"), 1):
        path = {"kind": kind, "handler": "agent" if kind == "lost" else "self"}
        sample = generate_valid(item, Random(seed), today, path=path, code_lists=lists)
        receipt = receive(place, sample)
        # 29, 31 December, 4, 5, 6 January: the local feast and New Year are both counted.
        assert (receipt.answer_due, receipt.answer_provisional) == ("2027-01-06", False)
        place.town.pull(place.core)
        assert "要在「办结·准予」时打印" in paper(place, receipt.case_id)
        decide(place, receipt.case_id)
        detail = case(place, receipt.case_id)
        assert detail.case.state == "approved"
        assert detail.case.promise_due == "2027-01-06"  # accepted on the same day
        html = paper(place, receipt.case_id)
        assert f"{sample.applicant.name} 的乘车卡已经做好" in html
        kind_of = place.templates.kind(PAPER)
        sheet = Paper(html, kind_of.title, "a4", receipt.receipt_no)
        assert pdf_bytes(sheet, text_family()).startswith(b"%PDF-")
        do(place.core, NotePrint(receipt.case_id, Print(PAPER, kind_of.title)))
        assert any(kind_of.title in e.what for e in case(place, receipt.case_id).events)


def paper(place: Place, case_id: str) -> str:
    """The new paper of a case, or why it is too early for it."""
    kind, detail = place.templates.kind(PAPER), case(place, case_id)
    item = place.core.execution.run(
        lambda: place.core.queries.item(detail.case.item_code, detail.case.item_version)
    )
    assert item is not None
    wish = PaperWish(kind=kind, qr="", printed_at=place.core.clock.now())
    hall, session = place.core.identity.hall, place.core.session
    content = paper_content(wish, detail.case, item, hall, session)
    return why_not(kind, detail.case.state, content) or place.templates.render(content)


def test_the_new_theme_takes_both_items_as_one(place: Place) -> None:
    hits = place.core.execution.run(lambda: place.core.queries.search_items("老人出门"))
    assert [(h.kind, h.item_code) for h in hits] == [("theme", "elder_travel")]
    theme = place.catalog.themes["elder_travel"]
    joined = make_bundle(theme, place.catalog.items, ("elder_card", "bus_card"))
    rng = Random(11)
    sample = theme_kit.fill(theme_kit.empty(joined, rng), joined, rng, at=DAY)
    receipt = receive(place, sample)
    assert [r.answer_due for r in receipt.together] == ["2027-01-06", "2027-01-06"]
    place.town.pull(place.core)
    for one in receipt.together:
        if case(place, one.case_id).case.state == "received":
            decide(place, one.case_id)
    states = [m.state for m in case(place, receipt.together[-1].case_id).theme]
    assert states == ["approved", "approved"]
