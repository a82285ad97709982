# SPDX-License-Identifier: MulanPSL-2.0
"""The building blocks of every screen; each file is one idea (docs/ui-kit.md)."""
