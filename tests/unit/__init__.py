# SPDX-License-Identifier: MulanPSL-2.0
"""Tests without Qt, disk or network."""
