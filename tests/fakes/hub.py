# SPDX-License-Identifier: MulanPSL-2.0
"""A real hub on loopback in a thread of the test, with the training hall and two small items.

with RunningHub(tmp_path) as hub:
    device = hub.new_device()         # enrolled, see tests.fakes.device
    hub.centre                        # the centre behind it: read its database, act
    hub.restart()                     # same data, same port
"""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import uvicorn

from counter.domain.catalog import Item
from sync.hub import serve
from sync.hub.centre import Centre, Limits, open_centre
from sync.hub.handlers import publish, training
from sync.hub.handlers.enrol import new_code
from sync.hub.tls import TlsFiles
from tests.fakes.device import FakeDevice, now, uuid7


def small_item(code: str = "test_card", version: str = "1", **more: Any) -> Item:
    """Return a valid item with one form field and no rule."""
    return Item.model_validate(
        {
            "item_code": code,
            "task_version": version,
            "task_name": "练习用证明",
            "short_name": "练习证明",
            "task_code": "11990123MB9000001W5000511001000",
            "task_type": "07",
            "use_level": "4",
            "dept_name": "柳河镇人民政府",
            "by_law": "练习",
            "project_type": "1",
            "accept_condition": "练习",
            "handle_flow": "练习",
            "anticipate_day": 10,
            "promise_day": 5,
            "link_way": "0999-0001234",
            "supervise_way": "0999-0012345",
            "form": [
                {
                    "key": "main",
                    "title": "基本情况",
                    "fields": [{"code": "home.address", "label": "住址"}],
                }
            ],
            "materials": [{"key": "id_copy", "material_name": "身份证复印件"}],
            **more,
        }
    )


AUTO_RULE = {
    "rule_id": "test.auto",
    "version": "1",
    "all_of": [{"key": "adult", "label": "已成年", "when": "person.age >= 18"}],
    "explain_text": "年龄符合，自动办结。",
}


def received_body(
    item_code: str = "test_card", version: str = "1", id_no: str = "990123194603080124"
) -> dict[str, Any]:
    """Return a body of case.received."""
    return {
        "receipt_no": f"7K2QM-03-261122-{uuid7()[-4:]}-X4K",
        "query_code": "123456",
        "item_code": item_code,
        "item_version": version,
        "applicant": {"name": "王秀兰", "id_no": id_no, "birth": "1946-03-08"},
        "form": {"home.address": "柳河镇一村"},
        "materials": [{"key": "id_copy", "way": "scanned"}],
        "received_at": now(),
        "answer_due": "2026-11-27",
    }


class RunningHub:
    """A hub that serves from a thread; use as a context manager."""

    def __init__(
        self,
        data: Path,
        *,
        limits: Limits | None = None,
        database: str = "",
        blobs: str = "",
        tls: TlsFiles | None = None,
    ) -> None:
        """Prepare a centre in ``data`` (rows in ``database``) and serve it on a free port."""
        self._data = data
        self._database, self._blobs = database, blobs
        # Tests enrol more counters in a second than a county does in a year.
        self._limits = limits or Limits(enrol_per_minute=60_000, request_burst=100_000)
        self._port = 0
        self._tls = tls
        self.centre: Centre = self._open()
        training.seed(self.centre, data)  # the folder holds no resources: hall and people only
        items = [small_item(), small_item("test_auto", auto_approve=AUTO_RULE)]
        self.publish(*items)
        self._start()

    def _open(self) -> Centre:
        return open_centre(
            self._data, limits=self._limits, database=self._database, blobs=self._blobs
        )

    def publish(self, *items: Item) -> None:
        """Publish items."""
        publish.publish(
            self.centre,
            [
                publish.Document("item", i.item_code, i.task_version, i.model_dump(mode="json"))
                for i in items
            ],
        )

    def _start(self) -> None:
        listener = serve.bind("127.0.0.1", self._port)
        self._port = listener.getsockname()[1]
        self.url = serve.url_of(listener, tls=self._tls is not None)
        ready = threading.Event()
        self._server, sockets = serve.server(self.centre, listener, ready.set, self._tls)
        self._thread = threading.Thread(
            target=_run, args=(self._server, sockets), name="hub", daemon=True
        )
        self._thread.start()
        assert ready.wait(20), "the hub did not start"

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    def stop(self) -> None:
        """Stop serving and close the database."""
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(timeout=20)
        assert not self._thread.is_alive()
        self.centre.close()

    def restart(self) -> None:
        """Stop, open the same data again and serve on the same port."""
        self.stop()
        self.reopen()

    def reopen(self, database: str = "") -> None:
        """Open the data again after ``stop``, in another database if given, on the same port."""
        self._database = database or self._database
        self.centre = self._open()
        self._start()

    def code(self, counter_no: int = 3) -> str:
        """Return a fresh enrolment code."""
        return new_code(self.centre, training.HALL.hall_code, counter_no)

    def new_device(self, url: str = "") -> FakeDevice:
        """Return a new, enrolled device."""
        device = FakeDevice(url or self.url)
        home, device.url = device.url, self.url  # enrolment is not what bad lines are tested on
        device.enrol(self.code())
        device.url = home
        return device

    def __enter__(self) -> RunningHub:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def _run(server: uvicorn.Server, sockets: list[socket.socket]) -> None:
    server.run(sockets=sockets)
    for one in sockets:
        one.close()
