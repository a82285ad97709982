# SPDX-License-Identifier: MulanPSL-2.0
"""How far a centre carries: a herd of virtual counters, and the arithmetic that rests on it."""
