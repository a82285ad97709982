# SPDX-License-Identifier: MulanPSL-2.0
"""Which dictionary a device packed its request with: one of the program, or a published one."""

from __future__ import annotations

from sync.hub.centre import Centre
from sync.hub.storage import reference
from sync.protocol.dictionaries import KIND, NAME, Dictionary, known, of_document


def find(centre: Centre, dict_id: str) -> Dictionary | None:
    """Return a dictionary by its id; every one ever published is kept."""
    shipped = known().get(dict_id)
    if shipped is not None or not dict_id:
        return shipped
    with centre.database.read() as tx:
        body = reference.find(tx, KIND, NAME, dict_id)
    return of_document(body) if body else None
