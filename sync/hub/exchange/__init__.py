# SPDX-License-Identifier: MulanPSL-2.0
"""The national exchange rows for a province's front database (docs/exchange.md)."""
