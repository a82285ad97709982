# SPDX-License-Identifier: MulanPSL-2.0
"""The operator's menu: size, colours, help, lock, sign out."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from ui.theme import Mode, current

_MODES: dict[Mode, str] = {"light": "浅色", "dark": "深色", "high_contrast": "高对比"}


class OperatorMenu(QMenu):
    """What belongs to the person at the counter, not to a case."""

    look_chosen = Signal(str, bool)
    """Mode and 关怀."""
    help_requested = Signal()
    lock_requested = Signal()
    sign_out_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("人员菜单")
        self._sizes = QActionGroup(self)
        self.standard = self._check(self._sizes, "标准字号")
        self.care = self._check(self._sizes, "关怀（大字）")
        self.addSeparator()
        self._colours = QActionGroup(self)
        self.modes = {mode: self._check(self._colours, text) for mode, text in _MODES.items()}
        self.addSeparator()
        self._plain("这里能用的键\tF1", self.help_requested.emit)
        self._plain("锁屏\tCtrl+L", self.lock_requested.emit)
        self._plain("退出登录", self.sign_out_requested.emit)
        self._sizes.triggered.connect(self._chosen)
        self._colours.triggered.connect(self._chosen)
        self.aboutToShow.connect(self.show_look)
        self.show_look()

    def show_look(self) -> None:
        """Tick what is in force."""
        theme = current()
        (self.care if theme.care else self.standard).setChecked(True)
        self.modes[theme.mode].setChecked(True)

    def _check(self, group: QActionGroup, text: str) -> QAction:
        action = self.addAction(text)
        action.setCheckable(True)
        group.addAction(action)
        return action

    def _plain(self, text: str, call: object) -> None:
        self.addAction(text).triggered.connect(call)

    def _chosen(self) -> None:
        mode = next(mode for mode, action in self.modes.items() if action.isChecked())
        self.look_chosen.emit(mode, self.care.isChecked())
