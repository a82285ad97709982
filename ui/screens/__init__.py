# SPDX-License-Identifier: MulanPSL-2.0
"""One package per task of a person; screens do not know each other."""
