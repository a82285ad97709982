# SPDX-License-Identifier: MulanPSL-2.0
"""The proof of the line: a signed answer to our own nonce (sync-protocol §9)."""

from __future__ import annotations

import secrets
import time

from pydantic import ValidationError

from sync.client.centre import Centre
from sync.client.outcomes import LineError, Portal
from sync.client.transport import Ask, Channel
from sync.protocol.wire import PingReply

PATH = "/v1/ping"


def probe(channel: Channel, centre: Centre) -> tuple[float, str]:
    """Ask and verify; return the round trip in seconds and the centre's time.

    Raises:
        LineError: no answer, or one that is not the centre's.
    """
    nonce = secrets.token_hex(16)
    started = time.monotonic()
    reply = channel.call(Ask("GET", f"{PATH}?nonce={nonce}", probe=True))
    try:
        answer = PingReply.model_validate_json(reply.body).answer
    except ValidationError as error:
        words = "网络被认证页面或代理拦住了，请先完成上网认证。"
        raise LineError(Portal(words, detail="PING-FORM")) from error
    server_time = centre.ping(answer, nonce)
    return time.monotonic() - started, server_time
