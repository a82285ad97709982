# SPDX-License-Identifier: MulanPSL-2.0
"""What every keystroke needs besides the draft: calendar, code lists, regions, earlier cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from counter.domain.hints import hint_facts, hints_for
from counter.domain.library import owner_keys
from counter.domain.people import person_key
from ui.operations import intake, people
from ui.operations.intake import IntakeData
from ui.operations.people import KnownOfPeople
from ui.runner import Latest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from counter.app.queries import CaseRow
    from counter.domain.draft import Draft
    from counter.domain.hints import Hint
    from counter.domain.intake import IntakeView
    from counter.domain.library import LibraryPaper
    from counter.domain.regions import RegionTable
    from ui.operations.desk import Desk

_LEAST_NUMBER = 6
"""Shorter numbers are still being typed."""


class Reference(QObject):
    """Reference data, read off the GUI thread and kept."""

    ready = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self.data: IntakeData | None = None
        self._regions: RegionTable | None = None

    def reload(self) -> None:
        """Read calendar and code lists (again); regions once."""
        intake.read_reference(self._desk, self._have_data, owner=self)
        if self._regions is None:
            intake.read_regions(self._desk, self._have_regions, owner=self)

    def _have_data(self, data: IntakeData) -> None:
        self.data = data
        self.ready.emit()

    def _have_regions(self, regions: RegionTable) -> None:
        self._regions = regions

    def region_words(self, code: str) -> str:
        """Name of a region code, longer codes by their county; '' if unknown."""
        if self._regions is None or not self._regions.known(code[:6]):
            return ""
        return self._regions.full_name(code[:6])

    @property
    def hints(self) -> tuple[Hint, ...]:
        """Rules 您可能还能办 of the catalogue."""
        return self.data.hints if self.data else ()

    @property
    def code_lists(self) -> dict[str, dict[str, str]]:
        """Code lists of the catalogue."""
        return self.data.code_lists if self.data else {}


class Earlier(QObject):
    """The cases this counter knows of the person in front of the window."""

    found = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._of = ""
        self._latest = Latest()
        self.rows: list[CaseRow] = []

    def ask(self, id_no: str) -> None:
        """Ask when the number is another one; a late answer to an older number is dropped."""
        if id_no == self._of:
            return
        self._of, self.rows = id_no, []
        if len(id_no) >= _LEAST_NUMBER:
            people.read_cases_of(self._desk, id_no, self._have, owner=self, latest=self._latest)
        else:
            self._latest.cancel()
            self.found.emit()

    def forget(self) -> None:
        """Another draft is on the screen."""
        self._latest.cancel()
        self._of, self.rows = "", []

    def _have(self, rows: list[CaseRow]) -> None:
        self.rows = rows
        self.found.emit()


class Library(QObject):
    """The papers of the people of this draft that the hall has checked before."""

    found = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._of: frozenset[str] = frozenset()
        self._latest = Latest()
        self.known = KnownOfPeople()

    def ask(self, draft: Draft) -> None:
        """Ask when the people are others; a late answer about older ones is dropped."""
        owners = owner_keys(draft.applicant, draft.agent)
        people_now = frozenset(owners.values())
        if people_now == self._of:
            return
        self._of, self.known = people_now, KnownOfPeople()
        self._latest.cancel()
        if people_now:
            people.read_known_of(
                self._desk,
                people_now,
                owners.get("applicant", ""),
                self._have,
                owner=self,
                latest=self._latest,
            )

    def forget(self) -> None:
        """Another draft is on the screen."""
        self._latest.cancel()
        self._of, self.known = frozenset(), KnownOfPeople()

    @property
    def papers(self) -> tuple[LibraryPaper, ...]:
        """The papers."""
        return self.known.papers

    def may_also(
        self, draft: Draft | None, view: IntakeView | None, rules: Sequence[Hint]
    ) -> tuple[str, ...]:
        """Return what the applicant may be able to do besides, a sentence each."""
        if draft is None or view is None:
            return ()
        mine = person_key(draft.applicant)
        held = {p.material_key for p in self.papers if p.person == mine and p.trust != "C"}
        ends = draft.applicant.id_valid_to
        known = hint_facts(view.facts, draft.item_code, held, self.known.taken, ends)
        return tuple(hint.text for hint in hints_for(rules, known))

    def _have(self, known: KnownOfPeople) -> None:
        self.known = known
        self.found.emit()
