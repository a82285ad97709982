# SPDX-License-Identifier: MulanPSL-2.0
"""Devices of the counter behind Protocols: card reader, document camera, printer, page check.

All calls may block for seconds: never on the GUI thread (design §5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from counter.domain.people import Person

DeviceState = Literal["ready", "absent", "failed", "simulated"]


@dataclass(frozen=True)
class DeviceStatus:
    """What the status bar says of a device; ``words`` is a short plain phrase."""

    state: DeviceState
    words: str


@dataclass(frozen=True)
class CardData:
    """What a resident ID card told (domain §4.4), already as a person's fields."""

    person: Person
    photo: bytes = b""  # JPEG or empty
    simulated: bool = False

    def __repr__(self) -> str:
        """Leave the person out: this may end in a log."""
        return "CardData(…)"


@dataclass(frozen=True)
class NoCard:
    """No card on the reader; the clerk may lay it down again or type."""

    words: str = "没有读到卡，请把身份证平放在读卡器上。"


@dataclass(frozen=True)
class DeviceError:
    """The device failed; work goes on by typing or by file."""

    code: str
    words: str


class CardReader(Protocol):
    """An ID card reader."""

    def status(self) -> DeviceStatus:
        """Tell whether it can be used now."""
        ...

    def read(self) -> CardData | NoCard | DeviceError:
        """Read the card that lies there; never raises for a device fault."""
        ...


class Camera(Protocol):
    """A document camera or scanner."""

    def status(self) -> DeviceStatus:
        """Tell whether it can be used now."""
        ...

    def capture(self, title: str) -> bytes | DeviceError:
        """Take one page; ``title`` is the material's name, for people and simulators."""
        ...


class Printer(Protocol):
    """A printer as the surroundings know it; papers are drawn in ``ui``."""

    def status(self) -> DeviceStatus:
        """Tell whether it can be used now."""
        ...


@dataclass(frozen=True)
class Devices:
    """The devices of this counter; ``None`` means: not set up here."""

    reader: CardReader | None = None
    camera: Camera | None = None
    printer: Printer | None = None


@dataclass(frozen=True)
class CheckedPage:
    """A page image that is fit to be kept and sent."""

    data: bytes
    media_type: str
    width: int
    height: int

    def __repr__(self) -> str:
        """Leave the picture out."""
        return f"CheckedPage({self.width}x{self.height}, {len(self.data)} bytes)"


class PageCheck(Protocol):
    """Checks a captured image and brings it to the size that travels. Thread-safe."""

    def __call__(self, data: bytes) -> CheckedPage:
        """Return the page as it will be kept; checking a checked page changes nothing.

        Raises:
            DomainError: ``IMG-…``: empty, damaged, no picture, too large, unreadable, PDF.
        """
        ...
