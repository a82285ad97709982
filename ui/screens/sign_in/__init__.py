# SPDX-License-Identifier: MulanPSL-2.0
"""登录: who works here now, and the cover that hides the screen meanwhile."""
