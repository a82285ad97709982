# SPDX-License-Identifier: MulanPSL-2.0
"""Region codes of GB/T 2260 with the years in which each name was in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel, ConfigDict, ValidationError

from counter.domain.errors import KnownError

Period = tuple[int | None, int | None, str]
"""First year, last year (None = open), name."""


class RegionTable(BaseModel):
    """Six-digit region codes, present and past; data, pushed by the centre."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    source: str
    regions: Mapping[str, tuple[Period, ...]]

    @classmethod
    def from_json(cls, data: bytes | str) -> RegionTable:
        """Read a region file.

        Raises:
            KnownError: REG-BAD if the file is not a region list.
        """
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise KnownError(
                code="REG-BAD",
                what="行政区划文件读不懂，没有采用。",
                safe="原来的区划名录还在用。",
                todo="请重新导入正确的文件。",
            ) from error

    def known(self, code: str) -> bool:
        """Tell whether the code was ever assigned; fits ``check_id_number``."""
        return code in self.regions

    def name(self, code: str, on: date | None = None) -> str:
        """Return the region's name in the year of ``on``, else its latest name, else ""."""
        periods = self.regions.get(code, ())
        for first, last, name in periods:
            if on is not None and (first or 0) <= on.year <= (last or 9999):
                return name
        return periods[-1][2] if periods else ""

    def full_name(self, code: str, on: date | None = None) -> str:
        """Return province, city and county in one, without repeated or empty parts."""
        parts = (self.name(c, on) for c in (f"{code[:2]}0000", f"{code[:4]}00", code))
        return "".join(dict.fromkeys(part for part in parts if part != "市辖区"))
