# SPDX-License-Identifier: MulanPSL-2.0
"""Errors become words with a code, never a stack trace."""

import logging

import pytest
from pytestqt.qtbot import QtBot

from ui import notify
from ui.signals import app_signals


class DiskFullError(Exception):
    code = "STO-101"
    what = "磁盘快满了。"
    safe = "这份办件已保存。"
    todo = "请先清理或导出，再继续扫描。"


def test_an_error_with_words_keeps_them() -> None:
    told = notify.describe_error(DiskFullError())
    assert told.words == "磁盘快满了。这份办件已保存。请先清理或导出，再继续扫描。"
    assert told.code == "STO-101"


@pytest.mark.expected_log("ui: unexpected ValueError, report")
def test_an_unknown_error_gets_a_report_id_and_is_logged_without_its_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR, "ui"):
        told = notify.describe_error(ValueError("陈秀英 990123194612080011"))
    assert told.words.startswith("程序出了点问题")
    assert told.code.startswith("报告编号 ")
    assert "陈秀英" not in caplog.text
    assert told.code.split()[-1] in caplog.text


@pytest.mark.expected_log("ui: unexpected ValueError, report")
def test_the_crash_reporter_gives_the_id() -> None:
    notify.set_crash_reporter(lambda _: "R-1")
    try:
        assert notify.describe_error(ValueError()).code == "报告编号 R-1"
    finally:
        notify.set_crash_reporter(None)


def test_notices_are_posted(qtbot: QtBot) -> None:
    with qtbot.waitSignal(notify.notice_center().posted) as heard:
        notify.notify("草稿已保存在本机", "ok")
    assert heard.args is not None
    assert heard.args[0].text == "草稿已保存在本机"


def test_the_signals_are_one_object(qtbot: QtBot) -> None:
    assert app_signals() is app_signals()
    with qtbot.waitSignal(app_signals().changes):
        app_signals().changes.emit({"case"})
