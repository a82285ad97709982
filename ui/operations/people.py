# SPDX-License-Identifier: MulanPSL-2.0
"""What is known here about a person, read off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
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


def read_papers_of(
    desk: Desk,
    people: frozenset[str],
    on_done: Callable[[list[LibraryPaper]], object],
    *,
    owner: QObject,
    latest: Latest,
) -> None:
    """Read what the material library holds of these people (person keys)."""

    def ask(queries: Queries) -> list[LibraryPaper]:
        records = queries.person_records("material", people)
        return [LibraryPaper.model_validate(record.body) for record in records]

    desk.read(ask, on_done, owner=owner, latest=latest)
