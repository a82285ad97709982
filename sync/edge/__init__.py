# SPDX-License-Identifier: MulanPSL-2.0
"""The edge host (本厅主机): stores and forwards for the counters of one hall; same protocol on both faces."""
