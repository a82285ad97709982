# SPDX-License-Identifier: MulanPSL-2.0
"""``counter calendar`` and the centre's side of it: check, preview, import; office hours."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from counter.app.commands import ReceiveCase
from counter.bootstrap import Home
from counter.bootstrap.core import Core
from counter.calendar_cli import main
from counter.domain.calendar import WorkCalendar
from sync.hub import __main__ as hub
from sync.hub.handlers import calendars
from tests.fakes.calendars import list_of_2027
from tests.fakes.clock import CHINA
from tests.fakes.hall import FakeHall
from tests.fakes.township import Township
from tests.storage.site import ZHANG, receive

SEED = Path(__file__).resolve().parents[2] / "resources" / "calendars" / "cn-2024-2026.json"
DAY = datetime(2026, 12, 28, 18, 10, tzinfo=CHINA)


@pytest.fixture
def list_file(tmp_path: Path) -> Path:
    file = tmp_path / "2027.json"
    file.write_text(list_of_2027().model_dump_json(by_alias=True), "utf-8")
    return file


def test_check_says_what_is_in_a_file(
    list_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(list_file), "--home", str(tmp_path)]) == 0
    assert "没有签名，只能检查，不能导入" in capsys.readouterr().out
    broken = list_of_2027().model_copy(update={"days": {}, "names": {}})
    list_file.write_text(broken.model_dump_json(by_alias=True), "utf-8")
    assert main(["check", str(list_file), "--home", str(tmp_path)]) == 1
    assert "2027年列了0天放假" in capsys.readouterr().err
    assert main(["check", str(tmp_path / "none"), "--home", str(tmp_path)]) == 1
    assert "CAL-FILE" in capsys.readouterr().err
    assert main(["check"]) == 2


def test_office_hours_of_the_hall_and_a_list_by_file(
    list_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town = Township(tmp_path, DAY)
    seed = WorkCalendar.from_json(SEED.read_bytes())
    body = seed.model_dump(mode="json", by_alias=True)
    town.publish(("calendar", "CN", seed.version, body))
    calendars.set_closing(town.centre, "7K2QM", calendars.closing_time("17:30"))
    with town.counter() as core:
        town.pull(core)
        late = receive(core)  # 18:10 counts as Tuesday: one working day later
        assert (late.answer_due, late.answer_provisional) == ("2027-01-05", True)
        shown = core.execution.run(core.queries.calendar_json)
        assert shown["closing"] == "17:30:00"
    town.centre.close()
    signed = tmp_path / "2027.yccal"
    data = ["--data", str(tmp_path / "hub")]
    assert hub.main([*data, "publish-calendar", str(list_file), "--out", str(signed)]) == 0
    assert hub.main([*data, "publish-calendar", str(list_file)]) == 0
    assert hub.main([*data, "hours", "off"]) == 0
    assert hub.main([*data, "hours", "half past"]) == 1
    capsys.readouterr()

    def open_core(home: Home, _wish: object) -> Core:
        del home
        return town.site.opening().sign_in(ZHANG.operator_id, ZHANG.password, None)

    where = ["--home", str(town.site.paths.home)]
    assert main(["check", str(signed), *where]) == 0
    assert "中心签发，第 2 版，签名正确" in capsys.readouterr().out
    assert main(["preview", str(signed), *where], open_core=open_core) == 0
    said = capsys.readouterr().out
    assert "1 件日期有变。" in said
    assert f"{late.receipt_no}  答复期限由 暂定2027-01-05 改为 2027-01-06" in said
    assert main(["import", str(signed), *where], open_core=open_core) == 0
    assert capsys.readouterr().out.replace("已导入；现在", "导入后") in said
    assert main(["import", str(signed), *where], open_core=open_core) == 1
    assert "CAL-SAME" in capsys.readouterr().err
    assert main(["import", str(list_file), *where], open_core=open_core) == 1
    assert "SIG-FORM" in capsys.readouterr().err


def test_without_the_rule_a_late_receipt_counts_at_once() -> None:
    hall = FakeHall()
    hall.clock.wall = datetime(2026, 11, 23, 18, 10, tzinfo=CHINA)
    hall.do(ReceiveCase(hall.ready()))
    ops = hall.store.tables.ops
    assert ops[-1][0].body["answer_due"] == "2026-11-30"
    hall.store.tables.reference["policy", "hours"] = {"closing": "17:30"}
    hall.do(ReceiveCase(hall.ready().model_copy(update={"duplicate_reason": "另一户"})))
    assert ops[-1][0].body["answer_due"] == "2026-11-30"
    assert hall.store.tables.ops[-1][0].body["answer_due"] == "2026-12-01"
