# SPDX-License-Identifier: MulanPSL-2.0
"""A newer version of the item a draft is pinned to, without pixels: look, change over, go back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal

from counter.domain.catalog import STATE_WORDS, Item
from counter.domain.draft_migration import Migration, migrate
from counter.domain.intake_problems import IntakeProblem
from ui.operations import intake
from ui.runner import Latest

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from counter.app.commands import Receipt
    from counter.domain.draft import Draft
    from ui.operations.desk import Desk
    from ui.screens.intake.reference import Reference


class Subject(Protocol):
    """The intake whose item this is about: the part of the presenter needed here."""

    desk: Desk
    draft: Draft | None
    item: Item
    receipt: Receipt | None
    reference: Reference

    def edit(self, change: Callable[[Draft], object]) -> None:
        """Change the draft and look at what follows."""

    def today(self) -> datetime:
        """Local time of the hall."""
        ...


def stopped_words(item: Item) -> str:
    """Return that an item cannot be taken now, and whom to ask; '' while it can."""
    said = STATE_WORDS[item.task_state]
    return (
        f"「{item.short_name}」{said}，不能收件。请向主管部门确认：{item.link_way}。"
        if said
        else ""
    )


class Versions(QObject):
    """What the catalogue has become since the draft pinned its item. GUI thread only.

    A theme's draft keeps its versions to the end.
    """

    changed = Signal()
    """Whether there is something newer is known anew."""
    refused = Signal(str)
    """Words: an item was chosen that cannot be taken now."""

    def __init__(self, presenter: Subject, parent: QObject) -> None:
        super().__init__(parent)
        self._presenter = presenter
        self._newest: Item | None = None
        self._left: Item | None = None
        self._again: tuple[str, ...] = ()
        self._kept: set[tuple[str, str]] = set()
        self._latest = Latest()

    def ask(self) -> None:
        """Read what is in force now of the draft's item."""
        draft = self._presenter.draft
        if draft is None or not draft.item_code:
            self.forget()
            return
        if self._newest is not None and self._newest.item_code != draft.item_code:
            self.forget()
        intake.read_item(
            self._presenter.desk, draft.item_code, self._have, owner=self, latest=self._latest
        )

    def forget(self) -> None:
        """Another draft or another item is on the screen."""
        self._latest.cancel()
        self._newest = self._left = None
        self._again = ()
        self.changed.emit()

    def _have(self, newest: Item | None) -> None:
        draft = self._presenter.draft
        if newest is not None and draft is not None and newest.item_code == draft.item_code:
            self._newest = newest
            self.changed.emit()

    # -- what holds now ---------------------------------------------------------

    @property
    def newer(self) -> Item | None:
        """The version in force, if it is another one than the draft's and may be taken."""
        draft, newest = self._draft(), self._newest
        if draft is None or newest is None or newest.task_state != "在用":
            return None
        return newest if newest.task_version != draft.item_version else None

    @property
    def offered(self) -> Item | None:
        """The newer version while nobody said to stay with the old one."""
        draft, newer = self._draft(), self.newer
        if draft is None or newer is None:
            return None
        return None if (draft.draft_id, newer.task_version) in self._kept else newer

    @property
    def left(self) -> Item | None:
        """The version the draft was taken from a moment ago; one may go back to it."""
        return self._left

    @property
    def again(self) -> tuple[str, ...]:
        """What the change of version wants answered anew."""
        return self._again

    @property
    def stopped(self) -> str:
        """Words, when the item was stopped since the draft was begun; else ''."""
        if self._draft() is None or self._newest is None:
            return ""
        return stopped_words(self._newest)

    def problem(self) -> IntakeProblem | None:
        """What blocks 收件 because of it."""
        words = self.stopped
        return IntakeProblem("ITEM-STATE", words, "item", "item") if words else None

    def _draft(self) -> Draft | None:
        presenter = self._presenter
        return presenter.draft if presenter.receipt is None else None

    # -- what a person does -------------------------------------------------------

    def look(self) -> Migration | None:
        """Return what the newer version would mean; nothing changes."""
        presenter, newer = self._presenter, self.newer
        if presenter.draft is None or newer is None:
            return None
        lists = presenter.reference.code_lists
        today = presenter.today().date()
        return migrate(presenter.draft, presenter.item, newer, today, lists)

    def take(self) -> None:
        """Change over to the newer version; everything typed stays in the draft."""
        found, newer = self.look(), self.newer
        if found is None or newer is None:
            return
        self._left, self._again = self._presenter.item, found.again
        self._pin(newer)

    def keep(self) -> None:
        """Stay with the old version; it is not offered again for this draft."""
        draft, newer = self._draft(), self.newer
        if draft is not None and newer is not None:
            self._kept.add((draft.draft_id, newer.task_version))
            self.changed.emit()

    def back(self) -> None:
        """Return to the version before; what it alone asks is filled in as it was."""
        old = self._left
        if old is not None:
            self._left, self._again = None, ()
            self._pin(old)

    def settled(self) -> None:
        """The person has read what changed."""
        self._left, self._again = None, ()
        self.changed.emit()

    def _pin(self, item: Item) -> None:
        def change(draft: Draft) -> None:
            draft.item_version = item.task_version

        self._presenter.item = item
        self._presenter.edit(change)
        self.changed.emit()
