# SPDX-License-Identifier: MulanPSL-2.0
"""What the citizen sees and touches: their own screen."""
