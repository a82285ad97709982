# SPDX-License-Identifier: MulanPSL-2.0
"""Bugs that other systems really had (sync-protocol §13); none may come to live here."""
