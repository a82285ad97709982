# SPDX-License-Identifier: MulanPSL-2.0
"""Small dialogs that several screens ask with."""
