# SPDX-License-Identifier: MulanPSL-2.0
"""What may happen to the edge host of a hall, and to the counters whose line goes through it."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.counters import Site
from tests.faults.world import World


def through_host(w: World, site: Site) -> bool:
    """A counter's line goes through the edge host from now on, or straight to the centre again."""
    site.wire.way = w.front if site.wire.way is w.host else w.host
    return True


def outside_line(w: World, _site: Site) -> bool:
    """The outside line of the hall breaks, or comes back."""
    w.host.outside.link.enabled = not w.host.outside.link.enabled
    return True


def forward(w: World, _site: Site) -> bool:
    if w.rng.random() < 0.3:
        w.host.outside.faults.extend(w.rng.choice(("", "lose")) for _ in range(4))
    w.host.forward()
    w.host.outside.faults.clear()
    return True


def host_restart(w: World, _site: Site) -> bool:
    w.host.close()
    return True


def host_put_back(w: World, _site: Site) -> bool:
    """The host's disk is copied, or the copy put back; without a copy the disk is lost."""
    backup = w.folder / "edge.backup"
    if w.rng.random() < 0.5:
        w.host.copy_to(backup)
    else:
        w.host.put_back(backup)
    return True


HAPPENINGS: dict[str, Callable[[World, Site], bool]] = {
    "through_host": through_host,
    "outside_line": outside_line,
    "forward": forward,
    "host_restart": host_restart,
    "host_put_back": host_put_back,
}
WEIGHTS = {
    "through_host": 0.7,
    "outside_line": 0.7,
    "forward": 1,
    "host_restart": 0.3,
    "host_put_back": 0.3,
}
