# SPDX-License-Identifier: MulanPSL-2.0
"""What can happen on the line, as types: no HTTP status is known outside ``transport``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Outcome:
    """One way a request can end without an answer we may use; none of them changes an operation.

    Attributes:
        words: What the status bar says, plain Chinese, no personal data.
        retry_after_s: The centre's wish not to be asked earlier; a floor, 0 if it said nothing.
        detail: Stable code of the centre's problem document, or ''.
    """

    code: ClassVar[str] = "LINE"
    words: str
    retry_after_s: float = 0.0
    detail: str = ""


@dataclass(frozen=True)
class Offline(Outcome):
    """No connection, or the line is switched off."""

    code: ClassVar[str] = "OFFLINE"


@dataclass(frozen=True)
class AtEdge(Outcome):
    """The hall's edge host answers; its own line to the centre is down."""

    code: ClassVar[str] = "EDGE"


@dataclass(frozen=True)
class Dns(Outcome):
    """The centre's name has no address here."""

    code: ClassVar[str] = "DNS"


@dataclass(frozen=True)
class Down(Outcome):
    """The centre's machine answers, its service does not: nobody listens there."""

    code: ClassVar[str] = "DOWN"


@dataclass(frozen=True)
class Proxy(Outcome):
    """The proxy on the way is not there, wants a password, or refuses."""

    code: ClassVar[str] = "PROXY"


@dataclass(frozen=True)
class TimedOut(Outcome):
    """Nothing came back within the time the size and speed allow."""

    code: ClassVar[str] = "TIMEOUT"


@dataclass(frozen=True)
class Cut(Outcome):
    """The connection broke in the middle."""

    code: ClassVar[str] = "CUT"


@dataclass(frozen=True)
class Portal(Outcome):
    """Something answered that is not the centre: a sign-in page, a proxy, a wrong address."""

    code: ClassVar[str] = "PORTAL"


@dataclass(frozen=True)
class WrongKey(Outcome):
    """It answers like a centre, but with a key that is not our centre's."""

    code: ClassVar[str] = "WRONG-KEY"


@dataclass(frozen=True)
class TlsClock(Outcome):
    """The certificate is not valid at this machine's time: most likely the clock is wrong."""

    code: ClassVar[str] = "TLS-CLOCK"


@dataclass(frozen=True)
class TlsBad(Outcome):
    """The certificate cannot be trusted."""

    code: ClassVar[str] = "TLS"


@dataclass(frozen=True)
class ServerBusy(Outcome):
    """The centre asks to come later, or is broken for the moment."""

    code: ClassVar[str] = "BUSY"


@dataclass(frozen=True)
class DeviceRefused(Outcome):
    """The centre does not accept this device."""

    code: ClassVar[str] = "DEVICE"


@dataclass(frozen=True)
class EpochOld(Outcome):
    """This device was restored or cloned: it needs a new epoch."""

    code: ClassVar[str] = "EPOCH"


@dataclass(frozen=True)
class TooLarge(Outcome):
    """The request is larger than the centre takes: send less at once."""

    code: ClassVar[str] = "TOO-LARGE"


@dataclass(frozen=True)
class BadDictionary(Outcome):
    """The centre cannot unpack this compression: send it plain."""

    code: ClassVar[str] = "DICT"


@dataclass(frozen=True)
class Gone(Outcome):
    """What was asked for (a cursor, an upload) is not there any more: begin again."""

    code: ClassVar[str] = "GONE"


@dataclass(frozen=True)
class OffsetWrong(Outcome):
    """The centre holds another number of bytes of this upload: ask it."""

    code: ClassVar[str] = "OFFSET"


@dataclass(frozen=True)
class ChecksumWrong(Outcome):
    """The bytes that arrived are not those that were sent."""

    code: ClassVar[str] = "CHECKSUM"


@dataclass(frozen=True)
class Refused(Outcome):
    """The centre does not take this request as it is."""

    code: ClassVar[str] = "REFUSED"


class LineError(Exception):
    """Carries an outcome up to the lane that asked; ``str()`` is only its code."""

    def __init__(self, outcome: Outcome) -> None:
        """Keep the outcome."""
        super().__init__(outcome.code)
        self.outcome = outcome


class ProbeError(LineError):
    """The line itself did not prove to lead to the centre; the request was not even sent."""
