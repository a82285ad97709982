# SPDX-License-Identifier: MulanPSL-2.0
"""Carries every case to the centre exactly once."""
