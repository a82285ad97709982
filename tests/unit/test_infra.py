# SPDX-License-Identifier: MulanPSL-2.0
"""Files, locks, logs, crash reports, settings, clocks: the floor everything stands on."""

from __future__ import annotations

import errno
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from counter.__main__ import main as counter_main
from counter.app.timekeeping import is_doubtful
from counter.domain.errors import DomainError, KnownError, NotAllowedError
from counter.domain.ids import uuid7
from counter.infra.atomic import write_atomic
from counter.infra.clock import SystemClock
from counter.infra.crash import CrashReports, install_hooks, remove_hooks
from counter.infra.logs import CATEGORIES, start_logs, stop_logs
from counter.infra.paths import Paths
from counter.infra.redaction import HIDDEN, redact
from counter.infra.settings import BY_KEY, TABLE, Settings
from counter.infra.single_instance import SingleInstance
from counter.security.os_keyring import OsKeyring, backend_is_worthless
from tests.fakes.clock import FakeClock
from tests.fakes.syncs import synced_folders


def test_ids_rise_even_when_the_clock_falls() -> None:
    ids = [uuid7() for _ in range(2000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
    assert {i[14] for i in ids} == {"7"}
    assert {i[19] for i in ids} <= set("89ab")
    assert uuid7(0x017F22E279B0).startswith("017f22e2-79b0-7")  # RFC 9562 appendix A.6


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "vault.json"
    write_atomic(path, b"old")

    def full(_fd: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KnownError) as error:
        write_atomic(path, b"new")
    assert error.value.code == "DISK-FULL"
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_files_and_folders_are_the_owners(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "home")
    paths.make()
    write_atomic(paths.vault, b"{}")
    assert oct(paths.vault.stat().st_mode)[-3:] == "600"
    assert oct(paths.journal.stat().st_mode)[-3:] == "700"


def test_the_name_of_a_new_home_survives_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything in it may be synced: without its own name it is gone (found by ``powercut``)."""
    synced = synced_folders(monkeypatch)
    Paths(tmp_path / "data" / "home").make()
    assert {tmp_path, tmp_path / "data", tmp_path / "data" / "home"} <= set(synced)


def test_the_home_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTER_HOME", str(tmp_path))
    assert Paths.default().home == tmp_path
    monkeypatch.delenv("COUNTER_HOME")
    assert Paths.default().home.name == "yichuang-counter"


def test_a_second_start_is_refused_and_a_kill_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = (
        "import sys, time; from pathlib import Path;"
        "from counter.infra.single_instance import SingleInstance;"
        f"held = SingleInstance(Path({str(path)!r})); held.take(); print('held', flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(KnownError) as error:
            SingleInstance(path).take()
        assert error.value.code == "SECOND-START"
    finally:
        other.kill()
        other.communicate()
    with SingleInstance(path):
        pass


@pytest.mark.parametrize(
    "text",
    [
        "card 990123194603080124 read",
        "card 99012319460308002X read",
        "card id990123194603080124",
        "phone 13900001234",
        "139 0000 1234 called",
        "person name='王桂兰' ok",
        '{"applicant_name": "王桂兰"}',
        "person.name=王桂兰",
        "姓名：王桂兰",
        "住址: 某某村12号",
        "account=6217000012345678901",
        "password=abc",
        "key AGE-SECRET-KEY-1ABCDEF",
    ],
)
def test_personal_data_do_not_pass(text: str) -> None:
    clean = redact(text)
    assert HIDDEN in clean
    for secret in ("王桂兰", "0124", "002X", "1234", "12号", "abc", "1ABCDEF", "8901"):
        assert secret not in clean


@pytest.mark.parametrize(
    "text",
    [
        "op 01940000-0000-7000-8000-000000000001 applied, 14 left",
        "receipt 7K2QM-03-261122-0017-X4K printed",
        f"hash {'0a1b2c3d' * 8}",
        "retry in 900 s",
    ],
)
def test_what_support_needs_stays(text: str) -> None:
    assert redact(text) == text


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Path]:
    start_logs(tmp_path)
    yield tmp_path / "counter.log"
    stop_logs()


def test_a_log_line_is_json_without_values(logs: Path) -> None:
    log = logging.getLogger("counter.devices.reader")
    try:
        raise ValueError("card 990123194603080124")
    except ValueError:
        log.info("failed for 990123194603080124", exc_info=True)
    line = json.loads(logs.read_text("utf-8"))
    assert line["category"] == "counter.devices.reader"
    assert line["error"][0] == "ValueError"
    assert "080124" not in logs.read_text("utf-8")
    assert 8 <= len(CATEGORIES) <= 12


def test_a_crash_report_has_places_and_no_values(tmp_path: Path) -> None:
    told: list[str] = []
    install_hooks(CrashReports(tmp_path, lambda: "0.1.0"), told.append)
    try:

        def broken() -> None:
            id_no = "990123194603080124"
            raise RuntimeError(f"bad {id_no}")

        thread = threading.Thread(target=broken)
        thread.start()
        thread.join()
    finally:
        remove_hooks()
    (report,) = tmp_path.iterdir()
    text = report.read_text("utf-8")
    assert told == [json.loads(text)["id"]]
    assert "broken" in text
    assert "080124" not in text


def test_a_crash_on_a_full_disk_is_still_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    logger = logging.getLogger("counter.start")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        assert CrashReports(blocked, lambda: "0").write(ValueError("x"), "main")
    finally:
        logger.setLevel(level)


def test_settings_are_one_declared_table(tmp_path: Path) -> None:
    assert len(BY_KEY) == len(TABLE)
    path = tmp_path / "settings.json"
    settings = Settings(path, write_atomic)
    assert settings.text("look.mode") == "standard"
    settings.change("look.mode", "care", frozenset({"clerk"}))
    assert Settings(path, write_atomic).text("look.mode") == "care"
    with pytest.raises(NotAllowedError):
        settings.change("lock.idle_minutes", 5, frozenset({"clerk"}))
    for value in (0, 61, "5", True):
        with pytest.raises(DomainError):
            settings.change("lock.idle_minutes", value, frozenset({"leader"}))
    settings.change("lock.idle_minutes", 5, frozenset({"leader"}))
    assert settings.number("lock.idle_minutes") == 5
    assert settings.flag("look.motion") is True
    with pytest.raises(TypeError):
        settings.text("look.motion")


@pytest.mark.parametrize("content", ["", "[]", "{", '{"look.mode": 7, "gone": 1}'])
def test_a_damaged_settings_file_falls_back(tmp_path: Path, content: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(content, "utf-8")
    assert Settings(path, write_atomic).text("look.mode") == "standard"


def test_the_clock_is_doubtful_when_it_contradicts_itself() -> None:
    clock = FakeClock()
    anchor = {"wall": clock.now().isoformat(), "boot_id": clock.boot, "mono_ms": clock.mono}

    def doubtful(centre: str = "") -> bool:
        return is_doubtful(clock.now(), clock.boot_id(), clock.mono_ms(), anchor, centre)

    clock.advance(3600)
    assert not doubtful()
    assert doubtful("2026-11-23T12:00:00+08:00")
    clock.mono += 6 * 60 * 1000
    assert doubtful()
    clock.reboot()
    assert not doubtful()
    clock.wall = clock.wall.replace(hour=1)
    assert doubtful()


def test_the_second_in_which_the_centre_answered_is_not_doubtful() -> None:
    """Found by the kill test: cases taken right after a reply were marked as doubtful."""
    clock = FakeClock()
    wall = clock.now().replace(microsecond=0)

    def doubtful(centre: datetime) -> bool:
        return is_doubtful(wall, clock.boot_id(), clock.mono_ms(), {}, centre.isoformat())

    assert not doubtful(wall.replace(microsecond=652_000))
    assert not doubtful(wall + timedelta(seconds=1))


def test_a_clock_some_seconds_behind_the_centre_is_an_ordinary_clock() -> None:
    """At each contact it stands before the centre's time; that alone is no reason for doubt."""
    clock = FakeClock()
    wall = clock.now()

    def doubtful(behind: timedelta) -> bool:
        skew_ms = -round(behind.total_seconds() * 1000)
        told = (wall + behind).isoformat()
        return is_doubtful(wall, clock.boot_id(), clock.mono_ms(), {}, told, skew_ms)

    assert not doubtful(timedelta(seconds=8))
    assert not doubtful(timedelta(minutes=4))
    assert doubtful(timedelta(minutes=6))
    ahead = is_doubtful(wall, clock.boot_id(), clock.mono_ms(), {}, "", 6 * 60 * 1000)
    assert ahead


def test_the_system_clock_never_goes_back() -> None:
    clock = SystemClock()
    before = clock.mono_ms()
    assert clock.now().utcoffset() is not None
    assert clock.mono_ms() >= before
    assert clock.boot_id() == SystemClock().boot_id()


def test_a_keyring_that_keeps_nothing_is_no_keyring() -> None:
    assert not OsKeyring().available()  # the tests run with the fail backend
    with pytest.raises(KnownError) as error:
        OsKeyring().set("x", b"y")
    assert error.value.code == "KEYRING"
    assert backend_is_worthless("keyring.backends.null", -1)
    assert backend_is_worthless("keyrings.alt.file", 0.5)
    assert not backend_is_worthless("keyring.backends.SecretService", 5)


def test_an_unknown_command_lists_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert counter_main(["nothing"]) == 64
    assert "没有「nothing」这个命令" in capsys.readouterr().err
    assert counter_main([]) == 0
    assert "用法：counter" in capsys.readouterr().out
