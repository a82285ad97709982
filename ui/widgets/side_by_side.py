# SPDX-License-Identifier: MulanPSL-2.0
"""A list and the thing chosen from it: beside each other, or one over the other when narrow."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from ui.theme import px
from ui.widgets.buttons import LinkButton


class SideBySide(QWidget):
    """`main` takes the room, `side` has a width; in too little room `side` covers `main`."""

    folded_changed = Signal(bool)
    """The layout changed between beside (`False`) and one over the other (`True`)."""
    back_wanted = Signal()
    """Who has no keyboard presses what Esc does: from `side` back to `main`."""

    def __init__(
        self,
        main: QWidget,
        side: QWidget,
        *,
        side_em: int,
        fold_em: int,
        parent: QWidget | None = None,
    ) -> None:
        """Make it.

        Args:
            main: the list.
            side: what was chosen.
            side_em: width of `side` in ems of body text while beside.
            fold_em: below this width of the whole in ems only one is shown.
            parent: owner.
        """
        super().__init__(parent)
        self.main, self.side = main, side
        self._side_em, self._fold_em = side_em, fold_em
        self._on_side = False
        self._folded: bool | None = None
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px("l"))
        self.back = LinkButton("回到列表", "Esc")
        self.back.hide()
        self.back.clicked.connect(self.back_wanted)
        grid.addWidget(self.back, 0, 0, 1, 2, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(main, 1, 0)
        grid.addWidget(side, 1, 1)
        grid.setRowStretch(1, 1)
        grid.setVerticalSpacing(0)
        self._grid = grid

    @property
    def folded(self) -> bool:
        """Whether only one of the two has room."""
        return bool(self._folded)

    @property
    def on_side(self) -> bool:
        """Whether `side` covers `main` now."""
        return self.folded and self._on_side

    def show_side(self) -> None:
        """Bring `side` to the front when there is room for one only."""
        self._on_side = True
        self._place()

    def show_main(self) -> None:
        """Bring `main` back."""
        self._on_side = False
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        folded = self.width() < self._fold_em * px("body")
        if folded != self._folded:
            self._folded = folded
            self._place()
            self.folded_changed.emit(folded)
        elif not folded:
            self._set_width()

    def _set_width(self) -> None:
        self.side.setFixedWidth(min(self._side_em * px("body"), self.width() // 2))

    def _place(self) -> None:
        self._grid.setHorizontalSpacing(0 if self.folded else px("l"))
        self.back.setVisible(self.on_side)
        self.main.setVisible(not self.on_side)
        self.side.setVisible(not self.folded or self._on_side)
        if self.folded:
            self.side.setMinimumWidth(0)
            self.side.setMaximumWidth(16777215)
        else:
            self._set_width()
        self._grid.setColumnStretch(0, 0 if self.on_side else 1)
        self._grid.setColumnStretch(1, 1 if self.on_side else 0)
        self._grid.setAlignment(self.side, Qt.AlignmentFlag(0))
