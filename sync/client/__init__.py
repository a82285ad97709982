# SPDX-License-Identifier: MulanPSL-2.0
"""The counter's end of the line."""
