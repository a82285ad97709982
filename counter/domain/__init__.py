# SPDX-License-Identifier: MulanPSL-2.0
"""Pure rules of the trade: no I/O, one file per idea."""
