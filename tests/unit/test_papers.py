# SPDX-License-Identifier: MulanPSL-2.0
"""Papers as data: checks, what is lawful, counting prints, a new paper without Python."""

import json
import shutil
from pathlib import Path

import pytest

from counter.app.papers.lawful import belongs, why_not
from counter.app.papers.prints import again, line, refusal
from counter.app.papers.sample import sample_content
from counter.app.session import Session
from counter.domain.case import CaseState
from counter.domain.errors import KnownError
from counter.domain.papers import PaperList, Print
from counter.infra.paper_check import check, names
from counter.infra.paper_templates import PaperTemplates, sample

DOCUMENTS = Path(__file__).parents[2] / "resources" / "documents"
SCHEMA = DOCUMENTS / "papers.schema.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the papers, to be spoilt or added to."""
    return Path(shutil.copytree(DOCUMENTS, tmp_path / "documents"))


def session(*roles: str, reading: bool = True) -> Session:
    return Session("s", "op", "张敏", "0312", frozenset(roles), "offline", "", "", reading)


def add(folder: Path, **paper: object) -> None:
    path = folder / "papers.json"
    listed = json.loads(path.read_text("utf-8"))
    listed["papers"].append(paper)
    path.write_text(json.dumps(listed, ensure_ascii=False), "utf-8")


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_the_papers_that_come_with_the_program_are_sound() -> None:
    assert check(DOCUMENTS) == []
    made, kept = PaperList.model_json_schema(), json.loads(SCHEMA.read_text("utf-8"))
    for schema in (made, kept):
        schema["$defs"]["CaseState"] = {}  # the life cycle's table, not the papers'
    assert made == kept, "counter papers schema > papers.schema.json"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "sup.html",
            "defect.problem",
            "defect.problm",
            "没有「problm」这个内容，是不是「problem」",
        ),
        ("rec.html", "case.query_code", "case.query_cod", "是不是「query_code」"),
        (
            "fee.html",
            "or_blank(fee_total",
            "or_blank(fee_totl",
            "没有「fee_totl」这个内容，是不是「fee_total」",
        ),
        ("next.html", "{% endfor %}", "{% endfr %}", "模板写法有错"),
        ("papers.json", '"copies"', '"copys"', "papers.0.copies"),
        ("papers.json", '"roll"', '"rool"', "sizes"),
        ("papers.json", "case.accepted_words", "case.acepted", "没有「case.acepted」这个内容"),
        ("papers.json", "rec.html", "gone.html", "gone.html: 找不到"),
        ("papers.json", '"code": "NGA"', '"code": "NAC"', "代码 NAC 写了两次"),
    ],
)
def test_an_error_of_an_author_is_said_with_its_place(
    folder: Path, file: str, old: str, new: str, said: str
) -> None:
    spoil(folder / file, old, new)
    told = [str(fault) for fault in check(folder)]
    assert any(said in one for one in told), told
    assert any(one.startswith((file, "gone.html")) for one in told)


def test_a_new_paper_needs_no_python(folder: Path) -> None:
    add(
        folder,
        code="HOME",
        title="上门服务告知单",
        template="home.html",
        copies=["申请人"],
        states=["received"],
        needs=[{"value": "agent.name", "words": "没有代理人，不用打这张。"}],
    )
    (folder / "home.html").write_text(
        '{% extends "base.html" %}{% block body %}<p>{{ applicant.name }}：'
        "{{ agent.name }}将上门，{{ case.answer_due_words }}前。</p>{% endblock %}",
        "utf-8",
    )
    assert check(folder) == []
    templates = PaperTemplates(folder)
    kind = templates.kind("HOME")
    content = sample_content(sample(folder), kind, "large")
    assert belongs(kind, CaseState.RECEIVED)
    assert not belongs(kind, CaseState.APPROVED)
    assert why_not(kind, CaseState.RECEIVED, content) == ""
    assert "陈秀英：刘芳将上门" in templates.render(content)
    values = {**sample(folder), "agent": None}
    alone = sample_content(values, kind, "a4")
    assert why_not(kind, CaseState.RECEIVED, alone) == "没有代理人，不用打这张。"


def test_a_template_with_an_unknown_name_is_refused_with_a_code(folder: Path) -> None:
    spoil(folder / "rec.html", "case.query_code", "case.query_cod")
    templates = PaperTemplates(folder)
    with pytest.raises(KnownError) as error:
        templates.render(sample_content(sample(folder), templates.kind("REC"), "a4"))
    assert error.value.code == "PAPER-TEMPLATE"


def test_each_paper_knows_when_it_is_too_early() -> None:
    templates = PaperTemplates(DOCUMENTS)
    bare = {
        key: value
        for key, value in sample(DOCUMENTS).items()
        if key not in {"supplement", "special", "decision", "delivery", "refusal", "gaps", "fees"}
    }
    wanting = {"SUP", "SPE", "SAL", "NSA", "STL", "NST", "RCH", "NAC", "NGA", "TOL", "TON", "CHG"}
    for kind in templates.kinds():
        state = kind.states[0] if kind.states else CaseState.RECEIVED
        words = why_not(kind, state, sample_content(bare, kind, kind.sizes[0]))
        assert bool(words) == (kind.code in wanting), kind.code


def test_after_the_end_a_case_keeps_the_papers_of_its_own_end() -> None:
    kinds = {kind.code: kind for kind in PaperTemplates(DOCUMENTS).kinds()}
    for state in (CaseState.DELIVERED, CaseState.RATED, CaseState.ARCHIVED):
        assert belongs(kinds["SAL"], state, "approved")
        assert not belongs(kinds["SAL"], state, "refused")
        assert belongs(kinds["NSA"], state, "refused")
        assert belongs(kinds["STL"], state, "transferred")
        assert belongs(kinds["NST"], state, "returned")
        assert belongs(kinds["NAC"], state, "not_accepted")
        assert belongs(kinds["ARC"], state, "approved")
        assert not belongs(kinds["NXT"], state, "approved")
    assert belongs(kinds["WDR"], CaseState.ARCHIVED, "withdrawn")


def test_reprints_are_counted_by_paper_and_size() -> None:
    lines = [
        line(Print("REC", "收件凭证")),
        line(Print("REC", "收件凭证", "large")),
        line(Print("REC", "收件凭证", "a4", 1)),
        line(Print("SUR", "收件凭证的补充")),
        "收件",
    ]
    assert lines[:3] == ["打印收件凭证", "打印收件凭证（大字）", "补打收件凭证第1次"]
    assert again(lines, "收件凭证", "a4") == 2
    assert again(lines, "收件凭证", "large") == 1
    assert again(lines, "收件凭证", "roll") == 0


def test_a_print_is_refused_before_it_is_made() -> None:
    kind = PaperTemplates(DOCUMENTS).kind("REC")
    assert refusal(kind, session("clerk", reading=False), 0) == ""
    assert "有效期已过" in refusal(kind, session("clerk", reading=False), 1)
    assert "岗位不能" in refusal(kind, session("auditor"), 0)


def test_every_name_for_authors_is_listed() -> None:
    listed = [path for path, _ in names()]
    assert {"case.receipt_no", "supplement.defects[].by_law", "handover.rows[].pages"} <= {*listed}
