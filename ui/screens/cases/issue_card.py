# SPDX-License-Identifier: MulanPSL-2.0
"""What of a case waits for a person: sent back, held, or a possible double."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal

from counter.domain.corrections import changeable
from ui.operations.cases import Issue
from ui.widgets.base import label
from ui.widgets.buttons import PrimaryButton, SecondaryButton
from ui.widgets.card import Card


class IssueCard(Card):
    """What the centre said, and the two steps: tell the person, close it."""

    close_wanted = Signal(str)
    inform_wanted = Signal(str)
    correct_wanted = Signal(str)

    def __init__(self, issue: Issue) -> None:
        rejected = issue.op.state == "REJECTED"
        super().__init__(
            "中心退回" if rejected else "等人决定", tone="danger" if rejected else "warn"
        )
        code = f"（{issue.op.last_code}）" if issue.op.last_code else ""
        said = issue.op.last_message or "没有写原因"
        self.add(label(f"中心说：{said}{code}", wrap=True))
        if rejected:
            self.add(label("凭证已给本人，须告知并更正。", strong=True, wrap=True))
        if issue.tell:
            tell = PrimaryButton("登记告知本人…")
            tell.clicked.connect(partial(self.inform_wanted.emit, issue.op.op_id))
            self.add(tell)
        if changeable(issue.op.kind):
            again = SecondaryButton("改正后重报…")
            again.clicked.connect(partial(self.correct_wanted.emit, issue.op.op_id))
            self.add(again)
        button = SecondaryButton("关闭这一条…")
        button.setEnabled(issue.close.allowed)
        button.setToolTip(issue.close.words)
        button.clicked.connect(partial(self.close_wanted.emit, issue.op.op_id))
        self.add(button)
        self.add(label(issue.close.words, "small", tone="muted", wrap=True))


def doubles_card(numbers: Sequence[str]) -> Card:
    """The centre saw another case of the same person and item; a person decides."""
    card = Card("可能重复", tone="warn")
    told = "、".join(numbers)
    card.add(label(f"中心还收到同一个人的同一事项：凭证 {told}。", wrap=True))
    words = "两件都没有动。请和收那一件的窗口核对，多出的一件请本人撤回。"
    card.add(label(words, "small", tone="muted", wrap=True))
    return card
