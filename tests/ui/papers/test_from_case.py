# SPDX-License-Identifier: MulanPSL-2.0
"""A case as the counter keeps it fills its papers: notice, special procedure, delivery, gaps."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from counter.app.papers.content import PaperContent
from counter.app.papers.from_case import PaperWish, paper_content
from counter.app.papers.lawful import why_not
from counter.domain.case import CaseState
from counter.domain.case_life import CaseLife
from counter.infra.paper_templates import PaperTemplates
from tests.fakes.screen_data import NOW, ROOT, case_record, item
from tests.fakes.screen_desk import ScreenDesk

TEMPLATES = PaperTemplates(Path(ROOT) / "resources" / "documents")
LIFE: dict[str, Any] = {
    "notices": [
        {
            "no": 1,
            "at": "2026-11-24T09:00:00+08:00",
            "by": "op",
            "defects": [
                {"key": "id_card", "what": "照片看不清", "basis": "某办法第五条", "how": "重拍"},
                {"key": "", "what": "签名不是本人的"},
            ],
        }
    ],
    "given": ["id_card"],
    "supplied_at": "2026-11-30T09:12:00+08:00",
    "specials": [
        {
            "kind": "公示",
            "start": "2026-12-01",
            "reason": "村里公示",
            "basis": "某办法第九条",
            "approver": "李建国",
            "days": 5,
        }
    ],
    "delivery": {
        "receiver": "刘芳",
        "relation": "女儿",
        "id_no": "990123198506150010",
        "method": "agent",
        "documents": ["高龄津贴发放通知"],
        "deliverers": ["张敏", "王强"],
    },
    "outcome": "approved",
}


def filled(code: str, state: CaseState, **centre: Any) -> PaperContent:
    fake = ScreenDesk()
    life = CaseLife.model_validate(centre.get("life") or {})
    case = replace(case_record(0), state=state, centre=centre, life=life)
    wish = PaperWish(TEMPLATES.kind(code), "", datetime.fromisoformat(NOW.isoformat()))
    content = paper_content(wish, case, item(), fake.desk.hall, fake.desk.session)
    fake.close()
    return content


def test_the_notice_names_each_defect_with_its_paper_law_and_way() -> None:
    content = filled("SUP", CaseState.SUPPLEMENT, life=LIFE)
    assert content.supplement is not None
    first, second = content.supplement.defects
    assert (first.name, first.problem, first.by_law, first.how) == (
        item().materials[0].material_name,
        "照片看不清",
        "某办法第五条",
        "重拍",
    )
    assert second.problem == "签名不是本人的"
    assert second.by_law == item().by_law
    html = TEMPLATES.render(content)
    assert "已一次性告知全部内容" in html
    assert why_not(TEMPLATES.kind("SUP"), CaseState.SUPPLEMENT, content) == ""


def test_a_centre_without_a_notice_still_tells_what_is_missing() -> None:
    content = filled("SUP", CaseState.SUPPLEMENT, missing=["id_card", "别的材料"])
    assert content.supplement is not None
    assert [d.problem for d in content.supplement.defects] == ["未提交", "别的材料"]


def test_what_came_in_special_procedure_and_delivery() -> None:
    content = filled(
        "RCH",
        CaseState.APPROVED,
        life=LIFE,
        decided_at="2026-12-21T10:00:00+08:00",
        accepted_at="2026-11-30",
    )
    assert content.supplied is not None
    assert content.supplied.complete
    assert content.supplied.supplied_at == "2026年11月30日 09:12"
    assert content.special is not None
    assert (content.special.kind, content.special.approver) == ("特别程序（公示）", "李建国")
    assert content.special.new_due_words == ""
    assert content.decision is not None
    assert content.delivery is not None
    assert content.delivery.method == "代领"
    html = TEMPLATES.render(content)
    assert "■代领" in html
    assert "990123198506150010" not in html


def test_gaps_steps_and_masked_numbers() -> None:
    content = filled("NXT", CaseState.RECEIVED)
    assert [gap.due_words for gap in content.gaps] == ["2026年12月4日（周五）"]
    assert [step.when for step in content.steps] == [
        "2026年12月4日（周五）前",
        "最晚2026年11月27日（周五）",
    ]
    for kind in TEMPLATES.kinds():
        if kind.about == "case":
            html = TEMPLATES.render(filled(kind.code, CaseState.RECEIVED, life=LIFE))
            assert case_record(0).applicant_id_no not in html


def test_an_old_catalogue_version_is_said_on_the_paper() -> None:
    fake = ScreenDesk()
    wish = PaperWish(TEMPLATES.kind("REC"), "", NOW, newest_version="2027.1")
    content = paper_content(wish, case_record(0), item(), fake.desk.hall, fake.desk.session)
    fake.close()
    assert "是收件时的版本（现行 2027.1），本件仍按收件时的版本办理" in TEMPLATES.render(content)
