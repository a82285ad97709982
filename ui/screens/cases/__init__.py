# SPDX-License-Identifier: MulanPSL-2.0
"""办件: every case, its states, and what may be done with it."""
