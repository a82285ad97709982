# SPDX-License-Identifier: MulanPSL-2.0
"""Ratings and 诉求 on the screen."""
