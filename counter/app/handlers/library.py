# SPDX-License-Identifier: MulanPSL-2.0
"""The material library: what the hall has checked before, kept with every case and on its own."""

from __future__ import annotations

from collections.abc import Iterable

from counter.app.changes import Changes
from counter.app.commands import AddMaterial, VerifyMaterial
from counter.app.knowledge import item_of
from counter.app.operation_log import blob_ref, next_position, write_operation
from counter.app.session import CAPTURE_ROLES
from counter.app.work import AuditNote, Outcome, Work
from counter.domain.draft import Draft
from counter.domain.errors import DomainError, NotAllowedError
from counter.domain.library import LibraryPaper, better, owner_keys
from counter.domain.operations import OpKind, Versions
from counter.domain.people import person_key
from counter.ports.storage import PersonRecord

MATERIAL = "material"


def library_of(work: Work, draft: Draft) -> tuple[LibraryPaper, ...]:
    """Return the papers the hall holds of the people of a draft."""
    owners = owner_keys(draft.applicant, draft.agent)
    records = work.uow.people.of_people(MATERIAL, set(owners.values())) if owners else []
    return tuple(LibraryPaper.model_validate(record.body) for record in records)


def keep_papers(work: Work, papers: Iterable[LibraryPaper]) -> None:
    """Put checked papers into the library of this device; the centre derives the same rows."""
    for paper in papers:
        old = _find(work, paper.paper_id)
        kept = better(old, paper)
        if kept != old:
            _put(work, kept)


def add_material(command: AddMaterial, work: Work) -> Outcome:
    """Keep a copy for later: C, so that nobody takes it for a checked one.

    Raises:
        NotAllowedError: ``ROLE``.
        DomainError: ``LIBRARY-PERSON``, ``MATERIAL-NONE``, ``PAGE-GONE``.
    """
    work.session.need(CAPTURE_ROLES, "收材料")
    owner = person_key(command.person)
    item = item_of(work.uow.reference, command.item_code)
    row = next((m for m in item.materials if m.key == command.material_key), None)
    if not owner:
        raise DomainError(
            code="LIBRARY-PERSON", what="请先填这个人的证件号码。", field="person.id_no"
        )
    if row is None or not row.reusable or not command.pages:
        raise DomainError(code="MATERIAL-NONE", what="这份材料不能存进材料库。", field="materials")
    paper = LibraryPaper(
        person=owner,
        material_key=row.key,
        material_name=row.material_name,
        cert_type_code=row.cert_type_code,
        trust="C",
        checked_at=work.at,
        purpose=item.short_name,
        pages=command.pages,
    )
    kept = better(_find(work, paper.paper_id), paper)
    _put(work, kept)
    return _tell(work, "material.added", paper)


def verify_material(command: VerifyMaterial, work: Work) -> Outcome:
    """The original was seen: the copy counts as B from now on, with the clerk's name and time.

    Raises:
        NotAllowedError: ``ROLE``, ``LIBRARY-NONE``.
    """
    work.session.need(CAPTURE_ROLES, "核对原件")
    old = _find(work, command.paper_id)
    if old is None:
        raise NotAllowedError(code="LIBRARY-NONE", what="材料库里没有这份材料。", safe="没有改动。")
    checked = old.model_copy(
        update={"trust": "B", "checked_by": work.session.name, "checked_at": work.at}
    )
    _put(work, checked)
    return _tell(work, "material.verified", checked)


def _find(work: Work, entity_id: str) -> LibraryPaper | None:
    found = work.uow.people.get(MATERIAL, entity_id)
    return LibraryPaper.model_validate(found.body) if found else None


def _put(work: Work, paper: LibraryPaper) -> None:
    body = paper.model_dump(mode="json")
    work.uow.people.put(PersonRecord(MATERIAL, paper.paper_id, paper.person, body))


def _tell(work: Work, kind: OpKind, paper: LibraryPaper) -> Outcome:
    blobs = tuple(blob_ref(work, page, f"material.{paper.material_key}") for page in paper.pages)
    written = write_operation(
        work,
        next_position(work),
        kind=kind,
        entity="material",
        entity_id=paper.paper_id,
        body=paper,
        versions=Versions(catalog=work.uow.reference.version()),
        deadline="",
        blobs=blobs,
    )
    for blob in blobs:
        work.uow.blobs.refer(paper.paper_id, blob.blob_id, blob.role, blob.required)
    return Outcome(
        Changes(frozenset({"material", "outbox"}), frozenset({paper.paper_id})),
        AuditNote(kind, written.op_id, {"material": paper.material_key, "trust": paper.trust}),
    )
