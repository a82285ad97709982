# SPDX-License-Identifier: MulanPSL-2.0
"""Long fault tests: the real programs, killed and starved on purpose (``make faults``)."""
