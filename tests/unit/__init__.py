# SPDX-License-Identifier: MulanPSL-2.0
"""Unit tests: no Qt, no disk, no network."""
