# SPDX-License-Identifier: MulanPSL-2.0
"""Publishing reference data: items, code lists, calendars, operators.

A published version never changes; every one stays valid for cases received under it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from counter.domain.appeals import AppealTables
from counter.domain.calendar import WorkCalendar
from counter.domain.canonical import canonical_hash
from counter.domain.catalog import Item
from counter.domain.errors import CounterError, DomainError
from counter.domain.hints import FILE as HINTS
from counter.domain.hints import Hints
from counter.domain.ratings import RatingTables
from counter.domain.signing import sign_json
from counter.domain.theme import Theme
from sync.hub.centre import Centre
from sync.hub.handlers import calendars, deeds, redate
from sync.hub.storage import feed, halls, reference
from sync.hub.storage.engine import Tx
from sync.hub.storage.halls import OperatorState
from sync.protocol import dictionaries
from sync.protocol.wire import CATALOG_TYP, CatalogEntry, CatalogManifest, OperatorView

_SERVICE: dict[str, type[RatingTables] | type[AppealTables]] = {
    "ratings": RatingTables,
    "appeals": AppealTables,
}
CATALOG_KINDS = ("dicts", "hints", "item", "theme")


@dataclass(frozen=True)
class Document:
    """One document to publish."""

    kind: str
    name: str
    version: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Published:
    """What a publication did."""

    new: int
    same: int
    redated: int = 0  # open cases of which a new list of holidays moved a day


def read_folder(resources: Path) -> Iterator[Document]:
    """Read and check items, themes, code lists, hints and calendars of a resources folder.

    Raises:
        pydantic.ValidationError: an item is not one; nothing was published.
        KnownError: a calendar is not one.
    """
    for path in sorted((resources / "catalog" / "items").glob("*.json")):
        item = Item.model_validate_json(path.read_bytes())
        yield Document("item", item.item_code, item.task_version, item.model_dump(mode="json"))
    for path in sorted((resources / "catalog" / "themes").glob("*.json")):
        theme = Theme.model_validate_json(path.read_bytes())
        body = theme.model_dump(mode="json")
        yield Document("theme", theme.theme_code, theme.task_version, body)
    dicts = resources / "catalog" / "dicts.json"
    if dicts.exists():
        body = json.loads(dicts.read_bytes())
        yield Document("dicts", "dicts", str(body.get("version", canonical_hash(body)[:12])), body)
    hints = resources / "catalog" / HINTS
    if hints.exists():
        yield _hints(hints.read_bytes())
    for path in sorted((resources / "service").glob("*.json")):
        tables = _SERVICE[path.stem].model_validate_json(path.read_bytes())
        yield Document("service", path.stem, tables.version, tables.model_dump(mode="json"))
    for path in sorted((resources / "calendars").glob("*.json")):
        calendar = WorkCalendar.from_json(path.read_bytes())
        body = calendar.model_dump(mode="json", by_alias=True)
        yield Document("calendar", calendar.region, calendar.version, body)


def checked(kind: str, name: str, content: bytes) -> Document:
    """Return a document that came as JSON, checked like one of a folder; ``name`` of a service table.

    Raises:
        DomainError: ``PUB-FORM``: not a document of this kind.
    """
    try:
        if kind == "item":
            item = Item.model_validate_json(content)
            return Document(kind, item.item_code, item.task_version, item.model_dump(mode="json"))
        if kind == "theme":
            theme = Theme.model_validate_json(content)
            body = theme.model_dump(mode="json")
            return Document(kind, theme.theme_code, theme.task_version, body)
        if kind == "service" and name in _SERVICE:
            tables = _SERVICE[name].model_validate_json(content)
            return Document(kind, name, tables.version, tables.model_dump(mode="json"))
        if kind == "dicts":
            body = json.loads(content)
            return Document(kind, kind, str(body.get("version", canonical_hash(body)[:12])), body)
        if kind == "hints":
            return _hints(content)
        if kind == dictionaries.KIND:
            return _dictionary(dictionaries.of_document(json.loads(content)), json.loads(content))
        if kind == calendars.KIND:
            calendar = WorkCalendar.from_json(content)
            body = calendar.model_dump(mode="json", by_alias=True)
            return Document(kind, calendar.region, calendar.version, body)
    except (ValueError, CounterError, RecursionError) as error:
        raise _not_one() from error
    raise _not_one()


def _dictionary(one: dictionaries.Dictionary, body: dict[str, Any]) -> Document:
    """Named by its content: published twice it is the same."""
    kept = {"content": body["content"]}
    return Document(dictionaries.KIND, dictionaries.NAME, one.dict_id, kept)


def _hints(content: bytes) -> Document:
    hints = Hints.model_validate_json(content)
    return Document("hints", "hints", hints.version, hints.model_dump(mode="json"))


def _not_one() -> DomainError:
    return DomainError(code="PUB-FORM", what="内容不是这一类的数据。", safe="没有发布任何内容。")


def publish(centre: Centre, documents: list[Document]) -> Published:
    """Publish documents in one transaction; those already there are left alone.

    A list of holidays is joined to what is known already, gets its edition, and every open case's
    days are computed again in the same transaction.

    Raises:
        DomainError: CAL-NONSENSE, CAL-GAP: a list that cannot be right; nothing was published.
        DomainError: PUB-CHANGED: a version would change its content.
    """
    with deeds.writing(centre, "document.publish") as (tx, deed):
        fresh = [added for document in documents if (added := _add(centre, tx, document))]
        deed.about = " ".join(f"{one.kind}:{one.name}@{one.version}" for one, _ in fresh)
        deed.outcome = deeds.DONE if fresh else ""
        kinds = {document.kind for document, _ in fresh}
        if kinds & set(CATALOG_KINDS):
            _announce(centre, tx)  # before its documents, so that a counter waits for all of them
        for one, rev in fresh:
            # Of dictionaries a counter needs the newest only; the centre keeps the others.
            alone = one.kind == dictionaries.KIND
            entity_id = one.name if alone else f"{one.name}@{one.version}"
            change = feed.Change(feed.REFERENCE, one.kind, entity_id, rev, one.body, centre.now())
            feed.put(tx, change)
        moved = redate.redate_cases(centre, tx) if calendars.KIND in kinds else 0
    return Published(len(fresh), len(documents) - len(fresh), moved)


def _add(centre: Centre, tx: Tx, document: Document) -> tuple[Document, int] | None:
    """Add a version; return it as it is fed and its number, None if it is there already."""
    sha256 = canonical_hash(document.body)
    known = reference.digest(tx, document.kind, document.name, document.version)
    if known == sha256:
        return None
    if known is not None:
        raise DomainError(
            code="PUB-CHANGED",
            what=f"{document.name} 的版本 {document.version} 已发布过，内容不同。",
            safe="没有发布任何内容。",
            todo="请换一个新的版本号再发布。",
        )
    if document.kind == calendars.KIND:
        document = replace(document, body=calendars.next_edition(tx, document.body))
    rev = reference.add(
        tx,
        document.kind,
        document.name,
        document.version,
        body=document.body,
        sha256=sha256,
        at=centre.now(),
    )
    return document, rev


def _announce(centre: Centre, tx: Tx) -> None:
    """Sign and feed the catalogue version that now is: the newest of every document."""
    entries = [
        CatalogEntry(kind=kind, name=name, version=version, sha256=sha256)
        for kind, name, version, sha256 in reference.newest(tx, CATALOG_KINDS)
    ]
    listed = [entry.model_dump() for entry in entries]
    version = f"{centre.clock().date().isoformat()}-{canonical_hash(listed)[:12]}"
    manifest = CatalogManifest(version=version, documents=tuple(entries))
    plain = manifest.model_dump(mode="json")
    token = sign_json(plain, centre.keys.signing, CATALOG_TYP)
    rev = reference.add(
        tx,
        "catalog",
        "catalog",
        version,
        body={"token": token},
        sha256=canonical_hash(plain),
        at=centre.now(),
    )
    change = feed.Change(feed.REFERENCE, "catalog", "catalog", rev, {"token": token}, centre.now())
    feed.put(tx, change)


def put_operator(
    centre: Centre,
    *,
    hall_code: str,
    job_no: str,
    name: str,
    roles: tuple[str, ...],
    active: bool = True,
) -> OperatorState:
    """Add an operator or change one; every former state is kept for the question "as of then"."""
    operator_id = f"{hall_code}-{job_no}"
    now = centre.now()
    with deeds.writing(centre, "operator.put") as (tx, deed):
        deed.about = operator_id
        history = halls.operator_history(tx, operator_id)
        state = OperatorState(
            operator_id,
            history[-1].rev + 1 if history else 1,
            now,
            hall_code,
            name,
            job_no,
            roles,
            active,
        )
        halls.put_operator(tx, state)
        view = OperatorView(
            operator_id=operator_id, name=name, job_no=job_no, roles=roles, active=active
        )
        feed.put(
            tx,
            feed.Change(
                feed.hall_scope(hall_code),
                "operator",
                operator_id,
                state.rev,
                view.model_dump(mode="json"),
                now,
            ),
        )
    return state
