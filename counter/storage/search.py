# SPDX-License-Identifier: MulanPSL-2.0
"""Search terms of items and cases: name, aliases, pinyin, initials, last four of the id number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from counter.storage import tables as t
from counter.storage.meta import dumps

# Built once, see repositories.
_FILL = "INSERT INTO readings (character, syllable) SELECT key, value FROM json_each(?)"
_READ = (
    "SELECT character, syllable FROM readings WHERE character IN (SELECT value FROM json_each(?))"
)
_ADD_TERMS = insert(t.case_terms)
_known: dict[str, str] = {}  # what was asked of the readings, which never change; 20 902 at most
_NAME, _ALIAS, _PINYIN, _INITIALS = range(4)


def plain_term(text: str) -> str:
    """Return the form in which terms are kept and asked: lower case without blanks."""
    return "".join(text.lower().split())


def install_readings(connection: Connection) -> None:
    """Fill the table of readings once; the only moment that loads the pinyin library (0.2 s)."""
    if connection.scalar(select(t.readings.c.character).limit(1)) is not None:
        return
    # Deferred on purpose: off the start path (design §2).
    from pypinyin import Style, pinyin  # noqa: PLC0415 - off the start path

    common = [chr(code) for code in range(0x4E00, 0x9FA6)]
    table = {
        char: found[0]
        for char, found in zip(common, pinyin(common, style=Style.NORMAL), strict=True)
        if found[0].isascii()
    }
    connection.exec_driver_sql(_FILL, (dumps(table),))


def syllables(connection: Connection, text: str) -> list[str]:
    """Return one syllable per character; other letters and digits stand for themselves."""
    foreign = {char for char in text if not char.isascii()}
    if new := sorted(foreign - _known.keys()):
        rows = connection.exec_driver_sql(_READ, (dumps(new),))
        _known.update((row.character, row.syllable) for row in rows)
    found = (char if char.isascii() else _known.get(char, "") for char in text)
    return [part for part in found if part]


def index_item(connection: Connection, item_code: str, body: dict[str, Any]) -> None:
    """Write the terms of an item anew."""
    install_readings(connection)
    connection.execute(delete(t.item_terms).where(t.item_terms.c.item_code == item_code))
    names = [str(body.get("task_name", "")), str(body.get("short_name", ""))]
    rows: dict[str, tuple[str, int]] = {}
    for rank, texts in ((_NAME, names), (_ALIAS, [str(a) for a in body.get("aliases", ())])):
        for text in filter(None, texts):
            parts = syllables(connection, plain_term(text))
            rows.setdefault(plain_term(text), (text, rank))
            rows.setdefault("".join(parts), (text, _PINYIN))
            rows.setdefault("".join(part[0] for part in parts), (text, _INITIALS))
    if rows:
        connection.execute(
            insert(t.item_terms),
            [
                {"item_code": item_code, "term": term, "shown": shown, "rank": rank}
                for term, (shown, rank) in rows.items()
                if term
            ],
        )


def index_case(
    connection: Connection, case_id: str, name: str, id_no: str, theme_no: str = ""
) -> None:
    """Write the terms of a new case; endings of the name make a prefix search find its middle.

    The number of its theme is a term too, so all cases taken together are found by it.
    """
    terms = set(case_terms(plain_term(name), syllables(connection, plain_term(name)), id_no))
    if theme_no:
        terms.add(plain_term(theme_no))
    if terms:
        connection.execute(
            _ADD_TERMS, [{"term": term, "case_id": case_id} for term in sorted(terms)]
        )


def drop_case_terms(connection: Connection, case_id: str) -> None:
    """Take the terms of a case away, before they are written anew."""
    connection.execute(delete(t.case_terms).where(t.case_terms.c.case_id == case_id))


def case_terms(name: str, parts: Sequence[str], id_no: str) -> Iterable[str]:
    """Yield what a case is found by."""
    yield from (name[start:] for start in range(min(len(name), 12)))
    if parts and "".join(parts) != name:
        yield "".join(parts)
        yield "".join(part[0] for part in parts)
    if len(id_no) >= 4:
        yield id_no[-4:].lower()
