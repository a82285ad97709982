# SPDX-License-Identifier: MulanPSL-2.0
"""Where notices appear: in a strip of their own under the screen, so that they cover nothing."""

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QScrollArea, QVBoxLayout, QWidget

from ui.notify import Notice, notice_center
from ui.theme import px
from ui.widgets.banner import Banner

_MOST = 3


class NoticeArea(QWidget):
    """Shows up to three notices, the newest on top; the same one twice is shown once.

    Where the screen above needs the room, the older ones wait behind the newest and come back
    when it goes.
    """

    def __init__(self, above: QWidget) -> None:
        """Make a hidden area; who makes it lays it out under the screen.

        Args:
            above: the screens; they keep the room they cannot do without.
        """
        super().__init__()
        self._above = above
        above.installEventFilter(self)
        self.setAccessibleName("通知")
        self._column = QVBoxLayout(self)
        self._space()
        self._banners: list[Banner] = []
        self.hide()
        notice_center().posted.connect(self.show_notice)

    @property
    def texts(self) -> list[str]:
        """Words of the notices that stand, newest first."""
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
        held = _in_sight(self._above)
        self.show()
        self._fit()
        if held is not None and (room := self.parentWidget()) is not None:
            if (layout := room.layout()) is not None:
                layout.activate()
            _keep_in_sight(held)
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

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_banners"):
            self._space()
            self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self._banners:
            self._fit()
        return super().eventFilter(watched, event)

    def _space(self) -> None:
        self._column.setContentsMargins(px("l"), px("xs"), px("l"), px("m"))
        self._column.setSpacing(px("xs"))

    def _fit(self) -> None:
        """Show as many as there is room for, and at least the newest."""
        whole = self.parentWidget() or self
        wide = whole.width() - 2 * px("l")
        left = whole.height() - self._above.minimumSizeHint().height() - px("m")
        for at, banner in enumerate(self._banners):
            left -= banner.heightForWidth(wide) + px("xs")
            banner.setVisible(at == 0 or left >= 0)
            banner.set_close_key("Esc" if at == 0 else "")

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
        self._fit()


def _in_sight(above: QWidget) -> QWidget | None:
    """Return what has the keys on the screen, if it can be seen."""
    focus = QApplication.focusWidget()
    held = focus is not None and above.isAncestorOf(focus)
    return focus if held and focus is not None and not focus.visibleRegion().isEmpty() else None


def _keep_in_sight(focus: QWidget) -> None:
    """Scroll what lies around it: the strip took room from below."""
    at = focus.parentWidget()
    while at is not None:
        if isinstance(at, QScrollArea) and (page := at.widget()) is not None:
            middle = focus.mapTo(page, focus.rect().center())
            at.ensureVisible(middle.x(), middle.y(), 0, focus.height() // 2 + px("s"))
        at = at.parentWidget()
