# SPDX-License-Identifier: MulanPSL-2.0
"""The fields of one person, applicant or agent, with the look at person and paper."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from counter.domain.people import Person
from ui.forms.controls import ChoiceControl, TextControl, as_code, as_day, as_typed, go_on
from ui.forms.enter_walk import EnterWalk
from ui.screens.intake import edits
from ui.screens.intake.presenter import IntakePresenter
from ui.theme import px
from ui.widgets.badge import Badge
from ui.widgets.base import label
from ui.widgets.buttons import PrimaryButton, SecondaryButton
from ui.widgets.card import Card
from ui.widgets.field_row import FieldRow
from ui.widgets.flow_row import FlowRow

_RESIDENT = {"111": "居民身份证"}
"""Until the code lists are read; then all kinds of papers, the frequent ones first."""
_SEXES = {"1": "男", "2": "女"}
NAME_EM = 6
"""Width of the name column in characters."""
_METHODS = {
    "card_chip": "读卡并核对本人",
    "card_visual": "看过证件和本人",
    "other_document": "看过其他证件和本人",
    "attested": "由他人证明",
}

_Maker = Callable[[], TextControl | ChoiceControl]
_FIELDS: tuple[tuple[str, str, bool, str, _Maker], ...] = (
    ("name", "姓名", True, "", partial(TextControl, as_typed)),
    ("id_type", "证件", False, "", partial(ChoiceControl, _RESIDENT)),
    ("id_no", "证件号码", True, "", partial(TextControl, as_code)),
    ("birth", "出生日期", True, "", partial(TextControl, as_day, placeholder="例如 19461208")),
    ("sex", "性别", False, "", partial(ChoiceControl, _SEXES)),
    ("address", "住址", False, "", partial(TextControl, as_typed)),
    (
        "id_expired_reason",
        "怎样核实的",
        True,
        "证件已过期，写明核实办法，例如：上门核验。",
        partial(TextControl, as_typed),
    ),
    ("mobile", "手机", False, "没有手机也能办，下面打勾即可。", partial(TextControl, as_code)),
    (
        "phone_owner",
        "是谁的手机",
        False,
        "本人的不用填；家人的写明，例如：女儿。",
        partial(TextControl, as_typed),
    ),
    (
        "no_phone_reason",
        "怎样联系",
        False,
        "例如：打村委会电话、口信带给儿子。",
        partial(TextControl, as_typed),
    ),
)


class PersonCard(Card):
    """Card, fields, photo, 人证一致; tells what changed through the presenter."""

    finished = Signal()
    """Enter, and nothing more is to do here."""
    left_front = Signal()
    read_card = Signal()
    """The button beside F4."""

    def __init__(self, presenter: IntakePresenter, who: str, title: str) -> None:
        super().__init__(title)
        self._presenter, self.who = presenter, who
        self.rows: dict[str, FieldRow] = {}
        self.controls: dict[str, TextControl | ChoiceControl] = {}
        self._seen: set[str] = set()
        self._walk = EnterWalk(self)
        self._walk.onward.connect(lambda one: self._enter(one, 1))
        self._walk.back.connect(lambda one: self._enter(one, -1))
        self._build_top()
        for name, words, must, hint, make in _FIELDS:
            self._add_field(name, words, must, hint, make())
        self.no_phone = QCheckBox("没有手机")
        self.no_phone.setAccessibleName("没有手机")
        self.no_phone.clicked.connect(self._no_phone)
        self._walk.watch(self.no_phone)
        self.no_phone.installEventFilter(self)
        at = self.body.indexOf(self.rows["mobile"]) + 1
        self.body.insertWidget(at, self.no_phone)

    def _build_top(self) -> None:
        self.card_button = SecondaryButton("读身份证", "F4")
        self.card_button.clicked.connect(self.read_card)
        self._photo = QLabel()
        self._photo.setAccessibleName("证件上的照片")
        self._photo.setObjectName("sunken")
        self._photo.setAlignment(Qt.AlignmentFlag.AlignCenter)
        # The room is there before the photo is: nothing moves when the card arrives.
        self._photo.setFixedSize(2 * px("touch"), 5 * px("touch") // 2)
        self.confirm = PrimaryButton("人证一致")
        self.confirm.setAccessibleDescription("看过本人和证件，是同一个人")
        self.confirm.clicked.connect(self._confirm)
        self._badge = Badge("warn", "未核验")
        self._derived = label("", tone="muted", wrap=True)
        words = QVBoxLayout()
        words.addWidget(FlowRow((self.card_button, self.confirm)))
        words.addWidget(self._badge)
        words.addWidget(self._derived)
        words.addStretch(1)
        top = QHBoxLayout()
        top.setSpacing(px("l"))
        top.addWidget(self._photo, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        self.add(top)

    def _add_field(
        self, name: str, words: str, must: bool, hint: str, control: TextControl | ChoiceControl
    ) -> None:
        row = FieldRow(words, control, hint=hint, required=must, name_em=NAME_EM)
        control.edited.connect(lambda value: self._edited(name, str(value)))
        control.entered.connect(lambda: self._presenter.at(f"{self.who}.{name}"))
        control.left.connect(lambda: self._left(name))
        control.picked.connect(lambda: self._step(name, 1))
        self._walk.watch(control)
        self.rows[name], self.controls[name] = row, control
        self.add(row)

    # -- showing ------------------------------------------------------------

    def clear_seen(self) -> None:
        """Another person stands here: say nothing yet of empty fields."""
        self._seen = set()
        self.set_photo(b"")

    def set_photo(self, data: bytes) -> None:
        """Show the card's photo large, or none."""
        image = QImage.fromData(data) if data else QImage()
        if image.isNull():
            self._photo.setText("照片")
            return
        keep = Qt.AspectRatioMode.KeepAspectRatio
        smooth = Qt.TransformationMode.SmoothTransformation
        fitted = QPixmap.fromImage(image).scaled(self._photo.size(), keep, smooth)
        self._photo.setPixmap(fitted)

    def show_person(self, person: Person) -> None:
        """Show a person's fields and what is wrong with them."""
        today = self._presenter.today().date()
        resident = person.id_type in edits.RESIDENT_TYPES
        shown = {
            "birth": not resident,
            "sex": not resident,
            "id_expired_reason": edits.expired(person, today),
            "phone_owner": bool(person.mobile),
            "no_phone_reason": self._without_phone(person),
            "mobile": not self._without_phone(person),
        }
        kinds, found = self.controls["id_type"], self._presenter.reference.code_lists
        if isinstance(kinds, ChoiceControl):
            kinds.set_options(found.get("id_type", _RESIDENT))
        for name, control in self.controls.items():
            control.set_value(getattr(person, name))
            self.rows[name].setVisible(shown.get(name, True))
            self._show_error(name)
        self.no_phone.setChecked(self._without_phone(person))
        self.no_phone.setVisible(not person.mobile)
        self._derived.setText(edits.describe_person(person, today) or "读卡，或照着证件输入。")
        self._show_verified(person)

    def _without_phone(self, person: Person) -> bool:
        return bool(person.no_phone_reason) and not person.mobile

    def _show_verified(self, person: Person) -> None:
        done = person.verify_method != "none"
        ready = bool(person.name and person.id_no)
        self.confirm.setVisible(not done)
        self.confirm.setEnabled(ready)
        if done:
            at = person.verified_at[11:16]
            self._badge.set_state("ok", f"人证一致 {at}", icon="check")
            self._badge.setToolTip(_METHODS.get(person.verify_method, ""))
        else:
            self._badge.set_state("warn", "未核验" if not ready else "请核对本人", icon="warn")

    def _problem(self, name: str) -> str:
        view = self._presenter.view
        found = view.at(f"{self.who}.{name}") if view else None
        return found.text if found else ""

    def _show_error(self, name: str) -> None:
        row, control = self.rows[name], self.controls[name]
        text = self._problem(name)
        value = str(control.value())
        whole = name == "id_no" and len(value) >= 18
        blank = not value
        say = bool(row.error) or whole or name in self._seen or not (control.hasFocus() or blank)
        row.set_error(text if say and not (blank and control.hasFocus()) else "")

    def _left(self, name: str) -> None:
        self._seen.add(name)
        self._show_error(name)

    # -- changing -----------------------------------------------------------

    def _edited(self, name: str, value: str) -> None:
        today = self._presenter.today().date()
        self._presenter.edit(lambda d: edits.set_person(d, self.who, name, value, today))

    def _no_phone(self) -> None:
        on = self.no_phone.isChecked()
        self._edited("no_phone_reason", "无手机" if on else "")

    def _confirm(self) -> None:
        chip = self.who in self._presenter.chip_read
        by, at = self._presenter.desk.session.name, self._presenter.today().isoformat()
        self._presenter.edit(
            lambda d: edits.confirm_person(d, self.who, by_chip=chip, by=by, at=at)
        )
        self.focus_first()

    # -- walking ------------------------------------------------------------

    def focus_field(self, name: str) -> bool:
        """Put the focus into a field; false if it is not shown."""
        if name in {"verify_method", "confirm"} and self.confirm.isVisibleTo(self):
            self.confirm.setFocus(Qt.FocusReason.TabFocusReason)
            return True
        if name not in self.rows or not self.rows[name].isVisibleTo(self):
            return False
        self.controls[name].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def resume(self, name: str) -> bool:
        """Go on in a field where one stopped; false if it is not shown."""
        if name not in self.rows or not self.rows[name].isVisibleTo(self):
            return False
        go_on(self.controls[name])
        return True

    def focus_first(self) -> bool:
        """Put the focus where something is to do; false if nothing is."""
        onward = self._open_after("")
        return bool(onward) and self.focus_field(onward)

    def _open_after(self, name: str) -> str:
        """Next thing behind `name`: an empty or wrong field, the look at the paper, the phone."""
        shown = [n for n in self.rows if self.rows[n].isVisibleTo(self)]
        at = shown.index(name) + 1 if name in shown else 0
        wanted = [n for n in [*shown[at:], *shown[:at]] if self._problem(n)]
        if wanted and wanted != [name]:
            return next(n for n in wanted if n != name)
        if self.confirm.isVisibleTo(self) and self.confirm.isEnabled():
            return "confirm"
        rest = shown[at:]
        return "mobile" if "mobile" in rest and not self.controls["mobile"].value() else ""

    def _enter(self, widget: object, step: int) -> None:
        if widget is self.no_phone:
            if step < 0:
                self.focus_field("mobile")
            else:
                self.finished.emit()
            return
        name = next((n for n, c in self.controls.items() if c is widget), "")
        self._step(name, step)

    def _step(self, name: str, step: int) -> None:
        shown = [n for n in self.rows if self.rows[n].isVisibleTo(self)]
        if step < 0:
            at = shown.index(name) if name in shown else 0
            if at:
                self.focus_field(shown[at - 1])
            else:
                self.left_front.emit()
            return
        self._seen.add(name)
        self._show_error(name)
        if self._problem(name) and self.controls[name].value():
            return
        onward = self._open_after(name)
        if onward and onward != name:
            self.focus_field(onward)
        elif not self._problem(name):
            self.finished.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.no_phone and event.type() == QEvent.Type.FocusIn:
            self._presenter.at(f"{self.who}.mobile")
        return False

    def all_controls(self) -> list[QWidget]:
        """Everything that takes the focus, for the scroller."""
        return [*self.controls.values(), self.no_phone, self.confirm]
