# SPDX-License-Identifier: MulanPSL-2.0
"""Drivers of readers, cameras, printers and scanners, each with a simulator."""
