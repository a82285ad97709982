# SPDX-License-Identifier: MulanPSL-2.0
"""The home folder before anybody signed in: cheap, so that the sign-in window comes first."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from counter.domain.errors import KnownError
from counter.infra.atomic import write_atomic
from counter.infra.clock import SystemClock
from counter.infra.paths import Paths
from counter.security.os_keyring import OsKeyring
from counter.security.vault_file import Mode, VaultFile, VaultStore

if TYPE_CHECKING:
    from counter.bootstrap.core import Core
    from counter.bootstrap.opening import Opening
    from counter.ports.clock import Clock
    from counter.ports.devices import Devices
    from counter.ports.keys import EnrolmentFacts, Keyring
    from counter.security.vault import NewOperator


@dataclass(frozen=True)
class SlotLabel:
    """Who may sign in here, for the list in the sign-in window."""

    operator_id: str
    name: str
    job_no: str


class Home:
    """One home folder. Thread-safe as long as ``enrol`` and ``sign_in`` do not run at once."""

    def __init__(
        self,
        paths: Paths | None = None,
        keyring: Keyring | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Name the parts; nothing is opened or read."""
        self.paths = paths or Paths.default()
        self.keyring: Keyring = keyring or OsKeyring()
        self.clock: Clock = clock or SystemClock()
        self._store = VaultStore(self.paths.vault, write_atomic)

    @property
    def enrolled(self) -> bool:
        """Tell whether this machine was enrolled."""
        return self._store.exists()

    @property
    def key_mode(self) -> Mode:
        """``keyring`` or ``passphrase-only``; the latter is shown on the status bar."""
        return self._vault_file().mode

    def operators(self) -> list[SlotLabel]:
        """Return who can sign in here, in order of job numbers.

        Raises:
            KnownError: ``VAULT-BAD``, ``NOT-ENROLLED``.
        """
        slots = self._vault_file().slots
        labels = [SlotLabel(slot.operator_id, slot.name, slot.job_no) for slot in slots]
        return sorted(labels, key=lambda label: label.job_no)

    def hall_label(self) -> str:
        """Return hall and window in words."""
        return self._vault_file().hall_label

    def enrol(
        self,
        facts: EnrolmentFacts,
        operators: tuple[NewOperator, ...],
        mode: Mode = "keyring",
    ) -> None:
        """Make database key, database and vault. Slow (Argon2id): off the GUI thread.

        Args:
            facts: From ``sync.client.enrol.enrol``.
            operators: First operators with their passwords; at least one.
            mode: Chosen by a person; ``passphrase-only`` where ``keyring.available()`` is false.

        Raises:
            KnownError: ``VAULT-EXISTS``, ``KEYRING-NONE``, ``KEYRING``, ``VAULT-RECOVERY``,
                ``DISK-FULL``, ``DISK-WRITE``; then the machine is not enrolled.
            DomainError: ``PASSWORD-SHORT``.
        """
        self._opening().enrol(facts, operators, mode)

    def sign_in(self, operator_id: str, password: str, devices: Devices | None = None) -> Core:
        """Open everything. Slow (Argon2id, database): off the GUI thread.

        Raises:
            NotAllowedError: ``SIGN-IN``, ``SIGN-WAIT``, ``OPERATOR-OFF``.
            KnownError: ``KEYRING``, ``VAULT-DEVICE``, ``VAULT-BAD``, ``NOT-ENROLLED``, ``DB-…``.
        """
        self._vault_file()
        return self._opening().sign_in(operator_id, password, devices)

    def recover(self, recovery_identity: str, operator: NewOperator, mode: Mode) -> None:
        """Give an operator a slot with the hall's recovery key; all other slots go.

        Raises:
            NotAllowedError: ``VAULT-RECOVERY-KEY``.
        """
        self._vault_file()
        self._opening().vault.recover(recovery_identity, operator, mode)

    def warm(self) -> None:
        """Load the heavy libraries; call it on a worker thread while a person types."""
        self._opening()

    def _vault_file(self) -> VaultFile:
        if not self.enrolled:
            raise KnownError(
                code="NOT-ENROLLED",
                what="这台电脑还没有登记。",
                safe="没有改动。",
                todo="请用登记码先登记。",
            )
        return self._store.load()

    def _opening(self) -> Opening:
        """The ONE marked place where heavy libraries load late (design §3).

        SQLAlchemy, SQLCipher, Argon2, CEL and JWS cost about a second that the sign-in window
        does not need.
        """
        module = importlib.import_module("counter.bootstrap.opening")
        made = module.Opening(self.paths, self.keyring, self.clock, self._store)
        return cast("Opening", made)
