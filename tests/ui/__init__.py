# SPDX-License-Identifier: MulanPSL-2.0
"""Screens, widgets and journeys, offscreen."""
