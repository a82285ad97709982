# SPDX-License-Identifier: MulanPSL-2.0
"""Where notices appear: over the foot of the screen, so that nothing moves and no head is hidden."""

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.notify import Notice, notice_center
from ui.theme import px
from ui.widgets.banner import Banner

_MOST = 3
_WIDTH_EM = 34


class NoticeArea(QWidget):
    """Shows up to three notices; the same one twice is shown once."""

    def __init__(self, over: QWidget) -> None:
        """Make a hidden area.

        Args:
            over: the region it floats over; it follows that region's size.
        """
        super().__init__(over)
        self._over = over
        over.installEventFilter(self)
        self.setAccessibleName("通知")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(px("xs"))
        self._banners: list[Banner] = []
        self.hide()
        notice_center().posted.connect(self.show_notice)

    @property
    def texts(self) -> list[str]:
        """Words of the notices shown, newest first."""
        return [banner.text for banner in self._banners]

    def show_notice(self, notice: Notice) -> None:
        """Show a notice until its time is over or it is closed."""
        for banner in [one for one in self._banners if one.text == notice.words]:
            self._drop(banner)
        banner = Banner(
            notice.tone,
            notice.words,
            action_text=notice.action_text,
            code=notice.code,
            closable=True,
        )
        banner.closed.connect(self._closed)
        if notice.action is not None:
            banner.action.connect(notice.action)
            banner.action.connect(banner.close_banner)
        self._banners.insert(0, banner)
        self._column.insertWidget(0, banner)
        for old in self._banners[_MOST:]:
            self._drop(old)
        banner.show()
        self.show()
        self._fit()
        banner.speak()
        if notice.seconds:
            timer = QTimer(banner)
            timer.setSingleShot(True)
            timer.timeout.connect(banner.close_banner)
            timer.start(notice.seconds * 1000)

    def close_newest(self) -> bool:
        """Close the newest notice (Esc); false if there is none."""
        if not self._banners:
            return False
        self._drop(self._banners[0])
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._fit()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        """Lie over the foot, in the middle: footers have their buttons at the ends."""
        gap = px("l")
        wide = min(self._over.width() - 2 * gap, px("body") * _WIDTH_EM)
        self._column.activate()
        tall = self._column.heightForWidth(wide)
        tall = tall if tall > 0 else self._column.sizeHint().height()
        left = (self._over.width() - wide) // 2
        self.setGeometry(left, self._over.height() - tall - gap, wide, tall)
        self.raise_()

    def _closed(self) -> None:
        banner = self.sender()
        if isinstance(banner, Banner):
            self._drop(banner)

    def _drop(self, banner: Banner) -> None:
        if banner in self._banners:
            self._banners.remove(banner)
            self._column.removeWidget(banner)
            banner.hide()
            banner.deleteLater()
        self.setVisible(bool(self._banners))
        if self._banners:
            self._fit()
