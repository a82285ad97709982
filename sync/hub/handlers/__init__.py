# SPDX-License-Identifier: MulanPSL-2.0
"""What the hub does for each request; no HTTP in here."""
