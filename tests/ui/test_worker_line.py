# SPDX-License-Identifier: MulanPSL-2.0
"""What the line says on the screen: troubles that look alike are told apart, clocks are honest."""

from datetime import timedelta

import pytest

from counter.ports.sync_store import QueueCounts
from sync.client.link import LinkMonitor
from sync.client.meter import Meter
from sync.client.outcomes import (
    DeviceRefused,
    Dns,
    EpochOld,
    Offline,
    Outcome,
    Portal,
    Proxy,
    TlsBad,
    TlsClock,
    WrongKey,
)
from sync.client.status import SyncStatus
from tests.fakes.screen_data import NOW
from ui.models.words import link_words
from ui.operations.line import LineStatus
from ui.status_parts import clock_part, link_part
from ui.worker_line import picture, skew_words


def told(outcome: Outcome, ahead: timedelta | None = None) -> LineStatus:
    monitor = LinkMonitor(lambda: 1000.0, lambda: None)
    monitor.failed(outcome)
    counts = QueueCounts(0, 0, 0, 0, 0, 0, "")
    traffic = Meter().traffic()
    seen = SyncStatus(True, False, monitor.view(), (), counts, traffic, (), "", 0, 0, ahead=ahead)
    return picture(seen, NOW, 1000.0)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (Portal("先认证", detail="S302"), "网络被拦"),
        (Proxy("要密码", detail="PROXY-AUTH"), "代理不通"),
        (Dns("没有地址"), "找不到中心"),
        (TlsBad("不可信"), "证书不可信"),
        (WrongKey("不是中心"), "对方不是中心"),
        (TlsClock("对不上"), "本机时间不对"),
        (DeviceRefused("停用"), "中心不认本机"),
        (Offline("断了"), "离线"),
    ],
)
def test_each_trouble_has_its_own_word(outcome: Outcome, words: str) -> None:
    status = told(outcome)
    assert link_words(status)[1] == words
    assert status.words == outcome.words
    assert link_part(status, NOW).words.startswith(words)
    refused = isinstance(outcome, DeviceRefused)
    assert (status.link == "refused") == refused  # only the centre itself can refuse


def test_a_new_epoch_is_taken_by_itself_and_asks_for_nobody() -> None:
    status = told(EpochOld("正在自动换新编号。"))
    assert (status.link, link_words(status)) == ("checking", ("neutral", "正在换新编号"))


def test_the_clock_is_not_called_right_when_it_may_be_wrong() -> None:
    assert clock_part(told(Offline("断")), NOW).words == "时钟 10:35"
    assert clock_part(told(TlsClock("对不上")), NOW).words == "时钟 10:35 不准"
    assert "不准" in clock_part(told(Offline("断"), timedelta(minutes=7)), NOW).words
    assert skew_words(None) == ""
    assert skew_words(timedelta(seconds=-0.3)) == "与中心一致"
    assert skew_words(timedelta(seconds=-12)) == "与中心差 12.0 秒"
    assert skew_words(timedelta(minutes=7)) == "比中心慢 7 分钟，请核对电脑的日期和时间"
