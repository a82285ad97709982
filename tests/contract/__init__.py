# SPDX-License-Identifier: MulanPSL-2.0
"""Contract tests: real HTTP over loopback."""
