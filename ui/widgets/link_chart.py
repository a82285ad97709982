# SPDX-License-Identifier: MulanPSL-2.0
"""The quality of the line over the last hours as a small bar chart with words."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.theme import current


class LinkChart(QLabel):
    """Bars from old (left) to now (right); a gap with a cross line means no line at all.

    A label for screen readers: it has words, not only a picture.
    """

    def __init__(self, caption: str = "线路", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._caption = caption
        self._samples: tuple[float | None, ...] = ()
        self._ends = ("", "现在")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_samples((), "")

    def set_samples(self, samples: Sequence[float | None], since: str) -> None:
        """Show samples.

        Args:
            samples: quality 0 (hardly usable) to 1 (good) at even times; `None` is offline.
            since: words for the left end, such as 6 小时前.
        """
        self._samples = tuple(samples)
        self._ends = (since, "现在" if samples else "")
        good = [value for value in samples if value is not None]
        off = len(samples) - len(good)
        share = round(100 * off / len(samples)) if samples else 0
        text = f"{since}到现在，{share}% 的时间离线" if samples else "还没有记录"
        self.setAccessibleName(f"{self._caption}：{text}")
        self.setToolTip(text)
        self.update()

    def sizeHint(self) -> QSize:
        theme = current()
        return QSize(160, 2 * theme.px("xl") + QFontMetrics(theme.font("small")).height())

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current()
        painter = QPainter(self)
        words = QFontMetrics(theme.font("small")).height()
        base = self.height() - words - 2
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.drawLine(0, base, self.width(), base)
        slot = self.width() / max(len(self._samples), 1)
        for at, value in enumerate(self._samples):
            left = at * slot
            if value is None:
                painter.setPen(QPen(theme.colour("danger"), 2))
                y = base - 3
                painter.drawLine(int(left) + 1, y, int(left + slot) - 1, y)
                continue
            tone = "ok" if value >= 0.6 else "warn"
            tall = max(3.0, value * (base - 4))
            painter.fillRect(
                QRectF(left + 1, base - tall, max(slot - 2, 1), tall), theme.colour(tone)
            )
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colour("muted"))
        foot = QRectF(0, self.height() - words, self.width(), words)
        text = self._ends[0] if self._samples else "还没有记录"
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, text)
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, self._ends[1])
