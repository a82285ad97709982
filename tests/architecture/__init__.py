# SPDX-License-Identifier: MulanPSL-2.0
"""Rules of the house that a machine can check."""
