# SPDX-License-Identifier: MulanPSL-2.0
"""F6 and Shift+F6: move the focus from zone to zone."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget


def first_focus(zone: QWidget) -> QWidget | None:
    """The first thing in a zone that the keyboard can reach: the zone itself or a child."""
    wanted = Qt.FocusPolicy.TabFocus
    if zone.focusPolicy() & wanted and zone.isEnabled() and zone.focusProxy() is None:
        return zone
    at = zone.nextInFocusChain()
    while at is not None and at is not zone:
        if (
            zone.isAncestorOf(at)
            and at.focusPolicy() & wanted
            and at.isEnabled()
            and at.isVisibleTo(zone)
        ):
            return at
        at = at.nextInFocusChain()
    return None


def last_focus(zone: QWidget) -> QWidget:
    """The last widget of a zone in the order of Tab; the zone itself if it has no child."""
    last, at = zone, zone.nextInFocusChain()
    while at is not None and at is not zone:
        if zone.isAncestorOf(at):
            last = at
        at = at.nextInFocusChain()
    return last


def cycle_zone(zones: Sequence[QWidget], step: int) -> QWidget | None:
    """Put the focus into the next (`step=1`) or previous (`-1`) zone that can take it.

    Returns:
        The widget that has the focus now, or `None` if no zone could take it.
    """
    if not zones:
        return None
    focus = QApplication.focusWidget()
    start = -1 if step > 0 else 0
    at = start
    if focus is not None:
        holders = (i for i, zone in enumerate(zones) if zone is focus or zone.isAncestorOf(focus))
        at = next(holders, start)
    for _ in zones:
        at = (at + step) % len(zones)
        target = first_focus(zones[at]) if zones[at].isVisible() else None
        if target is not None:
            target.setFocus(Qt.FocusReason.TabFocusReason)
            return target
    return None
