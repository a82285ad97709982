# SPDX-License-Identifier: MulanPSL-2.0
"""Keys, operators, device identity and audit."""
