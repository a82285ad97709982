# SPDX-License-Identifier: MulanPSL-2.0
"""Hand-written fakes of what the tests do not want for real."""
