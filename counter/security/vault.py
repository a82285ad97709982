# SPDX-License-Identifier: MulanPSL-2.0
"""The vault: one random database key, opened by any operator of the hall or by its recovery key.

Source: design §6, ADR 0003. Opening runs Argon2id (about 0.2 s): never on the GUI thread.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from counter.domain.errors import DomainError, KnownError, NotAllowedError
from counter.domain.ids import uuid7
from counter.ports.keys import Keyring
from counter.security.attempts import Attempts
from counter.security.vault_file import KdfParams, Mode, Slot, VaultFile, VaultStore, bad_vault
from counter.security.wrapping import (
    KEY_BYTES,
    open_facts,
    open_recovery,
    seal_facts,
    seal_recovery,
    spend,
    unwrap,
    wrap,
)

MIN_PASSWORD = 8
MIN_PASSPHRASE = 12
_MAX_PASSWORD = 1000


@dataclass(frozen=True)
class NewOperator:
    """Who gets a slot; the password is not kept."""

    operator_id: str
    name: str
    job_no: str
    password: str
    roles: frozenset[str] = frozenset({"clerk"})

    def __repr__(self) -> str:
        """Leave the password out."""
        return f"NewOperator({self.operator_id})"


class Vault:
    """Slots over the database key. One instance per home; not shared between processes."""

    def __init__(
        self,
        store: VaultStore,
        keyring: Keyring,
        attempts: Attempts,
        kdf: KdfParams | None = None,
    ) -> None:
        """Keep the parts; nothing is read yet."""
        self._store = store
        self._keyring = keyring
        self._attempts = attempts
        self._kdf = kdf or KdfParams()

    @property
    def mode(self) -> Mode:
        """Tell whether a device secret protects the slots beside the password."""
        return self._store.load().mode

    def create(
        self,
        operators: tuple[NewOperator, ...],
        *,
        hall_label: str,
        recovery_recipient: str,
        mode: Mode,
        facts: dict[str, str] | None = None,
        build: Callable[[bytes], object] | None = None,
    ) -> bytes:
        """Make a new database key and the file; return the key.

        ``mode`` is chosen by a person, never fallen back to. ``facts`` are sealed into the file.
        ``build`` gets the key and makes the database; the file is written last, so that a home
        without it was never enrolled.

        Raises:
            KnownError: ``KEYRING-NONE`` if ``keyring`` was asked for and there is none,
                ``VAULT-EXISTS``, ``VAULT-RECOVERY``, ``DISK-FULL``, ``DISK-WRITE``.
            DomainError: ``PASSWORD-SHORT``.
        """
        if self._store.exists():
            raise KnownError(
                code="VAULT-EXISTS",
                what="这台电脑已经登记过。",
                safe="原有数据没有改动。",
                todo="请直接登录。",
            )
        for person in operators:
            check_password(person.password, mode)
        vault_id, db_key = uuid7(), secrets.token_bytes(KEY_BYTES)
        try:
            recovery = seal_recovery(db_key, recovery_recipient)
        except ValueError as error:
            raise KnownError(
                code="VAULT-RECOVERY",
                what="中心给的恢复公钥不能用，登记没有完成。",
                safe="本机没有留下任何改动。",
                todo="请联系中心重新发登记码。",
            ) from error
        secret = self._new_device_secret(vault_id) if mode == "keyring" else b""
        slots = tuple(self._slot(db_key, person, secret, mode, vault_id) for person in operators)
        if build is not None:
            build(db_key)
        self._store.save(
            VaultFile(
                mode=mode,
                vault_id=vault_id,
                hall_label=hall_label,
                slots=slots,
                recovery=recovery,
                recovery_recipient=recovery_recipient,
                journal=seal_facts(db_key, facts or {}, vault_id),
            )
        )
        return db_key

    def open(self, operator_id: str, password: str) -> bytes:
        """Return the database key.

        Raises:
            NotAllowedError: ``SIGN-WAIT`` while locked out; ``SIGN-IN`` if it does not open, with
                the same words whatever was wrong.
            KnownError: ``KEYRING``, ``VAULT-DEVICE``, ``VAULT-BAD``.
        """
        vault = self._store.load()
        secret = self._device_secret(vault)
        slot = next((s for s in vault.slots if s.operator_id == operator_id), None)
        # A name that is not here shares one tally: the file must not grow with guesses.
        counted = operator_id if slot is not None else ""
        self._attempts.begin(counted)
        key = None
        if slot is None or len(password) > _MAX_PASSWORD:
            spend(password[:_MAX_PASSWORD], self._kdf)
        else:
            key = unwrap(
                slot,
                password=password,
                device_secret=secret,
                mode=vault.mode,
                vault_id=vault.vault_id,
            )
        if key is None:
            raise NotAllowedError(
                code="SIGN-IN",
                what="没能登录：人员、密码或本机密钥对不上。",
                safe="本机数据没有改动，草稿都还在。",
                todo="请核对后再试；连续输错 5 次要等一会儿。",
                field="password",
            )
        self._attempts.succeeded(counted)
        return key

    def add_operator(self, db_key: bytes, person: NewOperator) -> None:
        """Add or replace an operator's slot; needs the open key.

        Raises:
            DomainError: ``PASSWORD-SHORT``.
            KnownError: ``KEYRING``, ``VAULT-DEVICE``, ``DISK-FULL``, ``DISK-WRITE``.
        """
        vault = self._store.load()
        check_password(person.password, vault.mode)
        secret = self._device_secret(vault)
        slot = self._slot(db_key, person, secret, vault.mode, vault.vault_id)
        others = tuple(s for s in vault.slots if s.operator_id != person.operator_id)
        self._store.save(replace(vault, slots=(*others, slot)))
        self._attempts.succeeded(person.operator_id)

    def remove_operator(self, operator_id: str) -> None:
        """Remove a slot, never the last one.

        Raises:
            NotAllowedError: ``VAULT-LAST``.
        """
        vault = self._store.load()
        others = tuple(s for s in vault.slots if s.operator_id != operator_id)
        if not others:
            raise NotAllowedError(
                code="VAULT-LAST",
                what="这是本机最后一个能登录的人，不能移除。",
                safe="没有改动。",
                todo="请先加入另一位人员。",
            )
        self._store.save(replace(vault, slots=others))

    def change_password(self, operator_id: str, old: str, new: str) -> None:
        """Re-wrap one slot; nothing else changes.

        Raises:
            NotAllowedError: ``SIGN-IN``, ``SIGN-WAIT`` as for ``open``.
            DomainError: ``PASSWORD-SHORT``.
        """
        vault = self._store.load()
        check_password(new, vault.mode)
        key = self.open(operator_id, old)
        slot = next(s for s in vault.slots if s.operator_id == operator_id)
        self.add_operator(key, NewOperator(operator_id, slot.name, slot.job_no, new))

    def recover(self, recovery_identity: str, person: NewOperator, mode: Mode) -> bytes:
        """Open with the hall's recovery secret key and give ``person`` a slot on this machine.

        All old slots go: their device secret is not here (broken mainboard, lost keyring).

        Raises:
            NotAllowedError: ``VAULT-RECOVERY-KEY`` if the key is not this hall's.
        """
        vault = self._store.load()
        check_password(person.password, mode)
        try:
            key = open_recovery(vault.recovery, recovery_identity)
        except ValueError:
            key = None
        if key is None:
            raise NotAllowedError(
                code="VAULT-RECOVERY-KEY",
                what="这把恢复密钥打不开本机数据。",
                safe="本机数据没有改动。",
                todo="请核对是不是本大厅的恢复密钥。",
            )
        vault_id = uuid7()
        secret = self._new_device_secret(vault_id) if mode == "keyring" else b""
        slot = self._slot(key, person, secret, mode, vault_id)
        facts = seal_facts(key, self.facts(key), vault_id)
        self._store.save(replace(vault, mode=mode, vault_id=vault_id, slots=(slot,), journal=facts))
        return key

    def facts(self, db_key: bytes) -> dict[str, str]:
        """Return what was sealed into the file at enrolment.

        Raises:
            KnownError: ``VAULT-BAD`` if it does not belong to this key.
        """
        vault = self._store.load()
        found = open_facts(db_key, vault.journal, vault.vault_id)
        if found is None:
            raise bad_vault()
        return found

    def file(self) -> VaultFile:
        """Return the labels for the sign-in window."""
        return self._store.load()

    def _slot(
        self, db_key: bytes, person: NewOperator, secret: bytes, mode: Mode, vault_id: str
    ) -> Slot:
        return wrap(
            db_key,
            operator_id=person.operator_id,
            name=person.name,
            job_no=person.job_no,
            password=person.password,
            device_secret=secret,
            mode=mode,
            vault_id=vault_id,
            kdf=self._kdf,
        )

    def _new_device_secret(self, vault_id: str) -> bytes:
        if not self._keyring.available():
            raise KnownError(
                code="KEYRING-NONE",
                what="这台电脑没有可用的系统钥匙串。",
                safe="本机没有留下任何改动。",
                todo=f"可以改用「仅口令」方式登记，口令至少 {MIN_PASSPHRASE} 个字符。",
            )
        secret = secrets.token_bytes(KEY_BYTES)
        self._keyring.set(_secret_name(vault_id), secret)
        return secret

    def _device_secret(self, vault: VaultFile) -> bytes:
        if vault.mode == "passphrase-only":
            return b""
        secret = self._keyring.get(_secret_name(vault.vault_id))
        if secret is None:
            raise KnownError(
                code="VAULT-DEVICE",
                what="这台电脑的系统钥匙串里没有本机密钥，暂时不能登录。",
                safe="数据库和未传的办件没有改动。",
                todo="请先解锁系统钥匙串；换过主板或系统的，请值班长用恢复密钥处理。",
            )
        return secret


def check_password(password: str, mode: Mode) -> None:
    """Refuse a password that is too short for the mode.

    Raises:
        DomainError: ``PASSWORD-SHORT``, ``PASSWORD-LONG``.
    """
    least = MIN_PASSPHRASE if mode == "passphrase-only" else MIN_PASSWORD
    if len(password) < least:
        why = "本机没有系统钥匙串，口令要更长，" if mode == "passphrase-only" else "密码"
        raise DomainError(
            code="PASSWORD-SHORT", what=f"{why}至少 {least} 个字符。", field="password"
        )
    if len(password) > _MAX_PASSWORD:
        raise DomainError(code="PASSWORD-LONG", what="密码太长了。", field="password")


def _secret_name(vault_id: str) -> str:
    return f"device-secret-{vault_id}"
