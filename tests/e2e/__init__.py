# SPDX-License-Identifier: MulanPSL-2.0
"""The whole product: real processes, real hub, real keys."""
