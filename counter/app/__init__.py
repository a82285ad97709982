# SPDX-License-Identifier: MulanPSL-2.0
"""Use cases: commands, queries and who may do them."""
