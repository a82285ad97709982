# SPDX-License-Identifier: MulanPSL-2.0
"""Tests of one room at a time, with fakes of the others."""
