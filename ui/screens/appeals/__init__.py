# SPDX-License-Identifier: MulanPSL-2.0
"""诉求: taking one, and the list of them."""
