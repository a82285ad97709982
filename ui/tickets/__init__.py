# SPDX-License-Identifier: MulanPSL-2.0
"""Tickets on the screen: the list, one ticket, its steps."""
