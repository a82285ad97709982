# SPDX-License-Identifier: MulanPSL-2.0
"""Bundles that another counter sends for one without a line (§10): uploaded as any file, then taken in.

Whoever carries it can read neither the bundle nor the answer: both are sealed.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from sync.hub.centre import Centre
from sync.hub.handlers import bundle
from sync.hub.handlers.uploads import have
from sync.protocol import errors
from sync.protocol.bundle import RETURN_SUFFIX, BundleError
from sync.protocol.errors import ProblemError
from sync.protocol.wire import RelayReply

KEEP_S = 30 * 24 * 3600
_READ = 1024 * 1024


def take_in(centre: Centre, sha256: str) -> RelayReply:
    """Take in the uploaded bundle of this hash and write its answer; again is as once.

    Raises:
        ProblemError: 404 not uploaded, 422 ``BUNDLE-…``: nothing of it was taken in.
    """
    if have(centre, [sha256]) != "1":
        raise ProblemError(404, errors.NOT_FOUND, "这一份还没有传完。")
    try:
        with centre.files.local(sha256) as path:
            done = bundle.import_bundle(centre, path)
    except BundleError as error:
        raise ProblemError(422, error.code, error.what) from error
    _sweep(centre)
    path = answer_file(centre, sha256)
    bundle.write_return(centre, done, path)
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ):
            digest.update(piece)
    return RelayReply(sha256=digest.hexdigest(), size=path.stat().st_size, ops=done.statuses)


def answer_file(centre: Centre, sha256: str) -> Path:
    """Where the answer to a carried bundle lies."""
    folder = centre.data / "answers"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{sha256}{RETURN_SUFFIX}"


def _sweep(centre: Centre) -> None:
    limit = time.time() - KEEP_S
    for path in (centre.data / "answers").glob(f"*{RETURN_SUFFIX}"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)
