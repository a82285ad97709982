# SPDX-License-Identifier: MulanPSL-2.0
"""A small hall: an item, a calendar, a device, a session, and a draft ready for 收件."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

from counter.app.bus import Bus
from counter.app.commands import Command, Done, StartDraft, StorePage
from counter.app.handlers.registry import all_handlers
from counter.app.session import Session
from counter.app.work import Surroundings
from counter.devices.images import normalise
from counter.devices.simulator import SimulatedCamera
from counter.domain.catalog import FormField, FormSection, Item, Material
from counter.domain.draft import Draft, Signature
from counter.domain.materials import GivenMaterial, Page
from counter.domain.people import Person
from counter.domain.signing import SigningKey, sign_json
from counter.infra.service_files import shipped_tables
from counter.ports.keys import DeviceIdentity, EnrolmentFacts, Hall
from counter.security.receipts import CERT_TYP, DeviceReceiptSigner
from tests.fakes.clock import FakeClock
from tests.fakes.storage import FakeBlobFiles, FakeStore

CENTRE_KEY = SigningKey.from_seed("centre-1", b"c" * 32)
DEVICE_KEY = SigningKey.from_seed("device-key-1", b"d" * 32)
DEVICE_ID = "01940000-0000-7000-8000-000000000001"
HALL = Hall(
    hall_code="7K2QM",
    name="某某镇便民服务中心",
    region="990123",
    counter_no=3,
    window_name="3号窗",
    phone="0990-1230000",
    supervise_phone="0990-1230001",
    training=True,
)
CALENDAR = {
    "version": "2026",
    "region": "CN",
    "covers": {"from": "2026-01-01", "to": "2026-12-31"},
    "days": {"2026-10-01": "holiday"},
}


def certificate(key: SigningKey = DEVICE_KEY, device_id: str = DEVICE_ID) -> str:
    """A device certificate as the centre issues it."""
    return sign_json(
        {
            "device_id": device_id,
            "kid": key.kid,
            "public_key": key.public_hex,
            "hall_code": HALL.hall_code,
            "counter_no": HALL.counter_no,
            "issued_at": "2026-11-01T08:00:00+08:00",
            "epoch": 1,
        },
        CENTRE_KEY,
        CERT_TYP,
    )


def facts(recovery: str, seal: str = "") -> EnrolmentFacts:
    """What the centre says at enrolment."""
    return EnrolmentFacts(
        device_id=DEVICE_ID,
        key=DEVICE_KEY,
        certificate=certificate(),
        epoch=1,
        hall=HALL,
        centre_keys={CENTRE_KEY.kid: CENTRE_KEY.public_hex},
        seal_recipient=seal or recovery,
        recovery_recipient=recovery,
        hub_url="http://127.0.0.1:1",
    )


def identity() -> DeviceIdentity:
    """The device after enrolment."""
    return DeviceIdentity(
        device_id=DEVICE_ID,
        epoch=1,
        key=DEVICE_KEY,
        certificate=certificate(),
        hall=HALL,
        centre_keys={CENTRE_KEY.kid: CENTRE_KEY.public_hex},
        seal_recipient="",
        recovery_recipient="",
        hub_url="",
    )


def item(**changes: object) -> Item:
    """A small item with one scanned paper and one that may come later."""
    base = Item(
        item_code="allowance_80",
        task_version="1",
        task_name="高龄津贴申领",
        short_name="高龄津贴",
        task_type="05",
        use_level="5",
        dept_name="某某镇人民政府",
        by_law="示例依据",
        project_type="2",
        accept_condition="年满80周岁",
        handle_flow="受理—审核—发放",
        anticipate_day=20,
        promise_day=10,
        link_way="0990-1230000",
        supervise_way="0990-1230001",
        form=(
            FormSection(
                key="pay",
                title="发放",
                fields=(FormField(code="account.bank", label="开户行", required=True),),
            ),
        ),
        materials=(
            Material(key="id_card", material_name="身份证"),
            Material(
                key="photo",
                material_name="照片",
                tolerable=True,
                tolerate_days=3,
                is_need="容缺后补",
            ),
        ),
    )
    return base.model_copy(update=changes)


def session(*roles: str, operator_id: str = "op-1", reading: bool = True) -> Session:
    """A signed-in operator."""
    return Session(
        session_id="s-1",
        operator_id=operator_id,
        name="张某",
        job_no="A001",
        roles=frozenset(roles or {"clerk"}),
        authn="offline",
        signed_in_at="2026-11-23T09:00:00+08:00",
        lease_until="2026-12-06T09:00:00+08:00",
        reading=reading,
    )


PERSON = Person(
    name="王桂兰",
    id_no="990123194603080124",
    sex="2",
    nation="01",
    birth="1946-03-08",
    address="某某镇某某村1号",
    id_valid_to="长期",
    no_phone_reason="无手机",
    verify_method="card_chip",
    verified_at="2026-11-23T09:10:00+08:00",
    verified_by="op-1",
)


@dataclass
class FakeHall:
    """Bus over fakes, and the steps to a ready draft."""

    store: FakeStore = field(default_factory=FakeStore)
    clock: FakeClock = field(default_factory=FakeClock)
    blob_files: FakeBlobFiles = field(default_factory=FakeBlobFiles)
    session: Session = field(default_factory=session)

    def __post_init__(self) -> None:
        self.give_item(item())
        self.store.tables.reference["calendar", "CN"] = CALENDAR

    def give_item(self, new: Item) -> None:
        """Install an item version."""
        self.store.tables.items[new.item_code, new.task_version] = new.model_dump_json()

    @property
    def bus(self) -> Bus:
        """A bus as bootstrap makes it."""
        me = identity()
        around = Surroundings(
            identity=me,
            clock=self.clock,
            blob_files=self.blob_files,
            check_page=normalise,
            sign_receipt=DeviceReceiptSigner(me.key, me.certificate),
            seal=lambda data: data[::-1],
            shipped=shipped_tables(),
        )
        return Bus(self.store, all_handlers(), around)

    def do(self, command: Command, *roles: str) -> Done:
        """Handle a command, with other roles if named."""
        acting = replace(self.session, roles=frozenset(roles)) if roles else self.session
        return self.bus.handle(command, acting)

    def page(self, title: str = "身份证") -> Page:
        """Store one simulated page."""
        data = SimulatedCamera().capture(title)
        assert isinstance(data, bytes)
        value = self.do(StorePage(data, "simulated")).value
        assert isinstance(value, Page)
        return value

    def started(self) -> Draft:
        """An empty draft."""
        draft_id = self.do(StartDraft("Q12")).value
        return self.store.tables.drafts[str(draft_id)].model_copy(deep=True)

    def ready(self, *, tolerate: bool = True) -> Draft:
        """A draft that may be received."""
        draft = self.started()
        draft.item_code, draft.item_version = "allowance_80", "1"
        draft.applicant = PERSON.model_copy()
        draft.form = {"account.bank": "示例银行"}
        draft.materials = {
            "id_card": GivenMaterial(
                key="id_card", way="scanned", pages=(self.page(),), original_checked=True
            ),
            "photo": GivenMaterial(
                key="photo", way="tolerated" if tolerate else "original_checked"
            ),
        }
        draft.signature = Signature(
            method="paper",
            signer="applicant",
            page=self.page("签字页"),
            signed_at=self.clock.now().isoformat(),
        )
        return draft

    def body_of_last_op(self) -> dict[str, object]:
        """The body of the newest operation, as plain JSON."""
        body: dict[str, object] = json.loads(json.dumps(self.store.tables.ops[-1][0].body))
        return body
