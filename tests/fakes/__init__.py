# SPDX-License-Identifier: MulanPSL-2.0
"""Hand-written stand-ins for the outside world."""
