# SPDX-License-Identifier: MulanPSL-2.0
"""The hub's database and blob files."""
