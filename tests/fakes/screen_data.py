# SPDX-License-Identifier: MulanPSL-2.0
"""Made-up cases, operations and people for the screens; nobody in here exists."""

import struct
import zlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from counter.app.queries import (
    CaseRow,
)
from counter.app.session import Session
from counter.domain.bodies import CaseReceived
from counter.domain.case import STATE_WORDS, CaseState
from counter.domain.catalog import FormField, FormSection, Item, Material
from counter.domain.draft import Draft
from counter.domain.masking import mask_name
from counter.domain.materials import GivenMaterial, Page
from counter.domain.people import Agent, Person
from counter.ports.keys import Hall
from counter.ports.storage import CaseRecord
from counter.ports.sync_store import OpState, OutboxRow
from ui.operations.line import LaneStatus, LineStatus

NOW = datetime.fromisoformat("2026-11-22T10:35:00+08:00")


ROOT = Path(__file__).parents[2]


NAMES = ["陈秀英", "孙伟", "周强", "王桂兰", "吴敏", "何平", "赵春花", "阿卜杜热合曼·阿卜力提普"]


ITEMS = [
    "高龄津贴",
    "医保参保登记",
    "小餐饮登记",
    "老年人优待证",
    "残疾人两项补贴",
    "个体工商户设立",
    "临时救助",
    "城乡居民基本养老保险关系跨省转移接续申请",
]


STATES = [
    (CaseState.RECEIVED, "local", "只在本机", "2026-11-27", "answer", "none"),
    (CaseState.RECEIVED, "attention", "中心退回", "2026-11-22", "answer", "red"),
    (CaseState.ACCEPTED, "centre", "中心已受理", "2026-12-04", "promise", "none"),
    (CaseState.APPROVED, "centre", "中心已受理", "", "", "none"),
    (CaseState.SUPPLEMENT, "sent", "已到中心", "", "", "none"),
    (CaseState.WITHDRAWN, "sent", "已到中心", "", "", "none"),
    (CaseState.RECEIVED, "exported", "已拷U盘", "2026-11-20", "gap", "overdue"),
    (CaseState.REFUSED, "centre", "中心已受理", "", "", "none"),
]


def _png() -> bytes:
    """A grey page of 4 × 6 dots."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        size, check = struct.pack(">I", len(data)), struct.pack(">I", zlib.crc32(kind + data))
        return size + kind + data + check

    head = struct.pack(">IIBBBBB", 4, 6, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0\xc0\xc0\xc0\xc0" * 6)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


PNG = _png()


def line_status(link: Any, words: str) -> LineStatus:
    """A picture of the line over the last hours."""
    history = tuple(
        (
            (NOW - timedelta(minutes=7 * (48 - at))).isoformat(),
            -1.0 if 12 < at < 25 else float(8 + at % 9 * 11),
        )
        for at in range(48)
    )
    lanes = (
        LaneStatus("ops", "正在发送第 1 件"),
        LaneStatus("blobs", "等文字发完", "2026-11-22T18:00:00+08:00"),
        LaneStatus(
            "pull", "中心没有及时回应，会自动再试。", "2026-11-22T10:36:00+08:00", "TIMEOUT"
        ),
    )
    cost = "文字 14 件约 1 分钟（15 KB），图片 31 页约 24 分钟（4.8 MB）"
    return LineStatus(
        link,
        words,
        "2026-11-22T08:22:00+08:00",
        lanes,
        cost,
        "图片先不发，今晚自动发" if link == "narrow" else "",
        link == "narrow",
        28.0,
        900.0,
        history,
        "与中心一致",
    )


def person(at: int) -> Person:
    """Somebody invented; the region 990123 does not exist."""
    return Person(
        name=NAMES[at % len(NAMES)],
        id_no=f"99012319461208{at % 1000:03d}X",
        mobile="13800001234",
        address="某省某市柳河镇长寿路 8 号 2 单元 301 室",
    )


def case_record(at: int) -> CaseRecord:
    """Case number `at`, the newest first."""
    state, _, _, due, kind, _ = STATES[at % len(STATES)]
    received = NOW - timedelta(minutes=9 * at)
    number = f"7K2QM-03-{received:%y%m%d}-{9999 - at % 9999:04d}-DQQ"
    who = person(at)
    pages = tuple(
        Page(blob_id=f"{at:032d}{page:032d}", size=180_000, media_type="image/png")
        for page in range(2)
    )
    body = CaseReceived(
        receipt_no=number,
        query_code="384 216",
        item_code="elder_allowance",
        item_version="2026.1",
        applicant=who,
        agent=Agent(person=person(at + 1), relation="女儿") if at % 2 == 0 else None,
        materials=(
            GivenMaterial(key="id_card", way="scanned", pages=pages, original_checked=True),
            GivenMaterial(key="bank_card", way="original_checked"),
            GivenMaterial(key="photo", way="tolerated", due="2026-12-04"),
        ),
        received_at=received.isoformat(),
        answer_due="2026-11-27",
    )
    centre = {"accepted_at": "2026-11-22", "accept_no": "SL-1"} if state == "accepted" else {}
    return CaseRecord(
        case_id=f"case-{at}",
        receipt_no=number,
        project_no="990123202611220000001" if at % 3 == 2 else "",
        item_code="elder_allowance",
        item_version="2026.1",
        item_name=ITEMS[at % len(ITEMS)],
        applicant_name=who.name,
        applicant_id_no=who.id_no,
        operator_id="op-1",
        state=state,
        rev=0,
        received_at=received.isoformat(),
        answer_due="2026-11-27",
        answer_provisional=False,
        promise_due="",
        due=due,
        due_kind=kind,
        body=body.model_dump(mode="json"),
        centre=centre,
    )


def case_row(at: int) -> CaseRow:
    """The line of case number `at`."""
    case = case_record(at)
    _, delivery, word, due, kind, level = STATES[at % len(STATES)]
    return CaseRow(
        case.case_id,
        case.received_at,
        case.receipt_no,
        case.project_no,
        mask_name(case.applicant_name),
        case.item_name,
        case.state.value,
        STATE_WORDS[case.state],
        delivery,
        word,
        due,
        kind,
        level,
    )


def outbox_row(seq: int, state: OpState = "QUEUED", **other: Any) -> OutboxRow:
    """An operation about case `seq`."""
    row = case_row(seq)
    base = OutboxRow(
        seq=seq,
        epoch=0,
        op_id=f"op-{seq}",
        op_hash="a" * 64,
        kind="case.received",
        entity_id=f"case-{seq}",
        jws="x.y.z",
        size=900 + 130 * seq,
        deadline="2026-11-27",
        not_before="",
        state=state,
        attempts=0,
        next_try_at="",
        last_code="",
        last_message="",
        blobs_pending=seq % 4,
        depends_on=(),
        title=f"{row.item_name} · {row.applicant}",
    )
    return replace(base, **other)


def item() -> Item:
    """A small service item."""
    return Item(
        item_code="elder_allowance",
        task_version="2026.1",
        task_name="高龄津贴",
        short_name="高龄津贴",
        task_type="05",
        use_level="4",
        dept_name="民政",
        by_law="—",
        project_type="2",
        accept_condition="—",
        handle_flow="—",
        anticipate_day=20,
        promise_day=10,
        link_way="0990-000000",
        supervise_way="12345",
        form=(
            FormSection(
                key="a", title="申请人", fields=(FormField(code="person.name", label="姓名"),)
            ),
        ),
        materials=(
            Material(key="id_card", material_name="居民身份证"),
            Material(key="bank_card", material_name="本人银行卡或社保卡（金融账户已激活）"),
            Material(key="photo", material_name="一寸照片", tolerable=True, tolerate_days=10),
        ),
    )


def draft(draft_id: str, name: str, step: Any) -> Draft:
    """A draft of somebody at a step."""
    return Draft(
        draft_id=draft_id,
        case_id="c",
        operator_id="op-1",
        started_at=NOW.isoformat(),
        step=step,
        applicant=Person(name=name),
        updated_at="2026-11-22T10:21:00+08:00",
    )


def two_issues() -> list[OutboxRow]:
    """One operation refused by the centre, one that waits for a decision."""
    return [
        outbox_row(
            1,
            "REJECTED",
            last_code="M204",
            last_message="该人在邻县已有有效参保",
            deadline="2026-11-27",
        ),
        outbox_row(5, "HELD", last_code="DUP-1", last_message="可能与 2 号窗重复"),
    ]


def session(*roles: str) -> Session:
    """Somebody signed in."""
    return Session(
        session_id="s",
        operator_id="op-1",
        name="张敏",
        job_no="0312",
        roles=frozenset(roles or ("clerk",)),
        authn="offline",
        signed_in_at=NOW.isoformat(),
        lease_until="2026-12-06",
    )


HALL = Hall(
    "7K2QM",
    "柳河镇便民服务中心",
    "990123",
    3,
    "3 号窗",
    "0990-000000",
    "12345",
    "柳河镇中心街 1 号",
    True,
)
