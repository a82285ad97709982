# SPDX-License-Identifier: MulanPSL-2.0
"""Protocols that the use cases need and the outer rooms fulfil."""
