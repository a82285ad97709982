# SPDX-License-Identifier: MulanPSL-2.0
"""The Qt binding in use does not lose references when a signal is emitted (docs/adr/0005)."""

import sys

from PySide6.QtCore import QObject, Signal

EMITS = 200


class Bell(QObject):
    """Something that rings."""

    rang = Signal(bool)


def test_emitting_costs_no_reference_to_true() -> None:
    """PySide6 6.12.0 drops one per emit on CPython 3.11 until the interpreter aborts."""
    bell = Bell()
    heard: list[int] = []
    bell.rang.connect(lambda value: heard.append(int(value)))
    bell.rang.emit(True)
    before = sys.getrefcount(True)
    for _ in range(EMITS):
        bell.rang.emit(True)
    after = sys.getrefcount(True)
    assert len(heard) == EMITS + 1
    # On 3.12+ True is immortal and the two are equal by themselves; 3.11 is the one at risk.
    assert after == before
