# SPDX-License-Identifier: MulanPSL-2.0
"""The numbering of each device: its epochs, its chain, what arrived and what never did (§1, §4)."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy import ColumnElement, bindparam, insert, select, update

from counter.domain.operations import ZERO_HASH
from sync.hub.storage import tables as t
from sync.hub.storage.engine import Tx
from sync.hub.storage.pending import forget, remember
from sync.hub.storage.prepared import Ask, Prepared
from sync.protocol.wire import MISSING_MAX

OPEN = -1  # last_seq of an epoch whose numbers still grow


@dataclass(frozen=True)
class Epoch:
    """One numbering of a device.

    Attributes:
        from_epoch: Epoch it follows, with the head the device had there (``from_seq/_hash``).
        last_seq: ``OPEN``, or the last number the device vouched for when it went on elsewhere.
        through_seq: Everything up to here has arrived.
        told_seq: Highest number the device said it had given.
    """

    device_id: str
    epoch: int
    opened_at: str
    reason: str
    from_epoch: int = 0
    from_seq: int = 0
    from_hash: str = ZERO_HASH
    last_seq: int = OPEN
    through_seq: int = 0
    told_seq: int = 0

    def takes(self, seq: int) -> bool:
        """Tell whether an operation with this number belongs here without a person's look."""
        return self.last_seq == OPEN or seq <= self.last_seq


@dataclass(frozen=True)
class Gaps:
    """What of one epoch has arrived; ``missing`` are ranges (first, last), both included."""

    epoch: int
    through: int
    highest: int
    told: int
    missing: tuple[tuple[int, int], ...]


_e, _o = t.device_epochs.c, t.ops.c
_OF = (_o.device_id == bindparam("device"), _o.epoch == bindparam("of_epoch"))
_ONE = Prepared(
    select(*(_e[name.name] for name in fields(Epoch))).where(
        _e.device_id == bindparam("device"), _e.epoch == bindparam("of_epoch")
    )
)
_NEAR = Prepared(
    select(_o.seq, _o.op_hash, _o.prev_hash, _o.forked).where(
        *_OF, _o.seq.between(bindparam("first"), bindparam("last"))
    )
)
_ARRIVED = Prepared(
    select(_o.seq)
    .where(
        *_OF,
        _o.seq
        > select(_e.through_seq)
        .where(_e.device_id == bindparam("device"), _e.epoch == bindparam("of_epoch"))
        .scalar_subquery(),
    )
    .distinct()
    .order_by(_o.seq)
)
_THROUGH = Prepared(
    update(t.device_epochs)
    .where(_e.device_id == bindparam("device"), _e.epoch == bindparam("of_epoch"))
    .values(through_seq=bindparam("through"), told_seq=bindparam("told"))
)


def find(tx: Tx, device_id: str, epoch: int) -> Epoch | None:
    """Return one epoch."""
    row = _ONE.first(tx, device=device_id, of_epoch=epoch)
    return Epoch(*row) if row else None


def takes(tx: Tx, device_id: str, epoch: int, seq: int) -> bool:
    """Tell whether a number belongs to an epoch without a person's look."""
    key = ("epoch", device_id, str(epoch))
    known = remember(tx, key, lambda: find(tx, device_id, epoch), share=True)
    return known is not None and known.takes(seq)


def of_device(tx: Tx, device_id: str) -> list[Epoch]:
    """Return all epochs of a device, oldest first."""
    e = t.device_epochs
    rows = tx.execute(select(e).where(e.c.device_id == device_id).order_by(e.c.epoch))
    return [Epoch(**row._asdict()) for row in rows]


def add(tx: Tx, entry: Epoch) -> None:
    """Write a new epoch."""
    forget(tx)
    tx.execute(insert(t.device_epochs).values(**vars(entry)))


def close(tx: Tx, device_id: str, epoch: int, last_seq: int) -> None:
    """Note where an epoch ends; later numbers of it wait for a person."""
    forget(tx)
    tx.execute(update(t.device_epochs).where(_is(device_id, epoch)).values(last_seq=last_seq))


def used(tx: Tx, device_id: str, epoch: int) -> bool:
    """Tell whether any operation of this epoch has arrived."""
    o = t.ops.c
    where = (o.device_id == device_id) & (o.epoch == epoch)
    return tx.execute(select(o.op_id).where(where).limit(1)).first() is not None


def head(tx: Tx, device_id: str, epoch: int) -> tuple[int, str]:
    """Return number and hash of the newest operation on the line that came first."""
    o = t.ops.c
    where = (o.device_id == device_id) & (o.epoch == epoch) & o.forked.is_(False)
    row = tx.execute(select(o.seq, o.op_hash).where(where).order_by(o.seq.desc()).limit(1)).first()
    return (int(row[0]), str(row[1])) if row else (0, ZERO_HASH)


def on_a_fork(tx: Tx, device_id: str, epoch: int, seq: int, op_hash: str) -> bool:
    """Tell whether a head with this number and hash stands off the line that came first."""
    o = t.ops.c
    where = (o.device_id == device_id) & (o.epoch == epoch) & (o.seq == seq)
    known = {
        str(row[0]): bool(row[1]) for row in tx.execute(select(o.op_hash, o.forked).where(where))
    }
    return known.get(op_hash, bool(known))


def has_fork(tx: Tx, device_id: str, epoch: int) -> bool:
    """Tell whether two lines of one epoch have arrived."""
    o = t.ops.c
    where = (o.device_id == device_id) & (o.epoch == epoch) & o.forked.is_(True)
    return tx.execute(select(o.op_id).where(where).limit(1)).first() is not None


def forks(tx: Tx, device_id: str, epoch: int, seq: int, op_hash: str, prev_hash: str) -> bool:
    """Tell whether an operation contradicts the line that came first.

    One number given twice, or a neighbour with another hash: a restored backup or a copied disk.
    """
    statement, values = ask_forks(device_id, epoch, seq)
    near = statement.rows(tx, **values)
    before: dict[str, bool] = {}
    contradicted = False
    for its_seq, its_hash, its_prev, forked in near:
        if its_seq == seq - 1:
            before[its_hash] = forked
        elif its_seq == seq:
            contradicted |= not forked and its_hash != op_hash
        elif its_prev:
            contradicted |= not forked and its_prev != op_hash
    return contradicted or before.get(prev_hash, bool(before))


def ask_forks(device_id: str, epoch: int, seq: int) -> Ask:
    """Return what ``forks`` asks."""
    return _NEAR, {"device": device_id, "of_epoch": epoch, "first": seq - 1, "last": seq + 1}


def held_on_the_line(tx: Tx, device_id: str, epoch: int, last_seq: int, code: str) -> list[str]:
    """Return held operations of an epoch that the device has vouched for since."""
    o = t.ops.c
    query = (
        select(o.op_id)
        .where(o.device_id == device_id, o.epoch == epoch, o.seq <= last_seq)
        .where(o.status == "held", o.code == code, o.forked.is_(False))
        .order_by(o.seq)
    )
    return [str(found) for found in tx.execute(query).scalars()]


def acknowledge(tx: Tx, device_id: str, epoch: int, told: int = 0) -> tuple[int, tuple[int, ...]]:
    """Return up to which ``seq`` everything has arrived, and the gaps behind it.

    Args:
        tx: A write transaction.
        device_id: Whose numbers.
        epoch: Of which numbering.
        told: Highest number the device says it has given; 0 = it said nothing.
    """
    known = find(tx, device_id, epoch)
    if known is None:
        known = Epoch(device_id, epoch, "", "unknown", last_seq=0)
        add(tx, known)
    through, ranges = _gaps(tx, known, 0)
    told = max(known.told_seq, told)
    if (through, told) != (known.through_seq, known.told_seq):
        _THROUGH.write(tx, device=device_id, of_epoch=epoch, through=through, told=told)
    return through, _listed(ranges)


def asks_of_acknowledge(device_id: str, epoch: int) -> list[Ask]:
    """Return what ``acknowledge`` asks."""
    names = {"device": device_id, "of_epoch": epoch}
    return [(_ONE, names), (_ARRIVED, names)]


def missing(tx: Tx, device_id: str, epoch: int, through: int) -> tuple[int, ...]:
    """Return numbers up to ``through`` that never arrived, the first ``MISSING_MAX``."""
    known = find(tx, device_id, epoch)
    return _listed(_gaps(tx, known, through)[1]) if known else ()


def gaps(tx: Tx, device_id: str) -> list[Gaps]:
    """Return for each epoch the numbers that exist and never arrived (§12)."""
    found: list[Gaps] = []
    for known in of_device(tx, device_id):
        through, ranges = _gaps(tx, known, known.told_seq)
        highest, _ = head(tx, device_id, known.epoch)
        found.append(Gaps(known.epoch, through, highest, known.told_seq, tuple(ranges)))
    return found


def _gaps(tx: Tx, known: Epoch, told: int) -> tuple[int, list[tuple[int, int]]]:
    through = known.through_seq
    seqs = _ARRIVED.rows(tx, device=known.device_id, of_epoch=known.epoch)
    ranges: list[tuple[int, int]] = []
    expected = through + 1
    for (seq,) in seqs:
        # A device may claim any number: ranges, never a list of its choosing.
        if seq > expected:
            ranges.append((expected, seq - 1))
        elif not ranges:
            through = seq
        expected = seq + 1
    if told >= expected:
        ranges.append((expected, told))
    return through, ranges


def _listed(ranges: list[tuple[int, int]]) -> tuple[int, ...]:
    found: list[int] = []
    for first, last in ranges:
        found.extend(range(first, min(last + 1, first + MISSING_MAX - len(found))))
    return tuple(found)


def _is(device_id: str, epoch: int) -> ColumnElement[bool]:
    return (t.device_epochs.c.device_id == device_id) & (t.device_epochs.c.epoch == epoch)
