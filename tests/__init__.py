# SPDX-License-Identifier: MulanPSL-2.0
"""The proofs of the house."""
