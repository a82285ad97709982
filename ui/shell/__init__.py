# SPDX-License-Identifier: MulanPSL-2.0
"""The frame around every screen: header, navigation, status bar, palette, help."""
