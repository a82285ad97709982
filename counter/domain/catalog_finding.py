# SPDX-License-Identifier: MulanPSL-2.0
"""One fault of the catalogue: where it stands, what is wrong, what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace

Place = tuple[str | int, ...]
PER_DAY = {"G": 1.0, "Z": 5 / 7, "H": 1 / 24}  # 工作日, 自然日, 小时 in working days


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of the catalogue.

    Attributes:
        code: Stable code.
        file: File name.
        place: Path inside the file.
        text: What is wrong.
        hint: What to do.
        line: Line, 1 if unknown.
        severity: ``warning`` does not fail the check.
    """

    code: str
    file: str
    place: Place
    text: str
    hint: str
    line: int = 1
    severity: str = "error"

    def at_line(self, line: int) -> Finding:
        """Return the finding with its line."""
        return replace(self, line=line)

    def __str__(self) -> str:
        """Return one line as compilers print it."""
        where = json_path_words(self.place)
        return f"{self.file}:{self.line}: {where}: {self.text}{self.hint}（{self.code}）"


def json_path_words(place: Place) -> str:
    """Return ``materials[2].needed_if``."""
    out = ""
    for part in place:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else part
    return out or "整个文件"


def finding(place: Place, code: str, text: str, hint: str, severity: str = "error") -> Finding:
    """Return a fault of an item whose file the caller fills in."""
    return Finding(code, "", place, text, hint, severity=severity)
