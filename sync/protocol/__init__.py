# SPDX-License-Identifier: MulanPSL-2.0
"""What both ends share: messages, signatures, compression, errors."""
