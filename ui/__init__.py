# SPDX-License-Identifier: MulanPSL-2.0
"""The screens; the only room that knows Qt."""
