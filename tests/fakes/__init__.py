# SPDX-License-Identifier: MulanPSL-2.0
"""Hand-written fakes of the ports."""
