# SPDX-License-Identifier: MulanPSL-2.0
"""Tests of the intake screen."""
