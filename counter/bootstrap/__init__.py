# SPDX-License-Identifier: MulanPSL-2.0
"""Wiring without Qt: ``Home`` before anything is opened, ``Core`` after sign-in."""

from __future__ import annotations

from counter.bootstrap.home import Home, SlotLabel

__all__ = ["Home", "SlotLabel"]
