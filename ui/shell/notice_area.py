# SPDX-License-Identifier: MulanPSL-2.0
"""Where notices appear: above the screen, newest first, without covering work."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.notify import Notice, notice_center
from ui.theme import px
from ui.widgets.banner import Banner

_MOST = 3


class NoticeArea(QWidget):
    """Shows up to three notices; the same one twice is shown once."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("通知")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(px("l"), px("s"), px("l"), 0)
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
        self.show()
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
