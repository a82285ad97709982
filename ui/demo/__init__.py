# SPDX-License-Identifier: MulanPSL-2.0
"""Hands without a person: the same program, driven by keys through the main job."""
