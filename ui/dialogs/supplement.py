# SPDX-License-Identifier: MulanPSL-2.0
"""补交材料: which paper, which pages."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit, QListWidget, QWidget

from ui.dialogs.ask import AskDialog
from ui.theme import px
from ui.widgets.buttons import SecondaryButton
from ui.widgets.field_row import FieldRow

FilesChoice = Callable[[QWidget], Sequence[Path]]
_KINDS = "图片 (*.jpg *.jpeg *.png *.tif *.tiff *.bmp)"


def ask_files(parent: QWidget) -> Sequence[Path]:
    """The system's own dialog; empty when the person cancels."""
    chosen, _ = QFileDialog.getOpenFileNames(parent, "选择要补交的页", "", _KINDS)
    return [Path(one) for one in chosen]


class SupplementDialog(AskDialog):
    """Chooses a paper of the item's list and the files that are its pages."""

    given = Signal(str, list, str)
    """Key of the paper, paths of its pages in order, note."""

    def __init__(
        self,
        choices: Sequence[tuple[str, str]],
        consequence: str,
        parent: QWidget | None = None,
        *,
        first: str = "",
        title: str = "补交材料",
        choose: FilesChoice = ask_files,
    ) -> None:
        """Make the dialog.

        Args:
            choices: key and name of each paper.
            consequence: what will happen, in words.
            parent: the window.
            first: key chosen at the start (the one that is missing).
            title: what the act is called.
            choose: asks for files.
        """
        super().__init__(title, consequence, title, parent=parent)
        self.setAcceptDrops(True)
        self._choose = choose
        self._paths: list[Path] = []
        self.paper = QComboBox()
        for key, name in choices:
            self.paper.addItem(name, key)
        self.paper.setCurrentIndex(max(0, self.paper.findData(first)))
        self.body.addWidget(FieldRow("哪一份材料", self.paper, required=True))
        self.files = QListWidget()
        self.files.setAccessibleName("选好的页")
        self.files.setMinimumHeight(6 * px("body"))
        self.files.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        pick = SecondaryButton("选择图片…（也可以拖进来）", icon="camera")
        pick.setAutoDefault(False)
        pick.clicked.connect(self._pick)
        self.body.addWidget(pick)
        self.body.addWidget(self.files, 1)
        self.note = QLineEdit()
        self.note.setMaxLength(200)
        self.body.addWidget(FieldRow("说明", self.note, hint="例如：家人代交"))
        self.confirm.setEnabled(False)
        self.accepted.connect(self._tell)
        self.paper.setFocus()

    def add(self, paths: Sequence[Path]) -> None:
        """Append pages; a file chosen twice counts once."""
        for path in paths:
            if path not in self._paths:
                self._paths.append(path)
                self.files.addItem(f"第 {len(self._paths)} 页　{path.name}")
        self.confirm.setEnabled(bool(self._paths) and self.paper.count() > 0)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        urls = event.mimeData().urls()
        self.add([Path(url.toLocalFile()) for url in urls if url.isLocalFile()])

    def _pick(self) -> None:
        self.add(self._choose(self))

    def _tell(self) -> None:
        key = str(self.paper.currentData())
        self.given.emit(key, list(self._paths), self.note.text().strip())
