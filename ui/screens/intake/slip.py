# SPDX-License-Identifier: MulanPSL-2.0
"""What stands on the receipt, at the right of the receipt step."""

from __future__ import annotations

import base64

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from counter.domain.deadline_words import day_words
from counter.domain.masking import mask_name
from ui.screens.intake import summary
from ui.screens.intake.presenter import IntakePresenter
from ui.screens.intake.side_panel import clear
from ui.theme import px
from ui.widgets.base import label
from ui.widgets.card import Card


class Slip(QScrollArea):
    """The receipt in short; the paper itself is printed with F8."""

    def __init__(self, presenter: IntakePresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.setAccessibleName("收件凭证的内容")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, px("xs"), 0)
        self._card = Card("收件凭证")
        self._qr = QLabel()
        self._qr.setAccessibleName("凭证二维码，不含姓名和证件号")
        self._qr.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._card.add(self._qr)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(px("xs"))
        self._card.add(self._lines)
        column.addWidget(self._card)
        column.addStretch(1)
        self.setWidget(inner)

    def show_qr(self, data_url: str) -> None:
        """Show the code, large enough to be read off the screen."""
        picture = QPixmap()
        picture.loadFromData(base64.b64decode(data_url.partition(",")[2]))
        edge = min(5 * px("touch"), self.viewport().width() - 3 * px("l"))
        self._qr.setPixmap(
            picture.scaled(edge, edge, mode=Qt.TransformationMode.SmoothTransformation)
        )

    def show_receipt(self) -> None:
        """Fill in from the presenter; only after 收件."""
        p = self._presenter
        draft, view, receipt = p.draft, p.view, p.receipt
        clear(self._lines)
        self._qr.clear()
        if draft is None or view is None or receipt is None:
            return
        hall, clerk = p.desk.hall, p.desk.session
        number = receipt.theme_no or receipt.receipt_no
        self._lines.addWidget(label(number.replace("-", "-\u200b"), wrap=True, strong=True))
        for name, one in zip(p.themes.names(), receipt.together, strict=False):
            self._add(name, one.receipt_no.replace("-", "-\u200b"))
        self._add("大厅", hall.name)
        when = receipt.received_at.replace("T", " ")[:16]
        self._add("收件", f"{when} {hall.window_name} 工号 {clerk.job_no}")
        self._add("申请人", mask_name(draft.applicant.name))
        if draft.agent is not None:
            name = mask_name(draft.agent.person.name)
            self._add("代办", f"{name}（{draft.agent.relation}）")
        self._add("事项", p.item.task_name)
        for name, words in summary.material_rows(view):
            self._add(name, words)
        due = day_words(view.clocks.answer.date)
        words = f"材料已收，不代表已受理。我们在 {due}前答复。"
        self._lines.addWidget(label(words, wrap=True))
        self._add("查询密码", receipt.query_code)
        self._add("咨询", hall.phone)
        self._add("监督", hall.supervise_phone)

    def _add(self, name: str, value: str) -> None:
        line = QWidget()
        box = QHBoxLayout(line)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(px("s"))
        parts = (label(name, "small", tone="muted", wrap=True), label(value, "small", wrap=True))
        for part, share in zip(parts, (2, 3), strict=True):
            part.setAlignment(Qt.AlignmentFlag.AlignTop)
            box.addWidget(part, share)
        self._lines.addWidget(line)
