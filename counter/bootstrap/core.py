# SPDX-License-Identifier: MulanPSL-2.0
"""The opened counter: what ``ui`` and ``sync`` are given after sign-in."""

from __future__ import annotations

import logging
from collections.abc import Callable

from counter.app.bus import Bus
from counter.app.centre_wishes import Wish, centre_wishes
from counter.app.commands import Done
from counter.app.queries import Queries
from counter.app.session import Session
from counter.domain.errors import KnownError
from counter.infra.paths import Paths
from counter.ports.blobs import BlobFiles
from counter.ports.clock import Clock
from counter.ports.devices import Devices, PageCheck
from counter.ports.execution import Execution
from counter.ports.keys import DeviceIdentity
from counter.ports.sync_store import SyncStore
from counter.security.vault import NewOperator, Vault
from counter.security.vault_file import Mode
from counter.storage.store import Store

log = logging.getLogger("counter.storage")


class Core:
    """Everything behind the sign-in window.

    Attributes:
        execution: The database thread. ``bus``, ``queries`` and ``sync_store`` live on it.
        bus: ``bus.handle(command, session)``.
        queries: The read side.
        sync_store: What the sync worker needs.
        session: Who signed in; replaced by ``renew``.
        identity: The enrolled device.
        devices: Reader, camera, printer.
        check_page: Page check, thread-safe: call it off the database thread before ``StorePage``.
        blob_files: Encrypted scans, thread-safe.
        reconcile_report: Words for the screen when start-up found something.
        key_mode: ``keyring`` or ``passphrase-only``.
    """

    def __init__(
        self,
        *,
        paths: Paths,
        clock: Clock,
        execution: Execution,
        store: Store,
        bus: Bus,
        identity: DeviceIdentity,
        session: Session,
        devices: Devices,
        check_page: PageCheck,
        vault: Vault,
        db_key: bytearray,
        renew: Callable[[Session], Session],
    ) -> None:
        """Keep the opened parts; made by ``Opening.sign_in``."""
        self.paths = paths
        self.clock = clock
        self.execution = execution
        self.bus = bus
        self.identity = identity
        self.session = session
        self.devices = devices
        self.check_page = check_page
        self.blob_files: BlobFiles = store.blob_files
        self.queries: Queries = store.queries(lambda: clock.now().date())
        self.sync_store: SyncStore = store.sync_store()
        self.reconcile_report: tuple[str, ...] = store.report
        self.key_mode: Mode = vault.mode
        self._store = store
        self._vault = vault
        self._db_key = db_key
        self._renew = renew
        self._closed = False

    def renew(self) -> Session:
        """Compute the lease again after contact with the centre. Not on the GUI thread."""
        self.session = self.execution.run(lambda: self._renew(self.session))
        return self.session

    def wishes(self, program: str) -> tuple[Wish, ...]:
        """Return what the centre's policies make us say (old catalogue, old program)."""

        def read() -> tuple[Wish, ...]:
            with self._store.unit_of_work() as work:
                known = work.reference
                return centre_wishes(known.get, known.version(), self.clock.now(), program)

        return self.execution.run(read)

    def retry_journal(self) -> tuple[Done, ...]:
        """After ``JOURNAL-WRITE``: try again and return the answers that may now be shown.

        Raises:
            KnownError: ``JOURNAL-WRITE`` again.
        """
        return self.execution.run(lambda: self.bus.finish(self._store.retry_journal))

    def daily_copy(self) -> bool:
        """Make the encrypted copy of the day if it is due; true if it was made."""
        return self.execution.run(self._store.copy_if_due)

    def send_audit(self) -> int:
        """Pack audit rows for the centre if a day or 200 rows have gathered; how many."""
        return self.execution.run(lambda: self.bus.send_audit(self.session))

    def add_operator(self, person: NewOperator) -> None:
        """Give a colleague a slot on this machine. Slow; any thread but the GUI's.

        Raises:
            NotAllowedError: ``ROLE``: shift leader only.
            DomainError: ``PASSWORD-SHORT``.
        """
        self.session.need(frozenset({"leader"}), "加入窗口人员")
        self._vault.add_operator(bytes(self._db_key), person)

    def change_password(self, old: str, new: str) -> None:
        """Change one's own password. Slow; any thread but the GUI's.

        Raises:
            NotAllowedError: ``SIGN-IN``, ``SIGN-WAIT``.
            DomainError: ``PASSWORD-SHORT``.
        """
        self._vault.change_password(self.session.operator_id, old, new)

    def check_password(self, password: str) -> None:
        """Prove the signed-in person again (idle lock). Slow; any thread but the GUI's.

        Raises:
            NotAllowedError: ``SIGN-IN``, ``SIGN-WAIT``.
        """
        self._vault.open(self.session.operator_id, password)

    def close(self) -> None:
        """Finish queued work, close database and journal, forget the key. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        try:
            self.execution.run(self._shut)
        finally:
            self.execution.close()
            for place in range(len(self._db_key)):
                self._db_key[place] = 0

    def _shut(self) -> None:
        try:
            self._store.copy_if_due()
        except KnownError as error:
            # The copy before stays; closing must not fail for it.
            log.warning("no copy at close: %s", error.code)
        finally:
            self._store.close()
