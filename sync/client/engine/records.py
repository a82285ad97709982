# SPDX-License-Identifier: MulanPSL-2.0
"""Records of the feed, however they came: what of them may be stored, and which results they bring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from counter.ports.sync_store import SettledResult
from sync.client.centre import Centre, settled
from sync.protocol.wire import FeedRecord


def results_in(records: Sequence[FeedRecord], centre: Centre) -> tuple[list[SettledResult], int]:
    """Return the results the centre signed, and how many it did not."""
    tokens = [str(r.body.get("result", "")) for r in records if r.kind == "result"]
    found = [(centre.result(token), token) for token in tokens if token]
    good = [settled(result, token) for result, token in found if result is not None]
    return good, len(found) - len(good)


def plain(records: Sequence[FeedRecord], centre: Centre) -> tuple[list[dict[str, Any]], int]:
    """Return the records to store; of a catalogue version what the centre signed, or nothing.

    The number is how many were left out for want of a signature.
    """
    out: list[dict[str, Any]] = []
    ignored = 0
    for record in records:
        one = record.model_dump(mode="json")
        if record.kind == "catalog" and record.action == "put":
            manifest = centre.manifest(str(record.body.get("token", "")))
            if manifest is None:
                ignored += 1
                continue
            one["body"] = manifest.model_dump(mode="json")
        out.append(one)
    return out, ignored
