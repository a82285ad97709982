# SPDX-License-Identifier: MulanPSL-2.0
"""这个事项有新版: a quiet line above the step, and the dialog that says what would change."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from counter.domain.draft_migration import Migration
from ui.dialogs.ask import AskDialog
from ui.notify import NoticeTone
from ui.screens.intake.presenter import IntakePresenter
from ui.theme import px
from ui.widgets.banner import Banner
from ui.widgets.base import Tone, label

_MOST = 12
_NAMED = 4


def _named(names: Sequence[str]) -> str:
    """Return the first names, and how many there are in all when more."""
    shown = "、".join(f"「{name}」" for name in names[:_NAMED])
    return shown + (f"等 {len(names)} 处" if len(names) > _NAMED else "")


class VersionDialog(AskDialog):
    """What changed in the item, and what that means for what is filled in."""

    def __init__(self, found: Migration, old: str, parent: QWidget | None = None) -> None:
        super().__init__(
            f"这个事项有新版：{old} → {found.draft.item_version}",
            "换成新版，填过的都不会丢；先用旧版也能照常收件。",
            "换成新版",
            cancel="先用旧版",
            parent=parent,
        )
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, px("s"), 0)
        column.setSpacing(px("xs"))
        for change in found.changes[:_MOST]:
            column.addWidget(label(f"{change.topic}　{change.text}", wrap=True))
        if len(found.changes) > _MOST:
            more = f"还有 {len(found.changes) - _MOST} 处小改动。"
            column.addWidget(label(more, tone="muted", wrap=True))
        rule = QFrame()
        rule.setObjectName("rule")
        column.addWidget(rule)
        for words, names in (
            (f"照旧有效 {len(found.kept)} 处", ()),
            ("要重新填或补交：", found.again),
            ("新版不问了，先收着：", found.set_aside),
        ):
            if names or words.startswith("照旧"):
                tone: Tone = "warn" if names and names is found.again else "neutral"
                column.addWidget(label(words + _named(names), wrap=True, strong=True, tone=tone))
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAccessibleName("变化")
        area.setWidget(inner)
        area.setMinimumHeight(min(inner.sizeHint().height(), 16 * px("body")))
        self.body.addWidget(area)
        self.confirm.setFocus(Qt.FocusReason.OtherFocusReason)


class VersionBar(QWidget):
    """Shown only while there is something to say about the version of the draft's item."""

    def __init__(self, presenter: IntakePresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._versions = presenter.versions
        self.dialog: VersionDialog | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.banner = Banner("info", "", action_text="查看变化", key="F11")
        self.banner.action.connect(self.act)
        self.take = self.banner.add_button("换成新版")
        self.keep = self.banner.add_button("先用旧版")
        self.take.clicked.connect(self._versions.take)
        self.keep.clicked.connect(self._second)
        column.addWidget(self.banner)
        self.hide()
        self._versions.changed.connect(self.show_state)

    def act(self) -> None:
        """F11: say what changed, or after the change go back."""
        if self._versions.left is not None:
            self._versions.back()
            return
        found = self._versions.look() if self._versions.offered else None
        if found is None:
            return
        self.dialog = VersionDialog(found, self._presenter.item.task_version, self)
        self.dialog.accepted.connect(self._versions.take)
        self.dialog.rejected.connect(self._versions.keep)
        self.dialog.open()

    def _second(self) -> None:
        if self._versions.left is not None:
            self._versions.settled()
        else:
            self._versions.keep()

    def show_state(self) -> None:
        """Show what is true of the version now."""
        versions = self._versions
        offered, left, stopped = versions.offered, versions.left, versions.stopped
        self.setVisible(bool(offered or left or stopped))
        self.take.setVisible(bool(offered) and left is None and not stopped)
        self.keep.setVisible(bool(offered or left) and not stopped)
        self.keep.setText("知道了" if left else "先用旧版")
        if stopped:
            self.banner.set_message("danger", f"{stopped}填好的内容都在草稿里。")
        elif left is not None:
            again = (
                f"要重新填或补交：{_named(versions.again)}。"
                if versions.again
                else "填过的都还在。"
            )
            tone: NoticeTone = "warn" if versions.again else "ok"
            self.banner.set_message(tone, f"已换成新版。{again}", action_text="换回旧版")
        elif offered is not None:
            self.banner.set_message("info", "这个事项有新版。", action_text="查看变化")
