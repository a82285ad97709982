# SPDX-License-Identifier: MulanPSL-2.0
"""Reading a page that lies in sealed pieces, in bounded memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from counter.domain.errors import KnownError


def lost() -> KnownError:
    """Return what is said of a page whose pieces are gone or spoilt."""
    return KnownError(
        code="BLOB-LOST",
        what="本厅主机里存的一页读不出来了。",
        safe="收件的窗口本机还有，会自己送到中心。",
        todo="不用处理；常常这样请换一块磁盘。",
    )


@dataclass(frozen=True)
class PageReader:
    """``BlobReader`` over pieces: ``starts`` in order, ``piece(start)`` opens one."""

    blob_id: str
    size: int
    starts: Sequence[int]
    piece: Callable[[int], bytes]

    def check(self) -> None:
        """Read everything once and prove it against ``blob_id``.

        Raises:
            KnownError: ``BLOB-LOST``, ``EDGE-DAMAGED``.
        """
        whole = hashlib.sha256()
        for data in self._from(0):
            whole.update(data)
        if whole.hexdigest() != self.blob_id:
            raise lost()

    def read(self, offset: int, size: int) -> bytes:
        """Return up to ``size`` bytes from ``offset``.

        Raises:
            KnownError: ``BLOB-LOST``, ``EDGE-DAMAGED``.
        """
        out = b""
        for data in self._from(offset):
            out += data[: size - len(out)]
            if len(out) >= size:
                break
        return out

    def _from(self, offset: int) -> Iterator[bytes]:
        ends = [*self.starts[1:], self.size]
        for start, end in zip(self.starts, ends, strict=True):
            if end > offset:
                yield self.piece(start)[max(0, offset - start) :]
