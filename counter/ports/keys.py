# SPDX-License-Identifier: MulanPSL-2.0
"""Identity of this device and what it may sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from counter.domain.signing import SigningKey


@dataclass(frozen=True)
class Hall:
    """The hall this counter stands in, as the centre said at enrolment."""

    hall_code: str
    name: str
    region: str
    counter_no: int
    window_name: str
    phone: str
    supervise_phone: str
    address: str = ""
    training: bool = False


@dataclass(frozen=True)
class DeviceIdentity:
    """Enrolled identity; lives only in memory and, encrypted, in the database."""

    device_id: str
    epoch: int
    key: SigningKey
    certificate: str
    hall: Hall
    centre_keys: dict[str, str]  # kid → public key hex
    seal_recipient: str
    recovery_recipient: str
    hub_url: str


@dataclass(frozen=True)
class EnrolmentFacts:
    """What the centre said at enrolment, with the key the device made for itself (§12).

    ``sync.client.enrol`` fills it from the hub's reply; ``Home.enrol`` stores it.
    """

    device_id: str
    key: SigningKey
    certificate: str
    epoch: int
    hall: Hall
    centre_keys: dict[str, str]  # kid → public key hex
    seal_recipient: str
    recovery_recipient: str
    hub_url: str
    server_time: str = ""

    def __repr__(self) -> str:
        """Leave the key out."""
        return f"EnrolmentFacts({self.device_id})"


class Keyring(Protocol):
    """The operating system's keyring, or the explicit lack of one."""

    def available(self) -> bool:
        """Tell whether secrets survive a restart here."""
        ...

    def get(self, name: str) -> bytes | None:
        """Return a secret, ``None`` if absent."""
        ...

    def set(self, name: str, value: bytes) -> None:
        """Store a secret.

        Raises:
            KnownError: the keyring refuses (``KEYRING``).
        """
        ...
