# SPDX-License-Identifier: MulanPSL-2.0
"""The intake screen (受理): from the person in front of the window to the receipt."""
