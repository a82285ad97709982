# SPDX-License-Identifier: MulanPSL-2.0
"""The three engines of the sync worker: push, pull, blobs."""
