# SPDX-License-Identifier: MulanPSL-2.0
"""A hall of counters and its centre, copied from one enrolled template, and its promises."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from counter.domain.ids import uuid7
from counter.domain.signing import SigningKey, sign_json
from counter.ports.keys import DeviceIdentity
from sync.edge.identity import EdgeIdentity
from sync.hub.handlers import publish, training
from sync.hub.handlers.enrol import enrol, new_code
from sync.protocol.edge import EDGE_WINDOW
from sync.protocol.wire import ENROL_TYP, EnrolRequest
from tests.fakes.hub import small_item
from tests.faults import properties
from tests.faults.counters import Made, Site, hall_of
from tests.faults.front import Front
from tests.faults.hall_host import HallHost
from tests.storage.kit import SetClock

DEVICES = 3
START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
OPERATORS = tuple(f"{training.HALL.hall_code}-{job_no}" for job_no, *_ in training.OPERATORS)
MEMORY = Path("/dev/shm")


@dataclass
class Template:
    """An enrolled world at rest."""

    folder: Path
    identities: list[DeviceIdentity] = field(default_factory=list)
    host: EdgeIdentity = field(init=False)

    @staticmethod
    def make(folder: Path) -> Template:
        """Make the centre, publish, enrol the devices."""
        front = Front(folder / "hub", lambda: START)
        training.seed(front.centre, folder)
        publish.publish(front.centre, [document("1")])
        made = Template(folder)
        made.host = _edge_of(_enrol(front, EDGE_WINDOW))
        for number in range(DEVICES):
            identity = _enrol(front, number + 1)
            made.identities.append(identity)
            site = Site(
                folder / f"home{number}", identity, front, SetClock(), random.Random(1), OPERATORS
            )
            site.store.use_device(identity.device_id, identity.epoch, identity.key.public_hex)
            while site.pull.step().more:
                pass
            site.store.copy_if_due()
            site.close()
        keys = {who.device_id: who.key for who in made.identities}
        host = HallHost(folder / "edge", made.host, front, keys)
        host.forward()
        host.close()
        front.centre.close()
        return made


def document(version: str) -> publish.Document:
    item = small_item(version=version)
    body = item.model_dump(mode="json")
    return publish.Document("item", item.item_code, item.task_version, body)


def _edge_of(who: DeviceIdentity) -> EdgeIdentity:
    return EdgeIdentity(who.device_id, who.key, who.certificate, who.epoch, dict(who.centre_keys))


def _enrol(front: Front, counter_no: int) -> DeviceIdentity:
    key, device_id = SigningKey.generate(uuid7()), uuid7()
    code = new_code(front.centre, training.HALL.hall_code, counter_no)
    reply = enrol(
        front.centre,
        EnrolRequest(
            code=code,
            device_id=device_id,
            kid=key.kid,
            public_key=key.public_hex,
            device_name="练习",
            proof=sign_json({"code": code, "device_id": device_id}, key, ENROL_TYP),
        ),
    )
    return DeviceIdentity(
        device_id=device_id,
        epoch=reply.epoch,
        key=key,
        certificate=reply.certificate,
        hall=hall_of(reply.hall.hall_code, counter_no),
        centre_keys={one.kid: one.public_key for one in reply.centre_keys},
        seal_recipient=reply.seal_recipient,
        recovery_recipient=reply.recovery_recipient,
        hub_url="https://centre.example",
    )


class World:
    """Counters, a centre, and what they have promised."""

    def __init__(self, template: Template, folder: Path, seed: str, *, plain: bool = False) -> None:
        """Begin as a copy of the template."""
        shutil.copytree(template.folder, folder)
        self.folder = folder
        self.template = template
        self.rng = random.Random(seed)
        self.plain = plain
        self.now = START
        self.front = Front(folder / "hub", lambda: self.now)
        self.sites = [
            Site(folder / f"home{n}", who, self.front, SetClock(), self.rng, OPERATORS)
            for n, who in enumerate(template.identities)
        ]
        keys = {who.device_id: who.key for who in template.identities}
        self.host = HallHost(folder / "edge", template.host, self.front, keys)
        self.made: dict[str, Made] = {}
        self.order: list[str] = []
        self.bundles: list[tuple[Site, Path, frozenset[str]]] = []
        self.returns: list[tuple[Site, Path]] = []
        self.snapshots: list[tuple[Site, Path]] = []
        self.excused: set[str] = set()  # operations that may wait for a person
        self.gone: set[str] = set()  # taken away by putting an old disk back as a whole
        self.backups: dict[int, Path] = {}
        self.versions = ["1"]
        self.violations: list[str] = []
        self.steps = 0
        self._numbers: dict[str, str] = {}
        self.withdrawn: set[str] = set()
        self.leased: set[str] = set()  # cases that are or were some counter's work
        self.released: set[str] = set()  # operations a person at the centre let through
        self.forked: set[str] = set()
        self.revoked: set[str] = set()
        self.rights_changed = False

    def close(self) -> None:
        """Close everything and remove the folder."""
        for site in self.sites:
            site.close()
        self.host.close()
        self.front.centre.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def look(self) -> None:
        """Ask all questions that must hold at any moment."""
        now = properties.look(self.front.centre)
        bundled = {op_id for _, _, ops in self.bundles for op_id in ops}
        self.violations += properties.at_the_centre(now, self.made, self.released)
        for site in self.sites:
            self.violations += properties.at_a_counter(site, now, self.made)
            self.violations += properties.unproved(site)
            self.violations += properties.own_writes_are_seen(site)
        self.violations += properties.nowhere(self.sites, now, bundled, self.made, self.gone)

    def keep(self, made: Made) -> bool:
        self.made[made.op.op_id] = made
        self.order.append(made.op.op_id)
        number, op_id = made.receipt_no, made.op.op_id
        serial = number[:-4]  # the tag behind it tells two copies of a disk apart, no more (ADR 6)
        first = self.made[self._numbers.setdefault(serial, op_id)].op if number else made.op
        copied = first.device_id == made.op.device_id and first.device_id in self.forked
        if first.op_id != op_id and not copied:
            self.violations.append(f"S9 the serial of {number} was given twice")
        if any(need in self.excused for need in made.op.depends_on):
            self.excused.add(made.op.op_id)
        return True
