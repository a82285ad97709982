# SPDX-License-Identifier: MulanPSL-2.0
"""The acts on the case in front: each asks what it must know, is done, and offers its paper."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from counter.domain.case_life import Defect, earlier_visible
from counter.domain.errors import KnownError
from ui.dialogs.ask import AskDialog
from ui.dialogs.correct import CorrectDialog, Entry
from ui.dialogs.defects import DefectsDialog
from ui.dialogs.handover import HandoverDialog
from ui.dialogs.reason import ReasonDialog
from ui.dialogs.refusal import RefusalDialog
from ui.dialogs.refuse_receipt import RefuseReceiptDialog
from ui.dialogs.supplement import SupplementDialog
from ui.dialogs.tick import TickDialog
from ui.forms.controls import FormContext
from ui.models.words import short_no
from ui.notify import notify
from ui.operations import case_acts as act
from ui.operations import cases as op
from ui.operations import holding as whose
from ui.operations import papers

if TYPE_CHECKING:
    from counter.app.commands import Done
    from counter.domain.field_check import CodeLists
    from counter.ports.sync_store import OutboxRow
    from ui.operations.case_acts import Deed
    from ui.operations.cases import CasePicture
    from ui.operations.desk import Desk

_WITHDRAW = ("本人不想办了", "材料暂时办不齐", "改到别处办理", "填错了，要重新申请")
_TAKE = ("群众到本窗口来办", "原窗口今天没有人", "值班长安排")
_GIVE = ("群众改到别的窗口办", "今天不在这个窗口了", "值班长安排")
_TOLD = ("电话告知本人，已说清原因", "本人来窗口，当面告知", "请家人或代办员转告，已回话")
_DEEM = ("答复期限内没有告知补正，也没有受理", "离线期间没有及时答复")
_QUEUED = "已保存在本机，排队传到中心。"


class CaseActs(QObject):
    """Asks and acts. GUI thread only; the work itself is done off it."""

    paper_offered = Signal(str, str)
    """Case and code of the paper that an act just made due."""
    deliver_wanted = Signal(str)
    """送达 is done on its own screen."""

    def __init__(self, desk: Desk, window: QWidget) -> None:
        super().__init__(window)
        self._desk, self._window = desk, window

    def ask(self, name: str, picture: CasePicture) -> None:
        """Ask what an act needs; nothing happens until it is confirmed."""
        deed = picture.deed(name)
        if deed is None or not deed.allowed:
            return
        asked = {
            "request_supplement": self._notice,
            "draft_refusal": self._refusal,
            "deem": self._deem,
            "tolerate": self._tolerate,
            "withdraw": self._withdraw,
            "deliver": self._deliver,
            "take_over": self._hold,
            "give_back": self._hold,
        }.get(name, self._papers if name in _TAKING else self._accept)
        asked(deed, picture)

    def refuse_receipt(self) -> None:
        """Ctrl+B: somebody is sent away without a case."""
        dialog = RefuseReceiptDialog(self._desk, self._window)

        def done(_done: Done) -> None:
            notify(f"不予收件{_QUEUED}值班长看得到。", "ok")

        def given(*told: str) -> None:
            four = (told[0], told[1], told[2], told[3])
            act.refuse_receipt(self._desk, four, done, owner=self)

        dialog.given.connect(given)
        dialog.open()

    def hand_over(self) -> None:
        """Ctrl+H: a list of papers for a department, or of certificates that came back."""
        HandoverDialog(self._desk, self._window).open()

    # -- asking ---------------------------------------------------------------------------

    def _notice(self, deed: Deed, picture: CasePicture) -> None:
        life = picture.life

        def second(defects: Sequence[Defect]) -> bool:
            return earlier_visible(life, defects)

        dialog = DefectsDialog(
            picture.choices,
            deed.words,
            self._window,
            missing=[m.key for m in picture.materials if m.way == "missing"],
            second=second,
            leader="leader" in self._desk.session.roles,
        )
        case_id = _id(picture)

        def given(defects: tuple[Defect, ...], reason: str) -> None:
            done = self._after(deed, case_id, f"补正告知{_QUEUED}")
            act.request_supplement(self._desk, case_id, defects, reason, done, owner=self)

        dialog.given.connect(given)
        dialog.open()

    def _refusal(self, deed: Deed, picture: CasePicture) -> None:
        dialog = RefusalDialog(
            deed.words, self._window, basis=picture.item.by_law if picture.item else ""
        )
        case_id = _id(picture)

        def given(*told: str) -> None:
            done = self._after(deed, case_id, f"草稿{_QUEUED}由中心决定。")
            act.draft_refusal(self._desk, case_id, (told[0], told[1], told[2]), done, owner=self)

        dialog.given.connect(given)
        dialog.open()

    def _deem(self, deed: Deed, picture: CasePicture) -> None:
        dialog = ReasonDialog(
            "确认视为受理", deed.words, "确认", frequent=_DEEM, parent=self._window
        )
        case_id = _id(picture)
        done = self._after(deed, case_id, f"视为受理{_QUEUED}")
        dialog.given.connect(
            lambda reason: act.confirm_deemed(self._desk, case_id, reason, done, owner=self)
        )
        dialog.open()

    def _tolerate(self, deed: Deed, picture: CasePicture) -> None:
        dialog = TickDialog("登记容缺", deed.words, "登记", picture.tolerable, self._window)
        case_id = _id(picture)
        done = self._after(deed, case_id, f"容缺{_QUEUED}")
        dialog.given.connect(lambda keys: act.tolerate(self._desk, case_id, keys, done, owner=self))
        dialog.open()

    def inform(self, op_id: str) -> None:
        """告知本人: how the person heard that the centre sent the case back."""
        dialog = ReasonDialog(
            "登记告知本人",
            "本人手里有凭证。请先联系上本人，说清退回的原因和怎样更正，再登记；登记的时间就是告知的时间。",
            "已告知",
            frequent=_TOLD,
            parent=self._window,
        )

        def done(_done: Done) -> None:
            notify(f"告知情况{_QUEUED}", "ok")

        dialog.given.connect(lambda how: act.inform(self._desk, op_id, how, done, owner=self))
        dialog.open()

    def correct(self, op_id: str, picture: CasePicture | None) -> None:
        """改正后重报 of an operation that the centre sent back or holds."""
        issues = picture.issues if picture is not None else ()
        issue = next((one for one in issues if one.op.op_id == op_id), None)
        if picture is None or issue is None:
            return
        told, owner = issue.op, self
        self._desk.read(
            lambda q: q.code_lists(), lambda lists: self._correct(told, picture, lists), owner=owner
        )

    def _correct(self, told: OutboxRow, picture: CasePicture, lists: CodeLists) -> None:
        form = dict(picture.detail.case.body.get("form", {}))
        dialog = CorrectDialog(
            _entries(picture, form) if told.kind == "case.received" else [],
            FormContext(lists, self._desk.hall.region),
            told.last_message or "没有写原因",
            named=told.last_field.removeprefix("form."),
            parent=self._window,
        )

        def done(_done: Done) -> None:
            notify(f"改正的一份{_QUEUED}", "ok")

        def given(values: dict[str, object], reason: str) -> None:
            changes = {"form": {**form, **values}} if values else {}
            act.correct(self._desk, told.op_id, (changes, reason), done, owner=self)

        dialog.given.connect(given)
        dialog.open()

    def _withdraw(self, deed: Deed, picture: CasePicture) -> None:
        dialog = ReasonDialog(
            "本人撤回",
            _about(picture, deed),
            "撤回",
            frequent=_WITHDRAW,
            danger=True,
            parent=self._window,
        )
        case_id = _id(picture)
        done = self._after(deed, case_id, f"撤回{_QUEUED}")
        dialog.given.connect(
            lambda reason: act.withdraw(self._desk, case_id, reason, done, owner=self)
        )
        dialog.open()

    def _hold(self, deed: Deed, picture: CasePicture) -> None:
        """接手, 交回: whose work it is from now on."""
        word = deed.word.rstrip("…")
        take = deed.name == "take_over"
        dialog = ReasonDialog(
            f"{word}办件",
            _about(picture, deed),
            word,
            frequent=_TAKE if take else _GIVE,
            parent=self._window,
        )
        case_id, do = _id(picture), whose.take_over if take else whose.give_back
        done = self._after(deed, case_id, f"{word}{_QUEUED}")
        dialog.given.connect(lambda reason: do(self._desk, case_id, reason, done, owner=self))
        dialog.open()

    def _accept(self, deed: Deed, picture: CasePicture) -> None:
        word = deed.word.rstrip("…")
        dialog = AskDialog(word, _about(picture, deed), word, parent=self._window)
        case_id = _id(picture)
        done = self._after(deed, case_id, f"{word}{_QUEUED}")
        dialog.accepted.connect(partial(act.accept, self._desk, case_id, done, owner=self))
        dialog.confirm.setFocus()
        dialog.open()

    def _deliver(self, _deed: Deed, picture: CasePicture) -> None:
        self.deliver_wanted.emit(_id(picture))

    def _papers(self, deed: Deed, picture: CasePicture) -> None:
        """Papers handed in later: what was asked for first, then gaps, then anything."""
        notices = picture.life.notices
        asked = [d.key for d in notices[-1].defects if d.key] if notices else []
        asked = [key for key in asked if key not in picture.life.given]
        waiting = asked + [m.key for m in picture.materials if m.way in {"missing", "tolerated"}]
        dialog = SupplementDialog(
            picture.choices,
            deed.words,
            self._window,
            first=waiting[0] if waiting else "",
            title=deed.word.rstrip("…"),
        )
        case_id = _id(picture)

        def given(key: str, paths: Sequence[Path], note: str) -> None:
            done = self._after(deed, case_id, f"交来的材料{_QUEUED}")

            def read(files: list[bytes]) -> None:
                op.supplement(self._desk, case_id, key, files, done, note=note, owner=self)

            self._desk.runner.run_io(partial(_read_files, tuple(paths)), read, owner=self)

        dialog.given.connect(given)
        dialog.open()

    # -- after ----------------------------------------------------------------------------

    def _after(self, deed: Deed, case_id: str, words: str) -> Callable[[Done], object]:
        """Say that it is saved, then offer the paper the act gave."""

        def done(_done: Done) -> None:
            notify(words, "ok")
            if deed.paper:
                came = partial(self._offer, deed.paper)
                op.load_case(self._desk, case_id, came, owner=self)

        return done

    def _offer(self, code: str, picture: CasePicture | None) -> None:
        if picture is None:
            return
        for one in papers.choices(self._desk, picture.detail, picture.item):
            if one.code == code and not one.why_not:
                self.paper_offered.emit(_id(picture), code)
            elif one.code == code:
                notify(f"{one.title}：{one.why_not}", "warn")


_TAKING = frozenset({"supplement", "close_gaps", "add_papers"})


def _id(picture: CasePicture) -> str:
    return picture.detail.case.case_id


def _about(picture: CasePicture, deed: Deed) -> str:
    """Whose case it is, then what follows from the act: nobody acts on the wrong one."""
    row = picture.detail.row
    return f"{row.item_name} · {row.applicant}（{short_no(row.receipt_no)}）\n{deed.words}"


def _read_files(paths: tuple[Path, ...]) -> list[bytes]:
    """Read files; the error names no path (it may hold a name)."""
    try:
        return [path.read_bytes() for path in paths]
    except OSError as error:
        raise KnownError(
            code="FILE-READ",
            what="有一个文件读不出来，没有补交。",
            safe="办件没有改动。",
            todo="请确认文件还在，或换一个再选。",
        ) from error


def _entries(picture: CasePicture, form: dict[str, object]) -> list[Entry]:
    """Return what was filled in; who the person is, is put right by a new 收件."""
    fields = [f for part in picture.item.form for f in part.fields] if picture.item else []
    return [(field, form[field.code]) for field in fields if field.code in form]
