# SPDX-License-Identifier: MulanPSL-2.0
"""What was handed in for each material row, and in which way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Way = Literal[
    "missing", "original_checked", "scanned", "library", "e_cert", "tolerated", "promised", "exempt"
]
Trust = Literal["", "A", "B", "C", "D"]  # 国办函〔2016〕108号
WAY_WORDS: dict[Way, str] = {
    "missing": "待交",
    "original_checked": "已核原件",
    "scanned": "已扫",
    "library": "已在库",
    "e_cert": "电子证照",
    "tolerated": "容缺",
    "promised": "告知承诺",
    "exempt": "免提交",
}


class Page(BaseModel):
    """One stored page image: ``blob_id`` is the SHA-256 of the plaintext file."""

    model_config = ConfigDict(extra="forbid")

    blob_id: str
    size: int = Field(ge=1)
    media_type: str
    captured_at: str = ""
    origin: Literal["camera", "file", "paste", "drop", "simulated"] = "file"


class GivenMaterial(BaseModel):
    """The state of one material row in a draft or case."""

    model_config = ConfigDict(extra="forbid")

    key: str
    way: Way = "missing"
    pages: tuple[Page, ...] = ()
    original_checked: bool = False
    checked_by: str = ""
    checked_at: str = ""
    trust: Trust = ""
    due: str = ""  # ISO day a tolerated paper must come
    note: str = ""
    library_id: str = ""  # the paper of the library that was used
    cert_no: str = ""  # 电子证照标识, typed or scanned
    online_check: Literal["", "pending"] = ""  # 待在线核验: nobody asked the issuer yet


def joined(old: Iterable[GivenMaterial], new: Iterable[GivenMaterial]) -> tuple[GivenMaterial, ...]:
    """Return the union: pages are only added, the newer way of giving wins (sync-protocol §7)."""
    merged = {m.key: m for m in old}
    for material in new:
        before = merged.get(material.key)
        if before is None:
            merged[material.key] = material
            continue
        known = {page.blob_id for page in before.pages}
        added = tuple(page for page in material.pages if page.blob_id not in known)
        merged[material.key] = material.model_copy(update={"pages": before.pages + added})
    return tuple(merged.values())


def tolerate(
    materials: Iterable[GivenMaterial], gaps: Mapping[str, str]
) -> tuple[GivenMaterial, ...]:
    """Return the papers with those of ``gaps`` (key → ISO day) tolerated until their day."""
    rows = {row.key: row for row in materials}
    for key, due in gaps.items():
        old = rows.get(key, GivenMaterial(key=key))
        rows[key] = old.model_copy(update={"way": "tolerated", "due": due})
    return tuple(rows.values())
