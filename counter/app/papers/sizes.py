# SPDX-License-Identifier: MulanPSL-2.0
"""Type sizes of the three sheets."""

from __future__ import annotations

from counter.app.papers.content import PaperSize
from counter.domain.papers import SheetSize

SIZES: dict[SheetSize, PaperSize] = {
    "a4": PaperSize("a4", title=20, lead=13, body=11, small=8.5, pad=2, qr=165),
    # ≥ 18 pt body for everything a person must read, domain brief §3.6 and §9.1.
    "large": PaperSize("large", title=26, lead=21, body=18.5, small=14, pad=4, qr=180),
    "roll": PaperSize("roll", title=15, lead=12, body=10, small=8, pad=1, qr=190, narrow=True),
}
