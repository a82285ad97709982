# SPDX-License-Identifier: MulanPSL-2.0
"""Damaged files from a stick are set aside with words, so that nobody tries them again (§10)."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from counter.domain.errors import KnownError

FOLDER = "损坏-不要用"
# What no other reader would take either; sealed to somebody else, or unknown here, is no damage.
_SPOILT = frozenset({"BUNDLE-DAMAGED", "BUNDLE-PATH", "BUNDLE-SIGNATURE", "BUNDLE-LARGE"})


def set_aside(path: Path, error: KnownError) -> bool:
    """Move a spoilt file into the folder beside it, with a note; tell whether it was moved.

    A stick that cannot be written keeps the file where it is: nothing of it was used anyway.
    """
    if error.code not in _SPOILT:
        return False
    with suppress(OSError):
        folder = path.parent / FOLDER
        folder.mkdir(exist_ok=True)
        target = folder / path.name
        number = 1
        while target.exists():
            number += 1
            target = folder / f"{path.stem}-{number}{path.suffix}"
        path.rename(target)
        with suppress(OSError):
            target.with_name(target.name + ".txt").write_text(f"{error}\n", "utf-8")
        return True
    return False
