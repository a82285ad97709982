# SPDX-License-Identifier: MulanPSL-2.0
"""Item models and words between core rows and screens."""
