# SPDX-License-Identifier: MulanPSL-2.0
"""出件: find the case, see who came, hand the result out, sign for it."""
