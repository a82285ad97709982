# SPDX-License-Identifier: MulanPSL-2.0
"""Who takes what: the fields of the 送达回证."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QVBoxLayout, QWidget

from counter.domain.case_life import DELIVERY_WORDS, Delivery
from counter.ports.devices import CardData
from ui.forms.controls import ChoiceControl, TextControl
from ui.operations.delivery import Handing
from ui.theme import px
from ui.widgets.base import Tone, label, set_tone
from ui.widgets.field_row import FieldRow

OWN = "本人"
_NAME_EM = 5
_RELATIONS = (OWN, "配偶", "子女", "父母", "兄弟姐妹", "代办员")


class DeliveryForm(QWidget):
    """The fields; `delivery` is `None` until the receiver and the documents are given."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._handing: Handing | None = None
        self.relation = QComboBox()
        self.relation.setEditable(True)
        self.relation.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.relation.addItems(_RELATIONS)
        self.receiver = TextControl(str.strip)
        self.id_no = TextControl(lambda text: text.strip().upper())
        self.method = ChoiceControl(DELIVERY_WORDS)
        self.post_no = TextControl(str.strip)
        self.witness = TextControl(str.strip)
        self.documents = QPlainTextEdit()
        self.documents.setTabChangesFocus(True)
        self.documents.setFixedHeight(round(4.5 * px("body")))
        made = (
            ("relation", "谁来领", self.relation, "", True),
            ("receiver", "领取人", self.receiver, "", True),
            ("id_no", "证件号", self.id_no, "按 F4 读身份证，或照证件输入", False),
            ("method", "怎样送达", self.method, "", False),
            ("post_no", "邮件号", self.post_no, "", True),
            ("witness", "见证人", self.witness, "", True),
            ("documents", "领走什么", self.documents, "一行一样", True),
        )
        self.rows = {
            key: FieldRow(name, control, required=must, hint=hint, name_em=_NAME_EM)
            for key, name, control, hint, must in made
        }
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px("xs"))
        # The screen puts it beside the button, where it is seen.
        self.check = label(" ", "small", wrap=True)
        for row in self.rows.values():
            column.addWidget(row)
        self.relation.currentTextChanged.connect(self._relation_changed)
        for control in (self.receiver, self.id_no, self.post_no, self.witness):
            control.textChanged.connect(self._judge)
        self.method.currentIndexChanged.connect(self._judge)
        self.documents.textChanged.connect(self._judge)

    def show_handing(self, handing: Handing) -> None:
        """Begin with the applicant, in person, and what there is."""
        self._handing = handing
        self.relation.setCurrentText(OWN)
        self.id_no.clear()
        self.post_no.clear()
        self.witness.clear()
        self.method.set_value("direct")
        self.documents.setPlainText("\n".join(handing.documents))
        self._relation_changed(OWN)

    def take_card(self, card: CardData) -> None:
        """Fill in the receiver; the applicant and the agent are recognised by their number."""
        handing, person = self._handing, card.person
        if handing is None:
            return
        relation = ""
        if person.id_no == handing.id_no:
            relation = OWN
        elif handing.agent_id and person.id_no == handing.agent_id:
            relation = handing.relation
        self.relation.setCurrentText(relation)
        self.receiver.setText(person.name)
        self.id_no.setText(person.id_no)
        self._judge()

    def delivery(self, deliverer: str) -> Delivery | None:
        """The 送达回证, `None` while something is missing."""
        documents = [line.strip() for line in self.documents.toPlainText().splitlines()]
        documents = [line for line in documents if line]
        relation, receiver = self.relation.currentText().strip(), self.receiver.value()
        method = self.method.value() or "direct"
        lacking = not (relation and receiver and documents)
        post = method == "post" and not self.post_no.value()
        left = method == "left" and not self.witness.value()
        if lacking or post or left:
            return None
        return Delivery.model_validate(
            {
                "receiver": receiver,
                "relation": relation,
                "id_type": "111" if self.id_no.value() else "",
                "id_no": self.id_no.value(),
                "method": method,
                "documents": documents,
                "deliverers": (deliverer,),
                "witness": self.witness.value(),
                "post_no": self.post_no.value(),
            }
        )

    def _relation_changed(self, relation: str) -> None:
        handing = self._handing
        if handing is None:
            return
        own = relation.strip() == OWN
        if own:
            self.receiver.setText(handing.name)
        elif self.receiver.text() == handing.name:
            self.receiver.setText(handing.agent if relation == handing.relation else "")
        if self.method.value() in {"direct", "agent"}:
            self.method.set_value("direct" if own else "agent")
        self._judge()

    def _judge(self) -> None:
        self.rows["post_no"].setVisible(self.method.value() == "post")
        self.rows["witness"].setVisible(self.method.value() == "left")
        handing = self._handing
        if handing is not None:
            words, tone = self._proof(handing)
            self.check.setText(words)
            set_tone(self.check, tone)
        self.changed.emit()

    def _proof(self, handing: Handing) -> tuple[str, Tone]:
        """Say whether the receiver is proved to be who may take it."""
        number = self.id_no.value()
        if self.relation.currentText().strip() == OWN:
            if number and number != handing.id_no:
                return "证件号和申请人不一致：不是本人，请改选「谁来领」。", "danger"
            if number:
                return "证件号和申请人一致。", "ok"
            return "请看一眼本人的证件，人证一致再交给他。", "warn"
        if number and number == handing.agent_id:
            return f"是收件时的代理人（{handing.relation}）。", "ok"
        return "代领：请核对领取人的证件和委托书（或亲属关系证明）。", "warn"

    @property
    def wrong_person(self) -> bool:
        """本人 was chosen and the card is somebody else's: this must not be handed out."""
        handing, number = self._handing, self.id_no.value()
        own = self.relation.currentText().strip() == OWN
        return handing is not None and own and bool(number) and number != handing.id_no
