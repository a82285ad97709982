# SPDX-License-Identifier: MulanPSL-2.0
"""The counter itself: headless, without Qt and without HTTP."""
