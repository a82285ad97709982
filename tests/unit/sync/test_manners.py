# SPDX-License-Identifier: MulanPSL-2.0
"""Which pages may travel when: by the measured line, the wish of people, the hour and the month."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from counter.infra.atomic import write_atomic
from sync.client.engine.step import Step
from sync.client.manners import TRIAL_S, LineWish, Manners, PagesNote, Polite
from sync.client.meter import Meter, Traffic
from sync.client.month import STEP, MonthMeter
from sync.protocol.policy import PagesPolicy

NOON = datetime(2026, 11, 22, 12, 0)  # noqa: DTZ001 - the counter's own hour


class Desk:
    """A line, a clock and a month that a test may set."""

    def __init__(self, wish: LineWish | None = None) -> None:
        self.traffic = Traffic(0, 0, 50_000.0, 0.0, 0.05, 3)
        self.used = 0
        self.now = NOON
        self.mono = 1000.0
        self.manners = Manners(
            wish or LineWish(),
            lambda: self.traffic,
            lambda: self.used,
            lambda: self.now,
            lambda: self.mono,
        )

    @property
    def profile(self) -> str:
        return self.manners.profile

    def goes(self, *, text_waits: bool = False) -> bool:
        return self.manners.hold_pages(text_waits=text_waits) is None


def narrow(speed: float = 3900.0, rtt_s: float = 0.6, samples: int = 3) -> Traffic:
    return Traffic(0, 0, speed, 0.0, rtt_s, samples)


def test_on_a_broad_line_pages_wait_only_for_text() -> None:
    desk = Desk()
    assert desk.profile == "broad"
    assert desk.goes()
    assert not desk.goes(text_waits=True)


def test_a_narrow_line_carries_pages_at_night_or_by_hand() -> None:
    desk = Desk()
    desk.traffic = narrow()
    assert desk.profile == "narrow"
    assert not desk.goes()
    desk.manners.by_hand()
    assert desk.goes()
    assert not desk.goes(text_waits=True), "text first, whoever pressed"
    desk.manners.pages_done()
    assert not desk.goes()
    for hour, may in ((21, False), (22, True), (5, True), (6, False)):
        desk.now = NOON.replace(hour=hour)
        assert desk.goes() == may


def test_a_narrow_line_is_tried_now_and_then_or_nobody_would_see_it_get_better() -> None:
    desk = Desk()
    desk.traffic = narrow()
    desk.mono += TRIAL_S + 1
    assert desk.goes()
    assert not desk.goes()
    desk.traffic = narrow(speed=4500.0)
    assert desk.profile == "narrow", "not clearly better"
    desk.traffic = narrow(speed=6000.0)
    assert desk.profile == "broad"


@pytest.mark.parametrize(
    ("seen", "profile"),
    [
        (narrow(samples=2), "broad"),
        (narrow(speed=50_000.0, rtt_s=0.9), "narrow"),
        (Traffic(0, 0, 0.0, 0.0), "broad"),
    ],
)
def test_the_profile_is_measured(seen: Traffic, profile: str) -> None:
    desk = Desk()
    desk.traffic = seen
    assert desk.profile == profile


def test_a_hub_on_this_machine_is_never_narrow() -> None:
    desk = Desk(LineWish(judge=False))
    desk.traffic = narrow()
    assert desk.profile == "broad"


def test_a_metered_line_carries_pages_by_hand_and_up_to_its_limit() -> None:
    desk = Desk(LineWish(metered=True, monthly_bytes=500_000_000))
    desk.now = NOON.replace(hour=23)
    assert not desk.goes(), "night costs as much as day"
    desk.manners.by_hand()
    assert desk.goes()
    desk.used = 500_000_000
    assert desk.manners.month_words() == "本月已用 500.0 MB，上限 500 MB"
    assert Desk().manners.month_words() == ""
    hold = desk.manners.hold_pages(text_waits=False)
    assert hold is not None
    assert "500 MB" in hold.words
    assert "文字照常传" in hold.words


def test_why_pages_stay_behind_is_said_in_words() -> None:
    desk = Desk()
    assert desk.manners.pages_note() is None
    desk.traffic = narrow()
    assert desk.manners.pages_note() == PagesNote("图片先不发，今晚自动发", askable=True)
    desk.manners.by_hand()
    assert desk.manners.pages_note() is None, "they are on their way"
    desk.manners.pages_done()
    desk.now = NOON.replace(hour=23)
    assert desk.manners.pages_note() is None
    paid = Desk(LineWish(metered=True, monthly_bytes=500_000_000))
    assert paid.manners.pages_note() == PagesNote("按流量计费，图片先不发", askable=True)
    paid.used = 500_000_000
    assert paid.manners.pages_note() == PagesNote("本月流量已到上限，图片先不发", askable=False)


def test_receiving_waits_for_text_on_a_narrow_line_a_minute_at_most() -> None:
    desk = Desk()
    assert desk.manners.hold_pull(text_waits=True) is None, "a broad line carries both"
    desk.traffic = narrow()
    assert desk.manners.hold_pull(text_waits=True) is not None
    assert desk.manners.hold_pull(text_waits=False) is None
    desk.mono += 61
    assert desk.manners.hold_pull(text_waits=True) is None


def test_a_polite_engine_says_why_it_waits() -> None:
    class Engine:
        def step(self) -> Step:
            return Step(more=True)

    desk = Desk()
    waits = [True, False]
    polite = Polite(Engine(), lambda: desk.manners.hold_pages(text_waits=waits.pop(0)))
    assert polite.step().held
    assert polite.step() == Step(more=True)


def test_round_trip_and_speed_are_told_apart() -> None:
    meter = Meter()
    for seconds in (0.9, 0.6, 0.7):
        meter.sent(300, seconds)
    meter.sent(8000, 2.6)
    seen = meter.traffic()
    assert seen.rtt_s == 0.6
    assert seen.up_speed == pytest.approx(4000.0)
    assert seen.samples == 1


def test_the_month_is_kept_and_begins_anew(tmp_path: Path) -> None:
    path, day = tmp_path / "traffic.json", [date(2026, 11, 22)]

    def open_month() -> MonthMeter:
        return MonthMeter(path, write_atomic, lambda: day[0])

    meter = open_month()
    meter.add(STEP)
    meter.add(10)
    assert open_month().used == STEP, "a kill leaves no more than a step uncounted"
    meter.save()
    assert open_month().used == STEP + 10
    day[0] = date(2026, 10, 1)
    assert open_month().used == STEP + 10, "a clock set back gives no second month"
    day[0] = date(2026, 12, 1)
    assert open_month().used == 0
    path.write_bytes(b"{")
    assert open_month().used == 0


@pytest.mark.expected_log("traffic of the month not written: DISK-WRITE")
def test_a_month_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    meter = MonthMeter(tmp_path / "no" / "traffic.json", write_atomic, lambda: date(2026, 11, 22))
    meter.add(STEP)
    assert meter.used == STEP


@pytest.mark.parametrize(
    ("since", "until", "goes_at"),
    [(0, 0, range(24)), (22, 6, (22, 23, 0, 5)), (12, 14, (12, 13)), (6, 6, (0, 6, 23))],
)
def test_the_centre_says_in_which_hours_pages_travel(
    since: int, until: int, goes_at: tuple[int, ...]
) -> None:
    rule = PagesPolicy(from_hour=since, until_hour=until)
    assert all(rule.open_at(hour) for hour in goes_at)
    if since != until:
        assert sum(rule.open_at(hour) for hour in range(24)) == (until - since) % 24


def test_outside_the_hours_of_the_centre_pages_go_by_hand_only() -> None:
    desk = Desk()
    desk.manners.obey(PagesPolicy(from_hour=22, until_hour=6))
    assert not desk.goes()
    note = desk.manners.pages_note()
    assert note == PagesNote("图片先不发，中心规定 22:00–次日 6:00 自动发", askable=True)
    desk.manners.by_hand()
    assert desk.goes()
    desk.manners.pages_done()
    desk.now = NOON.replace(hour=23)
    assert desk.goes()
    assert desk.manners.pages_note() is None


def test_the_limit_of_the_centre_holds_on_any_line() -> None:
    desk = Desk()
    desk.manners.obey(PagesPolicy(monthly_mb=100))
    assert desk.goes()
    assert desk.manners.month_words() == "本月已用 0.0 MB，上限 100 MB"
    desk.used = 100_000_000
    hold = desk.manners.hold_pages(text_waits=False)
    assert hold is not None
    assert hold.words.endswith("图片等下月或中心调上限")
    assert desk.manners.pages_note() == PagesNote("本月流量已到上限，图片先不发", askable=False)
    paid = Desk(LineWish(metered=True, monthly_bytes=50_000_000))
    paid.manners.obey(PagesPolicy(monthly_mb=100))
    paid.used = 60_000_000
    assert not paid.goes(), "the smaller of both"
