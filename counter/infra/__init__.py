# SPDX-License-Identifier: MulanPSL-2.0
"""Folders, settings, logs and crash reports."""
