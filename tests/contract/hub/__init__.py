# SPDX-License-Identifier: MulanPSL-2.0
"""Contract tests of the hub alone; its partner is a minimal signed device."""
