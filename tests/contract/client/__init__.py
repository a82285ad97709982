# SPDX-License-Identifier: MulanPSL-2.0
"""The real client against the real hub, over a bad line."""
