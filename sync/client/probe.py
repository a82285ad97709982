# SPDX-License-Identifier: MulanPSL-2.0
"""The proof of the line: a signed answer to our own nonce (sync-protocol §9)."""

from __future__ import annotations

import secrets
import time
from contextlib import suppress

from pydantic import ValidationError

from counter.domain.signing import SignatureError
from sync.client.centre import Centre
from sync.client.outcomes import AtEdge, LineError, Portal
from sync.client.transport import Ask, Channel
from sync.protocol.edge import PING_TYP as EDGE_PING_TYP
from sync.protocol.wire import PingReply

PATH = "/v1/ping"
AT_EDGE = "已连到本厅主机，主机到中心的线路断了：传上去的先存在主机，还没有到中心。"


def probe(channel: Channel, centre: Centre) -> tuple[float, str]:
    """Ask and verify; return the round trip in seconds and the centre's time.

    Raises:
        LineError: no answer, or one that is not the centre's.
    """
    nonce = secrets.token_hex(16)
    started = time.monotonic()
    reply = channel.call(Ask("GET", f"{PATH}?nonce={nonce}", probe=True))
    try:
        told = PingReply.model_validate_json(reply.body)
    except ValidationError as error:
        words = "网络被认证页面或代理拦住了，请先完成上网认证。"
        raise LineError(Portal(words, detail="PING-FORM")) from error
    if not told.answer and told.edge:
        _at_edge(centre, told, nonce)
    server_time = centre.ping(told.answer, nonce)
    return time.monotonic() - started, server_time


def _at_edge(centre: Centre, told: PingReply, nonce: str) -> None:
    """The hall's host answers for itself: what it takes is stored there, not at the centre."""
    with suppress(SignatureError):
        if centre.edge(told.edge, told.certificate, EDGE_PING_TYP).get("nonce") == nonce:
            raise LineError(AtEdge(AT_EDGE))
