# SPDX-License-Identifier: MulanPSL-2.0
"""Turns the HTML of a paper into pages: PDF files and printer jobs."""
