# SPDX-License-Identifier: MulanPSL-2.0
"""Papers: what they may say, how a case fills them, and when one may be printed."""
