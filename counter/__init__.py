# SPDX-License-Identifier: MulanPSL-2.0
"""The counter itself: no Qt, no HTTP; runs headless."""
