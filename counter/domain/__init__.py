# SPDX-License-Identifier: MulanPSL-2.0
"""Pure rules of the counter's work: no disk, no clock, no network."""
