# SPDX-License-Identifier: MulanPSL-2.0
"""The operating system's keyring behind ``counter.ports.keys.Keyring``.

``keyring`` is imported at first use: it costs 0.1 s and the sign-in window does not need it.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from counter.domain.errors import KnownError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "yichuang-counter"
# Backends that keep nothing, or keep it where anybody with the disk can read it.
_WORTHLESS = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt.file")


def backend_is_worthless(module: str, priority: float) -> bool:
    """Tell whether a keyring backend keeps no secret, by its module and declared priority."""
    return module.startswith(_WORTHLESS) or priority <= 0


class OsKeyring:
    """Secrets of this device in the user's keyring (Secret Service, KWallet, Windows vault)."""

    def available(self) -> bool:
        """Tell whether a backend that really keeps secrets answers."""
        import keyring.errors  # noqa: PLC0415 - see the module's head

        try:
            chosen = self._backend()
            if chosen is None:
                return False
            chosen.get_password(SERVICE, "probe")
        except keyring.errors.KeyringError:
            return False
        return True

    def get(self, name: str) -> bytes | None:
        """Return a secret, ``None`` if absent.

        Raises:
            KnownError: ``KEYRING`` if the keyring is locked or gone.
        """
        import keyring.errors  # noqa: PLC0415 - see the module's head

        try:
            chosen = self._backend()
            text = chosen.get_password(SERVICE, name) if chosen is not None else None
            return base64.b64decode(text, validate=True) if text else None
        except (keyring.errors.KeyringError, binascii.Error) as error:
            raise _refused() from error

    def set(self, name: str, value: bytes) -> None:
        """Store a secret and read it back.

        Raises:
            KnownError: ``KEYRING`` if the keyring refuses or forgets at once.
        """
        import keyring.errors  # noqa: PLC0415 - see the module's head

        text = base64.b64encode(value).decode("ascii")
        try:
            chosen = self._backend()
            if chosen is None:
                raise _refused()
            chosen.set_password(SERVICE, name, text)
            kept = chosen.get_password(SERVICE, name)
        except keyring.errors.KeyringError as error:
            raise _refused() from error
        if kept != text:
            raise _refused()

    @staticmethod
    def _backend() -> KeyringBackend | None:
        import keyring  # noqa: PLC0415 - see the module's head

        chosen = keyring.get_keyring()
        if backend_is_worthless(type(chosen).__module__, chosen.priority):
            return None
        if type(chosen).__module__ == "keyring.backends.chainer" and not getattr(
            chosen, "backends", ()
        ):
            return None
        return chosen


def _refused() -> KnownError:
    return KnownError(
        code="KEYRING",
        what="操作系统的钥匙串没有响应或拒绝了请求。",
        safe="本机数据没有改动。",
        todo="请先解锁系统钥匙串再试；没有钥匙串的电脑请用「仅口令」方式登记。",
    )
