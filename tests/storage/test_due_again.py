# SPDX-License-Identifier: MulanPSL-2.0
"""Due-lists out of the cases this hall knows: the last time counts, a refused case does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from counter.app.queries import DueAgain
from counter.domain.case import CaseState
from counter.due_cli import lines, main
from counter.storage.store import Store
from counter.storage.unit_of_work import SqlUnitOfWork
from tests.storage.kit import Home, case_record
from tests.storage.site import ZHANG, Site, enrolled
from tests.storage.test_readers import install

TODAY = date(2026, 11, 22)
YEAR_AGO = "2025-12-05T09:00:00+08:00"


def take(
    work: SqlUnitOfWork,
    at: str,
    *,
    n: int = 1,
    code: str = "pension_alive",
    village: str = "柳河村",
    answers: dict[str, str] | None = None,
    state: CaseState = CaseState.ACCEPTED,
) -> None:
    number = f"99012319460308{n:04d}"
    made = case_record(f"case-{n}-{at}", f"R{n}{at[:10]}", "王桂兰", number, at)
    body = {**made.body, "item_code": code, "answers": answers or {}}
    body["applicant"]["address"] = f"练习县和平镇{village}"
    work.cases.add(replace(made, item_code=code, body=body, state=state, due="", due_kind=""))


def due(store: Store, days: int | None = None, place: str = "") -> tuple[DueAgain, ...]:
    return store.queries(lambda: TODAY).due_again(days, place)


def test_the_last_time_counts_and_each_item_reminds_in_its_own_time(home: Home) -> None:
    with home.open() as store:
        install(store)
        with store.unit_of_work() as work:
            take(work, "2024-12-01T09:00:00+08:00")  # done again since
            take(work, YEAR_AGO)
            take(work, "2026-06-01T09:00:00+08:00", n=2)  # far off
            take(work, "2025-11-10T09:00:00+08:00", n=3, village="槐树村")  # ran out
            take(work, YEAR_AGO, n=4, state=CaseState.WITHDRAWN)
            take(work, YEAR_AGO, n=5, code="elder_card")  # nothing to do again
            work.commit()
        found = due(store)
        assert [(one.due, one.overdue) for one in found] == [
            ("2026-11-10", True),
            ("2026-12-05", False),
        ]
        assert found[1].last == "2025-12-05"
        assert found[1].applicant != found[1].full_name == "王桂兰"
        assert [one.due for one in due(store, place="槐树")] == ["2026-11-10"]
        assert [one.due for one in due(store, days=5)] == ["2026-11-10"]
        assert len(due(store, days=365)) == 3


def test_who_left_the_scheme_is_not_visited(home: Home) -> None:
    with home.open() as store:
        install(store)
        with store.unit_of_work() as work:
            for n, kind in ((1, "death"), (2, "first")):
                take(work, YEAR_AGO, n=n, code="elder_allowance", answers={"kind": kind})
            work.commit()
        assert [one.case_id[:6] for one in due(store)] == ["case-2"]


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return enrolled(tmp_path_factory.mktemp("due"))


def test_the_list_asks_for_the_password(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = main(["--job-no", ZHANG.job_no], ask_password=lambda _: "no", home=site.home)
    assert wrong == 1
    assert main([], ask_password=lambda _: ZHANG.password, home=site.home) == 1, "which operator?"
    told = capsys.readouterr()
    assert told.out == ""
    assert "工号" in told.err
    args = ["--job-no", ZHANG.job_no, "--days", "30"]
    assert main(args, ask_password=lambda _: ZHANG.password, home=site.home) == 0
    assert capsys.readouterr().out == "共 0 人次。\n"


def test_lines_say_what_is_late() -> None:
    row = DueAgain(
        "c", "pension_alive", "养老认证", "王*兰", "王桂兰", "", "2025-11-10", "2026-10-11",
        "2026-11-10", True, "每年一次。",
    )  # fmt: skip
    assert lines([row]) == [
        "2026-11-10（已过期）  养老认证  王桂兰  住址不详  上次 2025-11-10",
        "共 1 人次，其中已过期 1。",
    ]
