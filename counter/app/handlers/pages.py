# SPDX-License-Identifier: MulanPSL-2.0
"""Page images: checked, made durable as a file, then their key committed (design §4)."""

from __future__ import annotations

from typing import get_args

from counter.app.changes import Changes
from counter.app.commands import StorePage
from counter.app.session import CAPTURE_ROLES
from counter.app.work import AuditNote, Outcome, Work
from counter.domain.materials import Page

_ORIGINS = get_args(Page.model_fields["origin"].annotation)


def store_page(command: StorePage, work: Work) -> Outcome:
    """Store one page; the file is durable before the transaction that holds its key."""
    work.session.need(CAPTURE_ROLES, "扫描材料")
    if command.origin not in _ORIGINS:
        raise ValueError(f"origin {command.origin!r}")
    checked = work.around.check_page(command.data)
    stored = work.around.blob_files.put(checked.data, checked.media_type)
    if work.uow.blobs.get(stored.blob_id) is None:
        work.uow.blobs.add(stored)
    page = Page.model_validate(
        {
            "blob_id": stored.blob_id,
            "size": stored.size,
            "media_type": stored.media_type,
            "captured_at": work.at,
            "origin": command.origin,
        }
    )
    return Outcome(
        Changes(frozenset({"draft"})),
        AuditNote("page.stored", stored.blob_id, {"size": stored.size, "origin": command.origin}),
        lambda: page,
    )
