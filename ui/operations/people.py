# SPDX-License-Identifier: MulanPSL-2.0
"""What is known here about a person, read off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from counter.domain.library import LibraryPaper

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from counter.app.queries import CaseRow, Queries
    from ui.operations.desk import Desk
    from ui.runner import Latest


def read_cases_of(
    desk: Desk,
    id_no: str,
    on_done: Callable[[list[CaseRow]], object],
    *,
    owner: QObject,
    latest: Latest,
) -> None:
    """Read the cases of a person, newest first."""
    desk.read(lambda q: q.cases_of_person(id_no), on_done, owner=owner, latest=latest)


@dataclass(frozen=True)
class KnownOfPeople:
    """Checked papers of all the people, and what the applicant took before."""

    papers: tuple[LibraryPaper, ...] = ()
    taken: Mapping[str, str] = field(default_factory=dict)


def read_known_of(
    desk: Desk,
    people: frozenset[str],
    applicant: str,
    on_done: Callable[[KnownOfPeople], object],
    *,
    owner: QObject,
    latest: Latest,
) -> None:
    """Read what the hall knows of these people (person keys)."""

    def ask(queries: Queries) -> KnownOfPeople:
        records = queries.person_records("material", people)
        papers = tuple(LibraryPaper.model_validate(record.body) for record in records)
        return KnownOfPeople(papers, queries.taken_by(applicant) if applicant else {})

    desk.read(ask, on_done, owner=owner, latest=latest)
