# SPDX-License-Identifier: MulanPSL-2.0
"""The main job, offscreen: line down, a daughter applies for her mother, line up, answer seen."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from counter.bootstrap import Home
from counter.domain.errors import CounterError
from counter.infra.logs import start_logs, stop_logs
from counter.infra.paths import Paths
from counter.infra.single_instance import SingleInstance
from counter.ports.devices import CardData
from ui.app import App
from ui.demo import people
from ui.demo.centre import Centre
from ui.demo.hands import GaveUpError, Hands
from ui.screens.sign_in.view import SignInScreen
from ui.start import make_application
from ui.widgets.buttons import ActionButton

if TYPE_CHECKING:
    from ui.screens.intake.view import IntakeScreen
    from ui.workplace import Workplace

_PASSWORD = "Yichuang-990123"  # noqa: S105 - the documented training password
_SIZE = (1280, 800)
ANSWER = "tolerated"  # 容缺受理: the photo is to follow


def run_demo(out: Path) -> int:
    """Do the main job once in a fresh training hall.

    Args:
        out: Folder for pictures, papers and ``summary.json``; the demo's home lies inside.

    Returns:
        0, or 1 with the reason on standard error.
    """
    began = time.monotonic()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    # The demo never writes into the keyring of the person whose machine this is.
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    application = make_application()
    home = Home(Paths(out / "home"))
    guard = SingleInstance(home.paths.lock)
    guard.take()
    start_logs(home.paths.logs)
    program = App(home, training=True)
    try:
        summary = _Demo(program, out).run()
        summary["seconds"] = round(time.monotonic() - began, 1)
        text = json.dumps(summary, ensure_ascii=False, indent=1)
        (out / "summary.json").write_text(text + "\n", "utf-8")
        print(text, flush=True)
        return 0 if _holds(summary) else 1
    except (GaveUpError, CounterError) as error:
        print(f"主流程没有走完：{error}", file=sys.stderr)
        program.window.grab().save(str(out / "stopped-here.png"))
        return 1
    finally:
        program.close()
        program.dispose()
        guard.release()
        stop_logs()
        application.shutdown()


def _holds(summary: dict[str, object]) -> bool:
    wish = {"saved_offline": True, "effects_at_centre": 1, "centre_state": ANSWER}
    wrong = {key: summary[key] for key, value in wish.items() if summary[key] != value}
    if wrong:
        print(f"结果不对：{wrong}", file=sys.stderr)
    return not wrong


class _Demo:
    """One walk through the main job."""

    def __init__(self, program: App, out: Path) -> None:
        self.program, self.out = program, out
        program.window.resize(*_SIZE)
        self.hands = Hands(program.window, out, lambda: program.runner.pending)
        self.centre = Centre(out / "home")

    @property
    def place(self) -> Workplace:
        if self.program.workplace is None:
            raise GaveUpError("还没有登录")
        return self.program.workplace

    @property
    def intake(self) -> IntakeScreen:
        screen = self.place.intake
        if screen is None:
            raise GaveUpError("受理页面没有打开")
        return screen

    def run(self) -> dict[str, object]:
        """Walk; returns the summary."""
        self.sign_in()
        self.switch_line("培训：拔掉网线", "line-down")
        self.people()
        self.item_to_form()
        self.materials()
        receipt_no = self.receive()
        self.papers()
        self.content()
        saved_offline = self.centre.cases(receipt_no) == []
        self.switch_line("培训：插上网线", "line-up")
        self.at_centre(receipt_no)
        self.answer(receipt_no)
        return self.summary(receipt_no, saved_offline=saved_offline)

    # -- before the citizen -----------------------------------------------------

    def sign_in(self) -> None:
        hands, program = self.hands, self.program
        program.start()
        hands.until(
            lambda: isinstance(program.window.currentWidget(), SignInScreen), "登录页没有出来", 60
        )
        hands.shot("sign-in")
        for _ in range(2):  # 张敏 is the third in the list
            hands.key(Qt.Key.Key_Down)
        hands.type(_PASSWORD)
        hands.key(Qt.Key.Key_Return)
        hands.until(lambda: program.session is not None, "登录没有成功")
        hands.shot("workbench")

    def switch_line(self, words: str, name: str) -> None:
        hands = self.hands
        place = self.place.main.nav.ids.index("sync") + 1
        hands.key(Qt.Key(Qt.Key.Key_0 + place), Qt.KeyboardModifier.AltModifier)
        from ui.screens.sync.view import SyncScreen  # noqa: PLC0415 - only after sign-in

        screen = self.place.main.stack.made("sync")
        if not isinstance(screen, SyncScreen) or screen.plug.text() != words:
            raise GaveUpError(f"同步页没有「{words}」")
        hands.press(screen.plug)
        hands.settle(1.0)
        hands.shot(name)

    # -- the seven steps ----------------------------------------------------------

    def people(self) -> None:
        hands = self.hands
        hands.key(Qt.Key.Key_F2)
        hands.until(lambda: self.intake.presenter.draft is not None, "没有开始受理")
        step = self.intake.person
        mother = step.applicant
        hands.into(mother.controls["name"], people.MOTHER_NAME)
        hands.into(mother.controls["id_no"], people.MOTHER_ID)
        hands.into(mother.controls["address"], people.MOTHER_ADDRESS)
        hands.press(mother.no_phone)
        hands.into(mother.controls["no_phone_reason"], "打女儿电话")
        hands.press(mother.confirm)
        hands.press(step.has_agent)
        reader = self.program.session.desk.devices.reader if self.program.session else None
        put = getattr(reader, "put", None)  # the simulated reader: lay this card on it
        if put is None:
            raise GaveUpError("没有模拟读卡器")
        put(CardData(people.DAUGHTER.model_copy(), simulated=True))
        step.agent.controls["name"].setFocus()
        hands.key(Qt.Key.Key_F4)
        hands.press(step.agent.confirm)
        hands.into(step.relation, "女儿")
        hands.shot("person")
        hands.key(Qt.Key.Key_F6)

    def item_to_form(self) -> None:
        hands = self.hands
        hands.type("老年钱")
        hands.shot("item")
        hands.key(Qt.Key.Key_Return)
        hands.until(lambda: self.step() == "situation", "没有选上高龄津贴")
        for _ in range(6):
            if self.step() != "situation":
                break
            hands.key(Qt.Key.Key_1)
        hands.shot("situation")
        if self.step() == "situation":
            hands.key(Qt.Key.Key_F6)
        hands.type(people.HOME_REGION)
        hands.key(Qt.Key.Key_Return)
        hands.key(Qt.Key.Key_2)
        hands.key(Qt.Key.Key_1)
        hands.type(people.ACCOUNT)
        hands.shot("form")
        hands.key(Qt.Key.Key_F6)
        hands.until(lambda: self.step() == "materials", "表单没有填完")

    def materials(self) -> None:
        hands, step = self.hands, self.intake.materials
        for key, files in people.page_files(self.out / "papers-of-the-citizen").items():
            step.rows[key].setFocus()
            hands.settle()
            data = QMimeData()
            data.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
            QGuiApplication.clipboard().setMimeData(data)
            hands.key(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
            # A clipboard still full when Python ends brings Qt down with it.
            QGuiApplication.clipboard().clear()
            hands.until(lambda: not self.intake.presenter.pages.under_way, "页面没有存完")
        photo = step.rows["photo"]
        photo.setFocus()
        hands.settle()
        buttons = [b for b in step.findChildren(ActionButton) if b.text().startswith("容缺")]
        if not buttons:
            raise GaveUpError("一寸照片没有「容缺」")
        hands.press(buttons[0])
        hands.shot("materials")
        hands.key(Qt.Key.Key_F6)
        hands.key(Qt.Key.Key_F7)
        hands.until(lambda: not self.intake.presenter.pages.under_way, "签字页没有存完")
        hands.shot("review")

    def receive(self) -> str:
        hands = self.hands
        hands.key(Qt.Key.Key_F9)
        presenter = self.intake.presenter
        blocked = "；".join(p.text for p in presenter.problems())
        hands.until(lambda: presenter.receipt is not None, f"没有收件：{blocked}", 20)
        hands.shot("receipt")
        if presenter.receipt is None:
            raise GaveUpError("没有凭证")
        return presenter.receipt.receipt_no

    def papers(self) -> None:
        printing = self.intake.receipt.printing
        printing.choose_path = lambda _parent, name: str(self.out / name)
        for held in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
            before = len(list(self.out.glob("*.pdf")))
            self.hands.key(Qt.Key.Key_F8, held)
            self.hands.until(
                lambda n=before: len(list(self.out.glob("*.pdf"))) > n,  # type: ignore[misc] # bound now
                "凭证没有存成 PDF",
            )

    def content(self) -> None:
        """An elder's case waits for second thoughts; this one leaves content."""
        if self.intake.receipt.regret.running:
            self.hands.key(Qt.Key.Key_F9, Qt.KeyboardModifier.ShiftModifier)
            self.hands.until(lambda: not self.intake.receipt.regret.running, "没有放行")

    def step(self) -> str:
        draft = self.intake.presenter.draft
        return draft.step if draft else ""

    # -- after the line is back ------------------------------------------------------

    def at_centre(self, receipt_no: str) -> None:
        session = self.program.session
        self.hands.until(
            lambda: (
                session is not None
                and session.worker is not None
                and session.worker.status.idle
                and bool(self.centre.cases(receipt_no))
            ),
            "没有传到中心",
            60,
        )
        self.hands.shot("sent")
        self.centre.accept(receipt_no)
        if session is not None:
            session.line.kick()

    def answer(self, receipt_no: str) -> None:
        hands = self.hands
        hands.key(Qt.Key.Key_F3)
        seen = self._state_here(receipt_no)
        deadline = time.monotonic() + 40
        while seen != ANSWER and time.monotonic() < deadline:
            hands.settle(0.5)
            seen = self._state_here(receipt_no)
        if seen != ANSWER:
            raise GaveUpError("中心的答复没有回到办件页")
        self.place.open_case(self._case_id(receipt_no))
        hands.shot("cases")
        self._acceptance(receipt_no)
        self._other_looks()

    def _state_here(self, receipt_no: str) -> str:
        session = self.program.session
        if session is None:
            return ""
        rows = session.core.execution.run(lambda: session.core.queries.cases(receipt_no).rows)
        return rows[0].state if rows else ""

    def _case_id(self, receipt_no: str) -> str:
        session = self.program.session
        if session is None:
            raise GaveUpError("已退出登录")
        return session.core.execution.run(
            lambda: session.core.queries.cases(receipt_no).rows[0].case_id
        )

    def _acceptance(self, receipt_no: str) -> None:
        """The 受理通知书, through the preview the clerk uses."""
        from ui.dialogs.paper_preview import PaperPreview  # noqa: PLC0415 - only after sign-in

        session = self.program.session
        if session is None:
            return
        file = self.out / f"{receipt_no}-受理通知书.pdf"
        preview = PaperPreview(
            session.desk,
            self._case_id(receipt_no),
            "ACP",
            session.receipt_token,
            self.program.window,
            choose_file=lambda *_: file,
        )
        preview.open()
        self.hands.settle(0.6)
        preview.grab().save(str(self.out / "acceptance-preview.png"))
        preview.save()
        self.hands.until(file.exists, "受理通知书没有存成 PDF")
        preview.close()

    def _other_looks(self) -> None:
        """The same screens in 关怀."""
        main = self.place.main
        main.set_look("light", care=True)
        for name in ("workbench", "cases", "sync"):
            main.navigate(name)
            self.hands.shot(f"{name}-care")
        main.set_look("light", care=False)

    def summary(self, receipt_no: str, *, saved_offline: bool) -> dict[str, object]:
        """Return what the demo claims, each figure counted where it arose."""
        cases = self.centre.cases(receipt_no)
        QApplication.processEvents()
        return {
            "receipt_no": receipt_no,
            "saved_offline": saved_offline,
            "pages": self.centre.pages(),
            "ops_sent": self.centre.ops(),
            "effects_at_centre": len(cases),
            "centre_state": cases[0]["state"] if cases else "",
        }
