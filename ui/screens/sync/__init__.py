# SPDX-License-Identifier: MulanPSL-2.0
"""同步: what is still only here, what it waits for, and what the centre said."""
