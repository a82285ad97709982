# SPDX-License-Identifier: MulanPSL-2.0
"""Tests of the screen 值班长."""
