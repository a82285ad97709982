# SPDX-License-Identifier: MulanPSL-2.0
"""What the person sees while the training hall is made ready, or why it could not be."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.notify import describe_error
from ui.theme import px
from ui.widgets.banner import Banner
from ui.widgets.base import label
from ui.widgets.buttons import PrimaryButton
from ui.widgets.progress_line import ProgressLine


class PreparingView(QWidget):
    """First start of the training hall: a few seconds, said in words."""

    retry = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build it; ``begin`` shows the progress."""
        super().__init__(parent)
        self.setObjectName("surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self)
        column.setContentsMargins(px("xl"), px("xl"), px("xl"), px("xl"))
        column.addStretch(1)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(label("一窗柜台", "display", tone="accent"), 0, centre)
        column.addWidget(label("练习大厅（990123），人和办件都是虚构的", "lead"), 0, centre)
        column.addSpacing(px("l"))
        self._progress = ProgressLine(cancelable=False)
        self._banner = Banner("danger", "")
        self._banner.hide()
        self._again = PrimaryButton("再试一次")
        self._again.clicked.connect(self.retry)
        self._again.hide()
        for widget in (self._progress, self._banner, self._again):
            widget.setFixedWidth(px("body") * 36)
            column.addWidget(widget, 0, centre)
        column.addStretch(2)

    def begin(self) -> None:
        """Say that it is being prepared."""
        self._banner.hide()
        self._again.hide()
        self._progress.start("正在准备练习用的窗口和练习用的中心，约 10 秒…")

    def fail(self, error: BaseException) -> None:
        """Say why it did not work and offer another try."""
        self._progress.finish()
        notice = describe_error(error)
        self._banner.set_message("danger", notice.words, code=notice.code)
        self._banner.show()
        self._again.show()
        self._again.setFocus()
