# SPDX-License-Identifier: MulanPSL-2.0
"""What an edge host (本厅主机) says for itself; nothing of it ever stands for the centre's word.

An edge host is enrolled at the centre as window 0 of its hall. Its certificate is signed by the
centre, so a counter knows whom it talks to; what it signs says "stored here", and only that.
"""

from __future__ import annotations

from pydantic import Field

from counter.domain.operations import Frozen, Hex64
from counter.domain.queueing import QueueEvent

EDGE_WINDOW = 0  # no counter has this number: receipts begin with 01
PING_TYP = "yc-edge-ping+jws"
STORED_TYP = "yc-edge-stored+jws"
LINE_DOWN = "edge_line_down"
NO_ROOM = "edge_full"
MARK = "edge:"  # before the key id, in ``exported_in[]``


class Stored(Frozen):
    """Payload of STORED_TYP: this operation lies durably on the edge host, not at the centre."""

    op_id: str
    op_hash: Hex64
    at: str


class HallDevices(Frozen):
    """Certificates of the devices of a hall that are not revoked, for its edge host."""

    v: int = 1
    certificates: tuple[str, ...]


class EdgeAsk(Frozen):
    """What an edge host asks the centre with; ``at`` makes each question its own.

    ``checksums`` are of the hall's snapshot it has: the same ones bring no new snapshot.
    """

    v: int = 1
    at: str
    checksums: dict[str, str] = Field(default_factory=dict)


class EdgeCase(Frozen):
    """A case that another counter of the hall received and the centre has not heard of.

    The operation is signed by its counter, whose certificate is signed by the centre: the edge
    host can leave one out, and cannot make one up.
    """

    op: str
    certificate: str


class EdgeCases(Frozen):
    """A page of such cases; ``upto`` is where the next page begins."""

    v: int = 1
    cases: tuple[EdgeCase, ...]
    upto: int


QUEUE_TYP = "yc-edge-queue+jws"
QUEUE_MOST = 200


class QueueAsk(Frozen):
    """A window's own events of 取号 and 叫号, and how much of the host's list it knows."""

    v: int = 1
    line_id: str = Field(default="", max_length=64)
    after: int = Field(default=0, ge=0, lt=2**53)
    events: tuple[QueueEvent, ...] = Field(default=(), max_length=QUEUE_MOST)
    wait_s: float = Field(default=0.0, ge=0.0, le=2.0)  # the host may wait so long for news


class QueueTold(Frozen):
    """Payload of QUEUE_TYP: the next events of the host's list, each with its place.

    ``line_id`` names the list: another one begins at 0. ``asked`` is the SHA-256 of the question.
    """

    v: int = 1
    line_id: str
    events: tuple[tuple[int, QueueEvent], ...]
    upto: int
    more: bool = False
    asked: str


class QueueReply(Frozen):
    """``told`` is signed by the host, whose certificate the centre signed."""

    told: str
    certificate: str
