# SPDX-License-Identifier: MulanPSL-2.0
"""The intake without pixels: the draft, what follows from it, where the clerk is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from counter.domain.catalog import Item
from counter.domain.draft import STEPS, Draft, Step
from counter.domain.intake import IntakeView, intake_view
from counter.domain.intake_problems import IntakeProblem
from counter.domain.materials import Page
from counter.domain.theme_parts import Bundle
from ui import notify
from ui.operations import intake
from ui.operations.intake import OpenedDraft
from ui.screens.intake import edits
from ui.screens.intake.autosave import Autosave
from ui.screens.intake.commit import Commit
from ui.screens.intake.page_work import PageWork
from ui.screens.intake.reference import Earlier, Library, Reference
from ui.screens.intake.theme_intake import ThemeIntake
from ui.screens.intake.versions import Versions, stopped_words

if TYPE_CHECKING:
    from counter.app.commands import Receipt
    from ui.operations.desk import Desk

STEP_TITLES: dict[Step, str] = {
    "person": "人",
    "item": "事项",
    "situation": "情形",
    "form": "表单",
    "materials": "材料",
    "review": "核对签字",
    "receipt": "凭证",
}
NO_ITEM = Item(
    item_code="none",
    task_version="0",
    task_name="",
    short_name="",
    task_type="20",
    use_level="5",
    dept_name="",
    by_law="",
    project_type="9",
    accept_condition="",
    handle_flow="",
    anticipate_day=0,
    promise_day=0,
    link_way="",
    supervise_way="",
    form=(),
    materials=(),
)
"""Stands in until an item is chosen, so that people are checked from the first keystroke."""


class IntakePresenter(QObject):
    """State of one intake at a time. GUI thread only.

    Attributes:
        draft: what is typed so far, `None` before the first start.
        item: the item version the draft is pinned to, `NO_ITEM` before the choice; of a theme,
            its items as one.
        themes: the theme (一件事) of the draft, empty for a single item.
        view: what follows from both.
        receipt: set only after 收件 is on the disk.
    """

    opened = Signal()
    """Another draft is on the screen: show everything anew."""
    changed = Signal()
    """`view` is new."""
    stepped = Signal(str)
    """Another step is in front."""
    focus_wanted = Signal(str)
    """Put the focus to this field, question or material."""
    received = Signal(object)
    """A `Receipt`: 收件 is done and on the disk."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.draft: Draft | None = None
        self.item = NO_ITEM
        self.view: IntakeView | None = None
        self.receipt: Receipt | None = None
        self.earlier = Earlier(desk, self)
        self.library = Library(desk, self)
        self.library.found.connect(self._look)
        self.chip_read: set[str] = set()
        self.themes = ThemeIntake()
        self.versions = Versions(self, self)
        self.autosave = Autosave(desk, self)
        self.pages = PageWork(desk, self)
        self.pages.stored.connect(self._page_stored)
        self.commit = Commit(desk, self)
        self.commit.received.connect(self._received)
        self._wanted: Callable[[], None] | None = None
        self._starting = False
        self.reference = Reference(desk, self)
        self.reference.ready.connect(self._look)
        self.reference.reload()

    # -- beginning and ending ----------------------------------------------

    def start(self, queue_no: str = "", keep: Callable[[Draft], None] | None = None) -> None:
        """Begin a new intake; ``keep`` fills its draft (same person once more)."""
        if self._starting:
            return
        self._starting = True
        self.flush()

        def done(opened: OpenedDraft | None) -> None:
            self._starting = False
            if opened is not None and keep is not None:
                keep(opened.draft)
            self._open(opened)

        intake.start_draft(self.desk, queue_no, done, self._not_started, owner=self)

    def open_draft(self, draft_id: str) -> None:
        """Go on with a draft: same step, same field."""
        if self.draft is not None and self.draft.draft_id == draft_id and self.receipt is None:
            self.focus_wanted.emit(self.draft.focus)
            return
        self.flush()
        intake.open_draft(self.desk, draft_id, self._open, owner=self)

    def again(self) -> None:
        """同一人再办一件: a new draft with the same people."""
        old = self.draft
        if old is None:
            self.start()
            return
        applicant, agent = old.applicant, old.agent

        def keep(draft: Draft) -> None:
            draft.applicant = applicant.model_copy(deep=True)
            draft.agent = agent.model_copy(deep=True) if agent else None
            draft.step = "item"

        chip = set(self.chip_read)
        self.start(keep=keep)
        self.chip_read = chip

    @property
    def draft_id(self) -> str:
        """Id of the draft on the screen, '' before the first."""
        return self.draft.draft_id if self.draft else ""

    def flush(self) -> None:
        """Hand every change to the database now (leaving, lock, close)."""
        self.autosave.flush()

    def today(self) -> datetime:
        """Local time of the hall."""
        return intake.now(self.desk)

    def _not_started(self, error: BaseException) -> None:
        self._starting = False
        notify.present_error(error)

    def _open(self, opened: OpenedDraft | None) -> None:
        if opened is None:
            notify.notify("这份草稿已经收件或删除了，请在「办件」里查找。", "warn")
            return
        self.draft, self.item = opened.draft, opened.item or NO_ITEM
        self.themes.forget()
        if opened.theme is not None:
            self.themes.open(opened.theme, opened.draft)
        self.receipt, self.chip_read = None, set()
        self.earlier.forget()
        self.library.forget()
        self.versions.forget()
        self.commit.reset()
        self.view = None
        self._look()
        focus = self.draft.focus  # showing the steps moves the focus about
        self.opened.emit()
        self.stepped.emit(self.draft.step)
        self.earlier.ask(self.draft.applicant.id_no)
        self.library.ask(self.draft)
        self.versions.ask()
        self.draft.focus = focus
        self.focus_wanted.emit(focus)

    # -- changing -----------------------------------------------------------

    def edit(self, change: Callable[[Draft], object]) -> None:
        """Change the draft, look at what follows, keep it."""
        if self.draft is None or self.receipt is not None or self.commit.busy:
            return
        self.themes.following(change, self.today().date())(self.draft)
        self._look()
        self.autosave.touch(self.draft)
        self.earlier.ask(self.draft.applicant.id_no)
        self.library.ask(self.draft)

    def at(self, focus: str) -> None:
        """The focus is at this field now; kept so that a crash leads back to it."""
        if self.draft is not None and focus and self.draft.focus != focus and not self.receipt:
            self.draft.focus = focus
            self.autosave.touch(self.draft)

    def choose_item(self, item_code: str) -> None:
        """Pin the draft to the newest version of an item or theme and go on."""

        def have(found: Item | Bundle | None) -> None:
            if isinstance(found, Bundle):
                self.edit(self.themes.take(found, self.today().date()))
                self.focus_wanted.emit("theme")  # which of its items is asked first
            elif found is not None and (words := stopped_words(found)):
                self.versions.refused.emit(words)
            elif found is not None:
                self._take_item(found)

        intake.read_taken(self.desk, item_code, have, owner=self)

    def _take_item(self, item: Item) -> None:
        self.item = item
        self.themes.forget()
        self.versions.forget()

        def change(draft: Draft) -> None:
            if draft.item_code != item.item_code:
                draft.answers, draft.duplicate_reason = {}, ""
                keys = {m.key for m in item.materials}
                draft.materials = {k: m for k, m in draft.materials.items() if k in keys}
            draft.item_code, draft.item_version = item.item_code, item.task_version
            draft.theme = None

        self.edit(change)
        if not item.agent_forbidden or self.draft is None or self.draft.agent is None:
            self.go("situation")

    def _look(self) -> None:
        data = self.reference.data
        if self.draft is None or data is None:
            return
        now, papers = self.today(), self.library.papers
        joined = self.themes.view(self.draft, data, now, papers)
        self.item = self.themes.item() or self.item
        self.view = joined or intake_view(
            self.draft,
            self.item,
            data.calendar,
            now,
            data.code_lists,
            library=papers,
        )
        self.changed.emit()

    def problems(self) -> list[IntakeProblem]:
        """What still blocks 收件, in the order of the steps."""
        found = list(self.view.errors) if self.view else []
        if self.item is NO_ITEM:
            none = IntakeProblem("ITEM-MISSING", "还没有选事项。", "item", "item")
            at = next((i for i, p in enumerate(found) if p.step != "person"), len(found))
            found.insert(at, none)
        stopped = self.versions.problem()
        return [stopped, *found] if stopped else found

    # -- steps ---------------------------------------------------------------

    def go(self, step: str, focus: str = "") -> None:
        """Bring a step to the front; 凭证 only by 收件."""
        if self.draft is None or step not in STEPS:
            return
        if (step == "receipt") != (self.receipt is not None):
            return
        if self.draft.step != step:
            self.draft.step, self.draft.focus = STEPS[STEPS.index(step)], focus
            if self.receipt is None:
                self.autosave.touch(self.draft)
        if step == "materials":
            self._card_is_seen()
        self.stepped.emit(step)
        self.focus_wanted.emit(focus)

    def move(self, by: int) -> None:
        """Next or previous step; 情形 without questions is passed over."""
        if self.draft is None or self.receipt is not None:
            return
        at = STEPS.index(self.draft.step) + by
        if 0 <= at < len(STEPS) and STEPS[at] == "situation" and not self._has_questions():
            at += by
        if 0 <= at < len(STEPS) - 1:
            self.go(STEPS[at])

    def _has_questions(self) -> bool:
        return bool(self.view and self.view.questions) or self.item is NO_ITEM

    def _card_is_seen(self) -> None:
        """A chip that was read and confirmed is the original of the applicant's ID card."""
        draft = self.draft
        if draft is None or draft.applicant.verify_method != "card_chip":
            return
        needed = {m.key for m in self.view.needed_materials} if self.view else set()
        key = edits.ID_CARD_MATERIAL
        if key in needed and key not in draft.materials:
            who, at = draft.applicant.verified_by, draft.applicant.verified_at
            self.edit(lambda d: edits.set_way(d, key, "original_checked", by=who, at=at))

    # -- answers ---------------------------------------------------------------

    def _page_stored(self, draft_id: str, key: str, page: object, replaces: str) -> None:
        if self.draft is None or self.draft.draft_id != draft_id:
            return  # the page of an earlier person must not end up here
        stored = Page.model_validate(page)
        if key.startswith("signature:"):
            method = key.partition(":")[2]
            at, who = self.today().isoformat(), self.desk.session.name
            witness = who if method == "finger" else ""
            self.edit(lambda d: edits.sign(d, method, stored, at=at, witness=witness))
        elif replaces:
            self.edit(lambda d: edits.replace_page(d, key, replaces, stored))
        else:
            self.edit(lambda d: edits.add_page(d, key, stored))

    def receive(self) -> None:
        """F9: 收件, unless something blocks it or it is under way."""
        if self.draft is None or self.receipt is not None:
            return
        if self.problems():
            self.go("review", "problems")
            return
        self.flush()
        self.commit.run(self.draft)

    def _received(self, receipt: Receipt) -> None:
        if self.draft is None:
            return
        self.autosave.forget()
        self.receipt = receipt
        self.draft.step = "receipt"
        self.stepped.emit("receipt")
        self.received.emit(receipt)
