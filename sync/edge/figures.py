# SPDX-License-Identifier: MulanPSL-2.0
"""What an edge host has and waits for: words for a person, figures for the monitoring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from sync.edge.host import EdgeHost

FRESH_S = 90.0  # the forwarder asks the centre every 20 s
_GB = 10**9


@dataclass(frozen=True)
class EdgeFigures:
    """All of it at one moment; bytes, seconds, ISO moments ('' = never or none)."""

    line_up: bool
    met_at: str
    ops_waiting: int
    ops_oldest: str
    pages_waiting: int
    pages_waiting_bytes: int
    pages_oldest: str
    pages_used: int
    pages_budget: int
    hall_made_at: str


def figures(host: EdgeHost) -> EdgeFigures:
    """Read them from the files: also while another process serves."""
    pages, (waiting, oldest) = host.pages.figures(), host.store.waiting()
    met_at = host.store.met_at()
    ago = (host.now() - datetime.fromisoformat(met_at)).total_seconds() if met_at else FRESH_S
    return EdgeFigures(
        line_up=ago < FRESH_S,
        met_at=met_at,
        ops_waiting=waiting,
        ops_oldest=oldest,
        pages_waiting=pages.waiting,
        pages_waiting_bytes=pages.waiting_bytes,
        pages_oldest=pages.oldest,
        pages_used=pages.used,
        pages_budget=pages.budget,
        hall_made_at=host.hall.now().made_at,
    )


def words(now: EdgeFigures) -> list[str]:
    """Return the lines of ``counter hub edge``."""
    met = _moment(now.met_at) or "还没有"
    line = "通" if now.line_up else "断，或本厅主机没有开着"
    waiting = (
        "没有" if not now.ops_waiting else f"{now.ops_waiting} 笔，最早 {_moment(now.ops_oldest)}"
    )
    size = f"{now.pages_waiting_bytes / 10**6:.1f} MB"
    pages = (
        "没有"
        if not now.pages_waiting
        else (f"{now.pages_waiting} 页，{size}，最早 {_moment(now.pages_oldest)}")
    )
    return [
        f"外线　　　　{line}；最近一次联系上中心：{met}",
        f"等中心结论　{waiting}",
        f"等送的材料　{pages}",
        f"材料占用　　{now.pages_used / _GB:.2f} GB，上限 {now.pages_budget / _GB:g} GB",
        f"本厅数据　　{_moment(now.hall_made_at) or '还没有'}",
    ]


def text(host: EdgeHost) -> bytes:
    """Return the figures in the text format of Prometheus."""
    registry, now = CollectorRegistry(), figures(host)
    values = {
        "edge_line_up": (float(now.line_up), "1 while the centre answers"),
        "edge_ops_waiting": (now.ops_waiting, "Operations without the centre's final word"),
        "edge_pages_waiting": (now.pages_waiting, "Pages the centre has not confirmed"),
        "edge_pages_waiting_bytes": (now.pages_waiting_bytes, "Their bytes"),
        "edge_pages_used_bytes": (now.pages_used, "Bytes of pages kept here"),
        "edge_pages_budget_bytes": (now.pages_budget, "Bytes of pages that may be kept"),
    }
    for name, (value, help_words) in values.items():
        Gauge(name, help_words, registry=registry).set(value)
    return generate_latest(registry)


def _moment(at: str) -> str:
    if not at:
        return ""
    moment = datetime.fromisoformat(at)
    return f"{moment.month}月{moment.day}日 {moment:%H:%M}"
