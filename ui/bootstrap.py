# SPDX-License-Identifier: MulanPSL-2.0
"""Puts core, line and desk together after sign-in, and takes them apart in the right order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from counter.domain.errors import KnownError
from counter.infra.atomic import write_atomic
from counter.infra.paper_templates import PaperTemplates
from counter.infra.settings import Settings
from counter.ports.receipts import ReceiptClaim
from counter.security.receipts import DeviceReceiptSigner
from sync.client.manners import LineWish
from sync.client.meter import Meter
from sync.client.month import MonthMeter
from sync.client.proxies import ProxyWish
from sync.client.tls import believed
from sync.client.transport import Link, Transport
from sync.client.worker import SyncWorker
from ui.operations.desk import Desk
from ui.stick_courier import CourierStick
from ui.theme.tokens import RESOURCES
from ui.version import program_version
from ui.worker_line import WorkerLine

if TYPE_CHECKING:
    from counter.app.commands import Command, Done
    from counter.app.queries import CaseDetail
    from counter.app.session import Session
    from counter.bootstrap.core import Core
    from ui.runner import Runner

SYNC_LOCK = "sync.lock"


@dataclass
class Opened:
    """What is open between sign-in and sign-out. GUI thread, but for ``close``."""

    core: Core
    desk: Desk
    line: WorkerLine
    link: Link
    worker: SyncWorker | None = None
    hub_url: str = ""

    def transport(self, meter: Meter | None = None) -> Transport:
        """Return the way to the centre, through the proxy people chose."""
        who, settings = self.core.identity, self._settings()
        return Transport(
            self.hub_url or who.hub_url,
            who.key,
            link=self.link,
            meter=meter,
            ca_file=believed(self.core.paths.centre_ca),
            proxy=ProxyWish(settings.text("sync.proxy"), settings.text("sync.proxy_url")),
        )

    def _settings(self) -> Settings:
        return Settings(self.core.paths.settings, write_atomic)

    def start_sync(self, hub_url: str = "") -> None:
        """Start the worker; ``hub_url`` replaces the enrolled address (training hub).

        A worker that cannot start never stops the counter: the line then says why.
        """
        core = self.core
        self.hub_url = hub_url
        settings = self._settings()
        month = MonthMeter(core.paths.traffic, write_atomic, lambda: core.clock.now().date())
        transport = self.transport(Meter(month.add))
        wish = LineWish(
            settings.flag("sync.metered"),
            settings.number("sync.monthly_mb") * 1_000_000,
            judge=not transport.local,
        )
        worker = SyncWorker(
            core.sync_store,
            core.execution,
            core.identity,
            transport,
            core.clock,
            self.line.on_status,
            self.line.on_changes,
            lock_file=core.paths.home / SYNC_LOCK,
            wish=wish,
            month=month,
        )
        worker.start()
        self.worker = worker
        self.line.attach(worker)

    def receipt_token(self, detail: CaseDetail) -> str:
        """Make a case's QR token again, for a reprint. Database thread; no name in it (§11)."""
        case, who = detail.case, self.core.identity
        received = next((op for op in detail.ops if op.kind == "case.received"), None)
        item = self.core.queries.item(case.item_code, case.item_version)
        if received is None or item is None:
            return ""
        claim = ReceiptClaim(case.receipt_no, item.short_name, case.received_at, received.op_hash)
        return DeviceReceiptSigner(who.key, who.certificate)(claim)

    def close(self) -> None:
        """Stop the lanes, make the copy of the day, close the core. May take seconds."""
        if self.worker is not None:
            self.worker.stop()
            self.worker = None
        try:
            self.core.daily_copy()
        except KnownError:
            pass  # a full disk must not keep the program from closing; the next start says it
        finally:
            self.core.close()


def open_desk(core: Core, runner: Runner) -> Opened:
    """Build what the screens need from an opened core. GUI thread."""
    link = Link()
    training = core.identity.hall.training
    line = WorkerLine(link, core.clock, training=training)

    def handle(command: Command, session: Session) -> Done:
        """Database thread: run it, and wake the lanes when there is something to send."""
        done = core.bus.handle(command, session)
        if {"outbox", "queue"} & done.changes.kinds:
            line.wake()
        return done

    def transport() -> Transport:
        return opened.transport()

    desk = Desk(
        runner=runner,
        handle=handle,
        queries=core.queries,
        session=core.session,
        hall=core.identity.hall,
        clock=core.clock,
        devices=core.devices,
        papers=PaperTemplates(RESOURCES / "documents"),
        line=line,
        key_mode=core.key_mode,
        regret_minutes=Settings(core.paths.settings, write_atomic).number("intake.regret_minutes"),
        stick=CourierStick(core, transport),
        wishes=lambda: core.wishes(program_version()),
    )
    opened = Opened(core, desk, line, link)
    return opened
