# SPDX-License-Identifier: MulanPSL-2.0
"""Benchmarks: one module a name, ratios inside one run, medians of at least five."""
