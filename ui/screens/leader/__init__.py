# SPDX-License-Identifier: MulanPSL-2.0
"""值班长: low ratings to follow up."""
