# SPDX-License-Identifier: MulanPSL-2.0
"""Turns a form definition into controls; knows nothing of any screen."""
