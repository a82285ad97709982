# SPDX-License-Identifier: MulanPSL-2.0
"""The ways a paper may come, as buttons with their keys."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal

from counter.domain.materials_list import MaterialState
from ui.screens.intake.material_row import WAY_BUTTONS, day_short
from ui.widgets.buttons import ActionButton, PrimaryButton, SecondaryButton
from ui.widgets.flow_row import FlowRow


class WayBar(FlowRow):
    """Camera and file first, then the ways of the catalogue on number keys."""

    chosen = Signal(str)
    """``capture``, ``file`` or a way."""

    def __init__(self) -> None:
        super().__init__()
        self._buttons: list[tuple[str, ActionButton]] = []
        self._shape: tuple[str, ...] = ()

    def show_state(self, state: MaterialState) -> None:
        """Show the ways of a row; the same ones keep their buttons."""
        ways = [w for w in state.ways_allowed if w in WAY_BUTTONS]
        shape = (state.key, *state.ways_allowed)
        if shape != self._shape:
            self._shape = shape
            self.clear()
            self._buttons = []
            if "scanned" in state.ways_allowed:
                self._put("capture", PrimaryButton("拍照", "F7", icon="camera"))
                self._put("file", SecondaryButton("选文件", "Ctrl+O"))
            for number, way in enumerate(ways, 1):
                self._put(way, SecondaryButton(WAY_BUTTONS[way], str(number)))
        for name, button in self._buttons:
            on = name == state.way
            if name == "original_checked" and state.given is not None:
                on = state.given.original_checked
            button.setCheckable(name in WAY_BUTTONS)
            button.setChecked(on)
            if name == "tolerated" and state.due:
                button.setText(f"容缺，{day_short(state.due)}前补")

    def way(self, number: int) -> str:
        """The way on a number key, '' if there is none."""
        ways = [name for name, _ in self._buttons if name in WAY_BUTTONS]
        return ways[number - 1] if 1 <= number <= len(ways) else ""

    def _put(self, name: str, button: ActionButton) -> None:
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: self.chosen.emit(name))
        self._buttons.append((name, button))
        self.add(button)
        button.show()
