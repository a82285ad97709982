# SPDX-License-Identifier: MulanPSL-2.0
"""工作台: what needs this person now."""
