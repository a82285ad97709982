# SPDX-License-Identifier: MulanPSL-2.0
"""Cases of the hall's other counters while only its edge host answers: provisional, and marked so."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from counter.domain.bodies import CaseReceived
from counter.domain.errors import DomainError
from counter.domain.operations import verify_operation
from counter.domain.people import person_key
from sync.client.engine.step import Kit
from sync.client.transport import Ask
from sync.protocol.edge import EdgeCase, EdgeCases
from sync.protocol.wire import CERT_TYP, Certificate

PATH = "/v1/edge/cases"


class Neighbours:
    """Follows the edge host's list; each case is proved by its counter's own signature."""

    def __init__(self, kit: Kit, device_id: str) -> None:
        """Take the tools and who this device is."""
        self._kit = kit
        self._device_id = device_id
        self._upto = 0

    def step(self) -> frozenset[str]:
        """Take in the next page; return the cases that are new here.

        Raises:
            LineError: the edge host does not answer.
        """
        reply = self._kit.channel.call(Ask("GET", f"{PATH}?after={self._upto}"))
        try:
            page = EdgeCases.model_validate_json(reply.body)
        except ValidationError:
            return frozenset()
        self._upto = page.upto
        records = [record for one in page.cases if (record := self._record(one)) is not None]
        if not records:
            return frozenset()
        store = self._kit.store
        return self._kit.run(lambda: store.apply_page(records, store.cursor()))

    def again(self) -> None:
        """Begin with the first case again: a snapshot has replaced what was known."""
        self._upto = 0

    def _record(self, one: EdgeCase) -> dict[str, Any] | None:
        try:
            payload = self._kit.centre.payload(one.certificate, CERT_TYP)
            device = Certificate.model_validate(payload)
            op = verify_operation(one.op, device.public_key)
            case = CaseReceived.model_validate(op.body)
        except (DomainError, ValidationError):
            return None
        if op.device_id != device.device_id or op.device_id == self._device_id:
            return None
        body = {
            "receipt_no": case.receipt_no,
            "item_code": case.item_code,
            "item_version": case.item_version,
            "applicant_name": case.applicant.name,
            "person_key": person_key(case.applicant),
            "received_at": case.received_at,
        }
        return {
            "change_no": 0, "action": "near", "scope": "", "kind": "case",
            "entity_id": op.entity_id, "rev": 0,
            "body": body,
        }  # fmt: skip
