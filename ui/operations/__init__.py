# SPDX-License-Identifier: MulanPSL-2.0
"""One verb per function: a command or a query, run off the GUI thread, answered in it."""
