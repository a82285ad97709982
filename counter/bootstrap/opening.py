# SPDX-License-Identifier: MulanPSL-2.0
"""Enrolment and sign-in: the only module that knows every inner room at once."""

from __future__ import annotations

import logging
from dataclasses import replace

from counter.app.bus import Bus
from counter.app.handlers.registry import all_handlers
from counter.app.session import Session
from counter.app.work import Surroundings
from counter.bootstrap.core import Core
from counter.devices.images import normalise
from counter.devices.simulator import SimulatedCamera, SimulatedReader
from counter.domain.errors import KnownError
from counter.domain.ids import uuid7
from counter.infra.atomic import fsync_dir, write_atomic
from counter.infra.paths import Paths
from counter.infra.service_files import shipped_tables
from counter.ports.clock import Clock
from counter.ports.devices import Devices
from counter.ports.keys import DeviceIdentity, EnrolmentFacts, Hall, Keyring
from counter.security.attempts import Attempts
from counter.security.device import load_identity, store_identity
from counter.security.operators import begin_session, lease_holds, lease_until, store_operator
from counter.security.receipts import DeviceReceiptSigner, export_trust
from counter.security.sealing import sealer
from counter.security.vault import NewOperator, Vault
from counter.security.vault_file import KdfParams, Mode, VaultStore
from counter.storage.db_thread import DatabaseThread
from counter.storage.files import FileLayer
from counter.storage.journal import new_journal_identity
from counter.storage.store import Store, open_store

log = logging.getLogger("counter.keys")
REVOCATIONS = ("revocation", "all")  # {"devices": {device_id or kid: since}}


class Opening:
    """Makes and opens a home. Slow work; never on the GUI thread."""

    def __init__(
        self,
        paths: Paths,
        keyring: Keyring,
        clock: Clock,
        store: VaultStore,
        files: FileLayer | None = None,
        kdf: KdfParams | None = None,
    ) -> None:
        """Keep the parts; tests pass another file layer (full disks) and a cheap ``kdf``."""
        self._files = files
        self._paths = paths
        self._clock = clock
        attempts = Attempts(paths.attempts, write_atomic, clock)
        self.vault = Vault(store, keyring, attempts, kdf)

    def enrol(self, facts: EnrolmentFacts, operators: tuple[NewOperator, ...], mode: Mode) -> None:
        """See ``Home.enrol``; ``vault.json`` comes last and makes it true."""
        self._paths.make()
        secret, _public = new_journal_identity()
        sealed = {"journal_identity": secret, "seal_recipient": facts.seal_recipient}
        self.vault.create(
            operators,
            hall_label=f"{facts.hall.name} · {facts.hall.window_name}",
            recovery_recipient=facts.recovery_recipient,
            mode=mode,
            facts=sealed,
            build=lambda key: self._build(key, sealed, facts, operators),
        )

    def sign_in(self, operator_id: str, password: str, devices: Devices | None) -> Core:
        """See ``Home.sign_in``."""
        key = self.vault.open(operator_id, password)
        facts = self.vault.facts(key)
        execution = DatabaseThread()
        store: Store | None = None
        try:
            store = execution.run(lambda: self._open_store(key, facts))
            opened = store
            identity, session = execution.run(lambda: self._facts_of(opened, operator_id))
            return self._core(key, execution, opened, identity, session, devices)
        except BaseException:
            if store is not None:
                execution.run(store.close)
            execution.close()
            raise

    def _build(
        self,
        key: bytes,
        sealed: dict[str, str],
        facts: EnrolmentFacts,
        operators: tuple[NewOperator, ...],
    ) -> None:
        self._set_aside()
        execution = DatabaseThread()
        try:
            execution.run(lambda: self._fill(key, sealed, facts, operators))
        finally:
            execution.close()
        write_atomic(self._paths.trust, export_trust(facts.centre_keys, {}, facts.server_time))

    def _fill(
        self,
        key: bytes,
        sealed: dict[str, str],
        facts: EnrolmentFacts,
        operators: tuple[NewOperator, ...],
    ) -> None:
        store = self._open_store(key, sealed)
        try:
            store.use_device(facts.device_id, facts.epoch, facts.key.public_hex)
            stamped = facts
            if not facts.server_time:
                stamped = replace(facts, server_time=self._clock.now().isoformat())
            with store.unit_of_work() as uow:
                store_identity(uow.reference, stamped)
                for person in operators:
                    store_operator(uow.reference, person)
                uow.audit.record(
                    self._clock.now().isoformat(), "", "device.enrolled", facts.device_id, {}
                )
                uow.commit()
            store.copy_if_due()  # so that a rebuild finds the identity
        finally:
            store.close()

    def _open_store(self, key: bytes, facts: dict[str, str]) -> Store:
        recipient = facts.get("seal_recipient", "")
        return open_store(
            self._paths.database,
            key,
            self._paths.blobs,
            self._paths.journal,
            self._clock,
            recipients=(recipient,) if recipient else (),
            journal_identity=facts.get("journal_identity", ""),
            files=self._files,
        )

    def _facts_of(self, store: Store, operator_id: str) -> tuple[DeviceIdentity, Session]:
        """Read who this device is, begin the session, refresh the public trust file."""
        with store.unit_of_work() as uow:
            identity = load_identity(uow.reference)
            session = begin_session(uow.reference, operator_id, self._clock)
            revoked = (uow.reference.get(*REVOCATIONS) or {}).get("devices", {})
        now = self._clock.now().isoformat()
        try:
            with store.unit_of_work() as uow:
                detail = {"reading": session.reading}
                uow.audit.record(now, operator_id, "operator.signed_in", operator_id, detail)
                uow.commit()
            write_atomic(self._paths.trust, export_trust(identity.centre_keys, revoked, now))
        except KnownError as error:
            # A full disk must not keep people from signing in to export (sync-protocol L4).
            if error.code not in {"DISK-FULL", "DISK-WRITE"}:
                raise
            log.warning("sign-in not audited: %s", error.code)
        return identity, session

    def _core(
        self,
        key: bytes,
        execution: DatabaseThread,
        store: Store,
        identity: DeviceIdentity,
        session: Session,
        devices: Devices | None,
    ) -> Core:
        around = Surroundings(
            identity=identity,
            clock=self._clock,
            blob_files=store.blob_files,
            check_page=normalise,
            sign_receipt=DeviceReceiptSigner(identity.key, identity.certificate),
            seal=sealer(identity.seal_recipient),
            shipped=shipped_tables(),
        )
        return Core(
            paths=self._paths,
            clock=self._clock,
            execution=execution,
            store=store,
            bus=Bus(store.unit_of_work, all_handlers(), around),
            identity=identity,
            session=session,
            devices=devices if devices is not None else usual_devices(identity.hall),
            check_page=normalise,
            vault=self.vault,
            db_key=bytearray(key),
            renew=lambda current: self._renewed(store, current),
        )

    def _renewed(self, store: Store, session: Session) -> Session:
        with store.unit_of_work() as uow:
            until = lease_until(uow.reference)
            return replace(
                session,
                lease_until=until.isoformat() if until is not None else "",
                reading=lease_holds(uow.reference, self._clock.now(), until),
            )

    def _set_aside(self) -> None:
        """Remains of an enrolment that did not finish are moved away, never deleted."""
        mark = uuid7()
        for path in (self._paths.database, self._paths.journal):
            if path.is_dir() and not any(path.iterdir()):
                continue
            for part in (path, *path.parent.glob(f"{path.name}-*")):
                if part.exists():
                    part.rename(part.with_name(f"aside-{mark}-{part.name}"))
        fsync_dir(self._paths.home)
        self._paths.make()


def usual_devices(hall: Hall) -> Devices:
    """Return the devices of a counter: simulators in a training hall, else none found yet."""
    if hall.training:
        return Devices(reader=SimulatedReader(), camera=SimulatedCamera())
    return Devices()
