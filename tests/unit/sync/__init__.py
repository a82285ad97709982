# SPDX-License-Identifier: MulanPSL-2.0
"""Unit tests of the line's client side."""
