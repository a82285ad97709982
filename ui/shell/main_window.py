# SPDX-License-Identifier: MulanPSL-2.0
"""The main window: regions and keys, nothing else."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QGridLayout, QMainWindow, QVBoxLayout, QWidget

from ui.runner import Runner
from ui.shell.entries import NavEntry
from ui.shell.header import HeaderBar
from ui.shell.help_overlay import HelpOverlay
from ui.shell.keys import KeyMap
from ui.shell.navigation import NavBar
from ui.shell.notice_area import NoticeArea
from ui.shell.operator_menu import OperatorMenu
from ui.shell.palette import CommandPalette, PaletteEntry
from ui.shell.screen import can_leave, go_back, keys_of, title_of, zones_of
from ui.shell.stack import ScreenStack
from ui.shell.status_bar import StatusBar, StatusPart
from ui.shell.zones import cycle_zone, first_focus, last_focus
from ui.signals import app_signals
from ui.theme import Mode, apply_theme, current

_NUMBERS = 9


class MainWindow(QMainWindow):
    """Header, navigation, screens, status bar; wires keys and changes to the screen in front.

    Attributes:
        header: the bar at the top.
        nav: the list of screens.
        stack: the screens.
        status: the bar at the bottom.
        notices: the notices under the screen.
        palette_box: the command palette (Ctrl+K).
        keys: the registered keys.
    """

    look_changed = Signal(str, bool)
    """Mode and 关怀, chosen by the person; keep it in the settings."""
    sign_out_requested = Signal()

    def __init__(
        self,
        entries: Sequence[NavEntry],
        *,
        runner: Runner | None = None,
        hall: str = "",
        window: str = "",
        operator: str = "",
    ) -> None:
        """Make the window; no screen is made before `navigate`.

        Args:
            entries: screens that exist, in the order of the navigation.
            runner: the bridge, needed for palette providers off the GUI thread.
            hall: name of the hall.
            window: which window of the hall, such as 3 号窗.
            operator: who is signed in.
        """
        super().__init__()
        self._entries = tuple(entries)
        self.setWindowTitle("一窗柜台")
        self.setMinimumSize(960, 600)
        self._build_regions()
        self.palette_box = CommandPalette(self, runner)
        self.palette_box.add_provider(self._commands)
        self._help = HelpOverlay(self)
        self.keys = KeyMap(self)
        self._register_keys()
        self.set_place(hall, window)
        self.set_operator(operator)
        signals = app_signals()
        signals.changes.connect(self.stack.on_changes)

    def _build_regions(self) -> None:
        menu = OperatorMenu(self)
        menu.look_chosen.connect(self.set_look)
        menu.help_requested.connect(self.open_help)
        menu.lock_requested.connect(self.lock)
        menu.sign_out_requested.connect(self._sign_out)
        self.header = HeaderBar(menu)
        self.header.search_requested.connect(self.open_palette)
        self.nav = NavBar(self._entries)
        self.nav.navigate.connect(self.navigate)
        self.stack = ScreenStack(self._entries)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.notices = NoticeArea(self.stack)
        column.addWidget(self.stack, 1)
        column.addWidget(self.notices)
        self.stack.shown.connect(self._shown)
        self.status = StatusBar()
        self.status.navigate.connect(self.navigate)
        whole = QWidget()
        whole.setObjectName("surface")
        grid = QGridLayout(whole)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        grid.addWidget(self.header, 0, 0, 1, 2)
        grid.addWidget(self.nav, 1, 0)
        grid.addWidget(middle, 1, 1)
        grid.addWidget(self.status, 2, 0, 1, 2)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(1, 1)
        self.setCentralWidget(whole)

    def _register_keys(self) -> None:
        add = self.keys.add
        for entry in self._entries:
            if entry.key:
                add(entry.key, entry.label, partial(self.navigate, entry.id), group="去哪里")
        for number, screen_id in enumerate(self.nav.ids[:_NUMBERS], 1):
            label = next(entry.label for entry in self._entries if entry.id == screen_id)
            add(f"Alt+{number}", label, partial(self.navigate, screen_id), group="去哪里")
        add("Esc", "返回上一处，填的内容都在", self.go_back)
        add("F1", "这里能用的键", self.open_help)
        add("F5", "重新读取", self.refresh)
        add("F6", "到下一区", lambda: self.next_zone(1))
        add("Shift+F6", "到上一区", lambda: self.next_zone(-1))
        add("F10", "人员菜单", self.header.open_menu)
        add("Ctrl+K", "搜索一切", self.open_palette)
        add("Ctrl+L", "锁屏，草稿保留", self.lock)

    # -- what others call -------------------------------------------------

    def navigate(self, screen_id: str) -> bool:
        """Go to a screen; false if it does not exist or the present one must not be left."""
        self._close_overlays()
        gone = self.stack.go(screen_id)
        self.nav.set_here(self.stack.here)
        return gone

    def set_place(self, hall: str, window: str) -> None:
        """Show hall and window number."""
        self.header.set_place(hall, window)

    def set_operator(self, name: str) -> None:
        """Show who is signed in."""
        self.header.set_operator(name)

    def set_status(self, part: StatusPart) -> None:
        """Show a part of the status bar."""
        self.status.set_part(part)

    def set_badge(self, screen_id: str, count: int) -> None:
        """Show a count at an entry of the navigation."""
        self.nav.set_badge(screen_id, count)

    # -- keys -------------------------------------------------------------

    def open_palette(self) -> None:
        """Ctrl+K."""
        self._help.shut()
        self.palette_box.pop_up()

    def open_help(self) -> None:
        """F1: keys of the screen in front, then those of the window."""
        self.palette_box.shut()
        self._help.show_keys([*keys_of(self.stack.front), *self.keys.lines])

    def go_back(self) -> None:
        """Esc: closes what lies on top, then a step inside the screen, then the screen."""
        if self._close_overlays() or self.notices.close_newest():
            return
        if go_back(self.stack.front):
            return
        if self.stack.back():
            self.nav.set_here(self.stack.here)

    def refresh(self) -> None:
        """F5."""
        self.stack.refresh(None)

    def lock(self) -> None:
        """Ctrl+L: whoever covers the screen listens to `AppSignals.locked`."""
        self._close_overlays()
        app_signals().locked.emit()

    def next_zone(self, step: int) -> None:
        """F6 and Shift+F6: zones of the screen, then status bar and navigation."""
        cycle_zone([*zones_of(self.stack.front), self.status, self.nav], step)

    def set_look(self, mode: Mode, care: bool) -> None:
        """Change colours and size at once, everywhere."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            apply_theme(app, mode, care=care)
            self.look_changed.emit(mode, care)

    # -- inside -----------------------------------------------------------

    def _close_overlays(self) -> bool:
        was_open = self.palette_box.isVisible() or self._help.isVisible()
        self.palette_box.shut()
        self._help.shut()
        return was_open

    def _commands(self, query: str) -> list[PaletteEntry]:
        """Palette provider: the screens and the commands of the window."""
        found = [
            PaletteEntry(entry.label, "页面", entry.key, partial(self.navigate, entry.id))
            for entry in self._entries
        ]
        found += [
            PaletteEntry("锁屏", "命令", "Ctrl+L", self.lock),
            PaletteEntry("关怀字号（大字）", "命令", "", lambda: self._resize_text(care=True)),
            PaletteEntry("标准字号", "命令", "", lambda: self._resize_text(care=False)),
            PaletteEntry("这里能用的键", "命令", "F1", self.open_help),
        ]
        return [one for one in found if query.lower() in f"{one.title} {one.key}".lower()]

    def _resize_text(self, *, care: bool) -> None:
        self.set_look(current().mode, care)

    def _sign_out(self) -> None:
        if can_leave(self.stack.front):
            self.sign_out_requested.emit()

    def _shown(self, screen_id: str) -> None:
        self.nav.set_here(screen_id)
        front = self.stack.front
        entry = next(one for one in self._entries if one.id == screen_id)
        title = title_of(front, entry.label)
        if front is not None:
            # Screens are made late: without this the status bar would come before them.
            self.status.follow(last_focus(front))
        focus = QApplication.focusWidget()
        if front is not None and (focus is None or not front.isAncestorOf(focus)):
            target = first_focus(front)
            if target is not None:
                target.setFocus(Qt.FocusReason.OtherFocusReason)
        self.setWindowTitle(f"{title} · 一窗柜台")
