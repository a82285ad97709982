# SPDX-License-Identifier: MulanPSL-2.0
"""Check-in: compare our numbering with the centre's before sending, take a new epoch if told (§1).

A counter cannot know by itself that its disk was copied or put back from a backup: its own
database looks well. The centre sees it, and the queue goes on under a new epoch by itself.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from pydantic import ValidationError

from counter.ports.keys import DeviceIdentity
from counter.ports.sync_store import ChainHead
from sync.client.engine.step import Kit
from sync.client.outcomes import DeviceRefused, Gone, LineError, Portal
from sync.client.transport import Ask
from sync.protocol.wire import (
    CERT_TYP,
    PAGE_SIGNATURE_HEADER,
    Certificate,
    CheckIn,
    CheckInReply,
)

PATH = "/v1/sync/checkin"
_FOREIGN = "对方给的回答不是中心签的，没有采信。请报告管理员。"
_ROUNDS = 5  # a clerk who commits between question and answer makes one more round needed


@dataclass(frozen=True)
class Standing:
    """What came of it: the epoch to go on in, and numbers the centre never got or has lost."""

    epoch: int
    missing: tuple[int, ...] = ()


class EpochKeeper:
    """Asks once after the start and whenever the epoch is in doubt.

    One thread uses it; ``doubt`` may be called by any.
    """

    def __init__(self, kit: Kit, identity: DeviceIdentity) -> None:
        """Take the tools and who this device is."""
        self._kit = kit
        self._identity = identity
        self._doubts = self._settled = 0
        self._begun = False
        self.renewed = 0  # new epochs taken since the start

    @property
    def due(self) -> bool:
        """Whether the centre has to be asked before more is sent."""
        return not self._begun or self._doubts != self._settled

    def doubt(self) -> None:
        """Note that the centre held operations for their epoch, or refused it."""
        self._doubts += 1

    def settle(self) -> Standing:
        """Return where this device stands, after taking a new epoch if the centre grants one.

        Raises:
            LineError: no answer, or one that is not the centre's; it stays due.
        """
        doubts = self._doubts  # one that comes while the centre answers is asked about again
        for _ in range(_ROUNDS):
            head = self._kit.run(self._kit.store.chain_head)
            try:
                reply = self._ask(head)
            except LineError as error:
                if not isinstance(error.outcome, DeviceRefused | Gone):
                    raise
                # A revoked device still sends (rescue lane); an older centre knows no check-in.
                return self._done(doubts, Standing(head.epoch))
            if reply.verdict == "ok":
                return self._done(doubts, Standing(head.epoch, reply.missing_seq))
            if self._take(head, reply):
                self.renewed += 1
                return self._done(doubts, Standing(reply.epoch))
        raise LineError(Portal("编号正在变动，稍后再核对。", detail="CHECKIN-BUSY"))

    def _done(self, doubts: int, standing: Standing) -> Standing:
        self._begun, self._settled = True, doubts
        return standing

    def _ask(self, head: ChainHead) -> CheckInReply:
        ask = CheckIn(
            device_id=self._identity.device_id,
            epoch=head.epoch,
            seq=head.seq,
            op_hash=head.op_hash,
            doubt=self._doubts != self._settled,
            nonce=secrets.token_hex(16),
        )
        body = ask.model_dump_json().encode()
        headers = {"Content-Type": "application/json"}
        reply = self._kit.channel.call(Ask("POST", PATH, body, headers))
        token = reply.headers.get(PAGE_SIGNATURE_HEADER.lower(), "")
        self._kit.centre.answer(reply.body, token, body)
        try:
            return CheckInReply.model_validate_json(reply.body)
        except ValidationError as error:
            raise LineError(Portal(_FOREIGN, detail="CHECKIN-FORM")) from error

    def _take(self, head: ChainHead, reply: CheckInReply) -> bool:
        """Go on in the granted epoch; believe only a certificate about our own key."""
        who = self._identity
        payload = self._kit.centre.token(reply.certificate, CERT_TYP)
        try:
            certificate = Certificate.model_validate(payload)
        except ValidationError as error:
            raise LineError(Portal(_FOREIGN, detail="CHECKIN-CERT")) from error
        named = (certificate.device_id, certificate.kid, certificate.public_key, certificate.epoch)
        if named != (who.device_id, who.key.kid, who.key.public_hex, reply.epoch):
            raise LineError(Portal(_FOREIGN, detail="CHECKIN-CERT"))
        store = self._kit.store
        return self._kit.run(lambda: store.begin_epoch(head, reply.epoch, reply.certificate))
