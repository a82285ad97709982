# SPDX-License-Identifier: MulanPSL-2.0
"""HTTP surface of the hub."""
